"""The tables of Trace."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet, Subquery

from domains.base.service import ModelService
from domains.trace.models import Blob, Document, Entry, EntryLink, Publication, Snapshot


class SnapshotService(ModelService[Snapshot]):
    """Snapshots."""

    model = Snapshot

    def delete_unpublished(self) -> int:
        """Delete the snapshots that no publication refers to, with all they hold; how many rows went."""
        return self.filter(publications=None).delete()[0]


class BlobService(ModelService[Blob]):
    """Rows of documents, stored once each."""

    model = Blob

    def known(self, hashes: Iterable[str]) -> dict[str, int]:
        """Primary keys of the blobs that are there, by SHA-256."""
        return dict(self.filter(sha256__in=list(hashes)).values_list("sha256", "pk"))

    def delete_unused(self) -> int:
        """Delete the blobs that no document refers to; how many."""
        return self.filter(documents=None).delete()[0]


class DocumentService(ModelService[Document]):
    """Documents of snapshots."""

    model = Document

    def of(self, snapshot_id: int) -> QuerySet[Document]:
        """The documents of a snapshot with their blobs."""
        return self.filter(snapshot_id=snapshot_id).select_related("blob")


class PublicationService(ModelService[Publication]):
    """Publications."""

    model = Publication

    def current(self) -> Publication | None:
        """What readers should get now."""
        return self.filter(current=True).select_related("snapshot").first()

    def newest(self) -> QuerySet[Publication]:
        """Every publication with its snapshot, newest first."""
        return self.all().select_related("snapshot").order_by("-id")

    def make_current(self, publication: Publication | None) -> None:
        """Take the mark from whichever has it and give it to this one, or to none."""
        self.filter(current=True).update(current=False)
        if publication is not None:
            self.update(publication, current=True)

    def delete_beyond(self, keep: int) -> int:
        """Delete all but the newest `keep` publications, never the current one; how many."""
        kept = list(self.newest().values_list("pk", flat=True)[:keep])
        return self.filter(current=False).exclude(pk__in=kept).delete()[0]


class EntryService(ModelService[Entry]):
    """Rows of snapshots, for lists."""

    model = Entry

    def of_current(self, *kinds: str) -> QuerySet[Entry]:
        """The rows of these kinds that are published now, unevaluated, in one statement."""
        current = publications.filter(current=True).values("snapshot_id")[:1]
        return self.filter(kind__in=kinds, snapshot_id=Subquery(current))

    def facets(self, kinds: Sequence[str]) -> QuerySet[Entry, tuple[str, str, str]]:
        """Kind, slug and name of the current rows of these kinds, by name."""
        return self.of_current(*kinds).order_by("sort_name").values_list("kind", "slug", "name")

    def statuses(self) -> QuerySet[Entry, str]:
        """Every status that a current feature has, sorted."""
        rows = self.of_current("features").exclude(status="")
        return rows.order_by("status").values_list("status", flat=True).distinct()

    def delete_except(self, snapshot_ids: Sequence[int]) -> None:
        """Delete the rows of all other snapshots, in few statements."""
        stale = self.all().exclude(snapshot_id__in=snapshot_ids).order_by()
        links.all().filter(entry__in=stale.values("pk"))._raw_delete(self.all().db)
        stale._raw_delete(self.all().db)


class EntryLinkService(ModelService[EntryLink]):
    """Which entries belong to which application, gateway, tier and tag."""

    model = EntryLink


snapshots = SnapshotService()
blobs = BlobService()
documents = DocumentService()
publications = PublicationService()
entries = EntryService()
links = EntryLinkService()
