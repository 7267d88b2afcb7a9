"""The tables of Trace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Q, QuerySet, Subquery

from domains.base.service import ModelService
from domains.trace.models import Blob, Document, Entry, EntryLink, Publication, Removal, Snapshot


class SnapshotService(ModelService[Snapshot]):
    """Snapshots."""

    model = Snapshot

    def kept(self) -> QuerySet[Snapshot]:
        """The snapshots that were published or wait for approval, newest first, unevaluated, without their pages."""
        published = Q(pk__in=publications.all().values("snapshot_id"))
        return self.all().filter(published | ~Q(held="")).defer("pages")

    def delete_unpublished(self) -> int:
        """Delete the snapshots that no publication refers to and nobody has to approve; how many rows went."""
        return self.filter(publications=None, held="").delete()[0]


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

    def get_of(self, snapshot_id: int, application: str, kind: str) -> Document:
        """One document with its blob. Raises NotFound."""
        found = self.of(snapshot_id).filter(application=application, kind=kind).first()
        return found or self.get(snapshot_id=snapshot_id, application=application, kind=kind)

    def indexes(self, snapshot_id: int, application: str = "") -> QuerySet[Document]:
        """The documents of one application with where their rows are, without the rows."""
        found = self.filter(snapshot_id=snapshot_id, application=application).select_related("blob")
        return found.defer("blob__gzip")

    def index_of(self, snapshot_id: int, application: str, kind: str) -> Document | None:
        """One document with where its rows are, without the rows; None when there is none."""
        return self.indexes(snapshot_id, application).filter(kind=kind).first()


class PublicationService(ModelService[Publication]):
    """Publications."""

    model = Publication

    def current(self) -> Publication | None:
        """What readers should get now."""
        return self.filter(current=True).select_related("snapshot").defer("snapshot__pages").first()

    def current_folder(self) -> str:
        """Folder of what readers should get now, "" for nothing; what is asked several times a second."""
        return self.filter(current=True).values_list("folder", flat=True).first() or ""

    def locked_current(self) -> Publication | None:
        """What readers should get now, which nobody else replaces until this transaction ends."""
        return self.filter(current=True).select_for_update(no_key=True).first()

    def newest(self) -> QuerySet[Publication]:
        """Every publication with its snapshot, newest first."""
        return self.all().select_related("snapshot").defer("snapshot__pages").order_by("-id")

    def make_current(self, publication: Publication | None) -> None:
        """Take the mark from whichever has it and give it to this one, or to none."""
        self.filter(current=True).update(current=False)
        if publication is not None:
            self.update(publication, current=True)

    def delete_beyond(self, keep: int) -> int:
        """Delete all but the newest `keep` publications, never the current one; how many."""
        kept = list(self.newest().values_list("pk", flat=True)[:keep])
        return self.filter(current=False).exclude(pk__in=kept).delete()[0]


class RemovalService(ModelService[Removal]):
    """Addresses that publications took away."""

    model = Removal

    def add(self, publication: Publication, slugs: Mapping[str, Iterable[str]]) -> None:
        """Say which slugs of each application it took away."""
        self.bulk_create(
            Removal(publication=publication, application=application, slug=slug)
            for application, gone in slugs.items()
            for slug in sorted(gone)
        )

    def newest(self, application: str, slug: str) -> Removal | None:
        """When a feature's address was last taken away, as long as that publication is kept."""
        found = self.filter(application=application, slug=slug).select_related("publication")
        return found.order_by("-publication_id").first()


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
removals = RemovalService()
entries = EntryService()
links = EntryLinkService()
