"""Snapshots of feature specifications: their documents, what was published when, and the rows that staff search."""

from __future__ import annotations

from django.db import models

from domains.base.models import UuidMixin


class Snapshot(UuidMixin, models.Model):
    """One state of all kinds for all applications. Equal content is one snapshot, however often it is published.

    `digest` is the SHA-256 of its documents, `name` its first 16 digits: what readers see as `meta.snapshot`. `held`
    says why it waits for somebody's approval, "" when it does not. `pages` is compressed JSON of what rows have beside
    their documents: `{row id: [time of edit, address in Notion]}`. `source` and what follows tell of its first export.
    """

    name = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField(auto_now_add=True)
    counts = models.JSONField(default=dict)
    applications = models.JSONField(default=list)
    held = models.CharField(max_length=500, blank=True, default="")
    pages = models.BinaryField(default=b"")
    source = models.CharField(max_length=500, blank=True, default="")
    source_sha256 = models.CharField(max_length=64, blank=True, default="")
    run_uuid = models.CharField(max_length=36, blank=True, default="")

    class Meta:
        ordering = ("-id",)
        permissions = [
            ("export_trace", "Can run the trace export"),
            ("publish_trace", "Can publish an older snapshot, and approve or dismiss a held one"),
        ]

    def __str__(self) -> str:
        return self.name


class Blob(models.Model):
    """Rows of one kind as JSON, compressed, stored once however many documents hold them. `size` is uncompressed.

    `rows` is where each row is: see `row_index.py`.
    """

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveIntegerField()
    gzip = models.BinaryField()
    rows = models.BinaryField(default=b"")

    def __str__(self) -> str:
        return self.sha256[:16]


class Document(models.Model):
    """The rows of one kind for one application; application "" holds every row."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="documents")
    application = models.CharField(max_length=63, blank=True)
    kind = models.CharField(max_length=16)
    items = models.PositiveIntegerField()
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="documents")

    class Meta:
        ordering = ("application", "id")
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "application", "kind"], name="one_document_of_a_kind")
        ]

    def __str__(self) -> str:
        return f"{self.application or 'all'} {self.kind}"


class Publication(UuidMixin, models.Model):
    """One time that a snapshot was put before readers. Exactly one is current once anything was published.

    `folder` is its folder among the published files; `checked` is when an export last found the source unchanged;
    `added`, `changed` and `removed` count rows of all kinds against the publication before.
    """

    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="publications")
    folder = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()
    checked = models.DateTimeField()
    added = models.PositiveIntegerField()
    changed = models.PositiveIntegerField()
    removed = models.PositiveIntegerField()
    run_uuid = models.CharField(max_length=36)
    actor_name = models.CharField(max_length=150)
    source = models.CharField(max_length=500)
    source_sha256 = models.CharField(max_length=64)
    current = models.BooleanField(default=False)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["current"], condition=models.Q(current=True), name="one_current_publication"
            )
        ]

    def __str__(self) -> str:
        return self.folder


class Removal(models.Model):
    """That a publication took the address of a feature away from readers, of one application or ("") of all rows."""

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="removals")
    application = models.CharField(max_length=63, blank=True)
    slug = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["application", "slug"], name="removal_address")]

    def __str__(self) -> str:
        return self.slug


class Entry(models.Model):
    """One row of one kind of a snapshot, with what lists show and sort by beside the published `data`.

    `sort_name` is the name without case, `url` the page in Notion. Kept for the current and the former publication
    only; older rows are in the blobs.
    """

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=16)
    page_id = models.CharField(max_length=32)
    slug = models.CharField(max_length=200)
    name = models.CharField(max_length=500)
    sort_name = models.CharField(max_length=500)
    status = models.CharField(max_length=200, blank=True)
    tier = models.CharField(max_length=500, blank=True)
    gateway_count = models.PositiveIntegerField(default=0)
    applications = models.JSONField(default=list)
    tags = models.JSONField(default=list)
    search = models.TextField(blank=True)
    updated = models.DateTimeField()
    data = models.JSONField()
    url = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ("sort_name", "id")
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "kind", "slug"], name="one_entry_of_a_slug"),
            models.UniqueConstraint(fields=["snapshot", "page_id"], name="one_entry_of_a_page"),
        ]
        indexes = [
            models.Index(fields=["snapshot", "kind", "sort_name", "id"], name="entry_by_name"),
            models.Index(fields=["snapshot", "kind", "-updated", "id"], name="entry_by_update"),
            models.Index(fields=["snapshot", "kind", "status"], name="entry_by_status"),
        ]

    def __str__(self) -> str:
        return self.name


class EntryLink(models.Model):
    """That a feature belongs to an application, or is related to a gateway, tier or tag: `target` is a slug."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="links")
    kind = models.CharField(max_length=16)
    target = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["kind", "target", "entry"], name="link_target")]

    def __str__(self) -> str:
        return f"{self.kind} {self.target}"
