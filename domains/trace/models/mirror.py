"""What Notion holds, as the exports have read it: the data sources, their pages and the files on them."""

from __future__ import annotations

from django.db import models


class NotionSource(models.Model):
    """The data source of one kind, and how far its pages are mirrored.

    `configured` is what the settings named when it was resolved. `properties` is the schema by name as Notion sent it,
    `keys` the public key of each property by its id. `high_water` is the newest edit that is mirrored for certain. The
    others belong to the pass of `run_uuid`, or to the last one: `reached` is the newest edit that it has read.
    """

    kind = models.CharField(max_length=16, unique=True)
    configured = models.CharField(max_length=500)
    data_source_id = models.CharField(max_length=36)
    title = models.CharField(max_length=500, blank=True)
    properties = models.JSONField(default=dict)
    keys = models.JSONField(default=dict)
    high_water = models.DateTimeField(null=True)
    last_full = models.DateTimeField(null=True)
    last_sweep = models.DateTimeField(null=True)
    run_uuid = models.CharField(max_length=36, blank=True)
    started = models.DateTimeField(null=True)
    reached = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.kind


class MirrorPage(models.Model):
    """One page of a data source. `page` is Notion's JSON without signed addresses, compressed; `digest` tells whether
    it has changed.

    `cut` holds the ids of the properties that Notion cut and that are not complete yet, `completed` is when they were
    completed. `seen` is the full pass that met the page last.
    """

    page_id = models.CharField(max_length=32, unique=True)
    kind = models.CharField(max_length=16)
    created = models.DateTimeField()
    edited = models.DateTimeField()
    digest = models.CharField(max_length=64)
    page = models.BinaryField()
    cut = models.JSONField(default=list)
    completed = models.DateTimeField(null=True)
    seen = models.CharField(max_length=36, blank=True)
    content = models.TextField(blank=True)
    content_note = models.CharField(max_length=500, blank=True)
    content_read = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "page_id"], name="mirror_page_kind")]

    def __str__(self) -> str:
        return self.page_id


class MirrorFile(models.Model):
    """A file that Notion keeps. `address` is where, without the signature; `key` its SHA-256.

    `signed` is the address to fetch it from until it is fetched; then `sha256` and `extension` name the copy that is
    published. `fault` says why there is none.
    """

    key = models.CharField(max_length=64, unique=True)
    address = models.TextField()
    signed = models.TextField(blank=True)
    page_id = models.CharField(max_length=32, db_index=True)
    property_id = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=500, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    extension = models.CharField(max_length=16, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    content_type = models.CharField(max_length=200, blank=True)
    fault = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return self.name or self.key[:16]
