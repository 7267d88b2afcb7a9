"""What was put before readers."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from domains.base.service import ModelService
from domains.club.models import ClubDocument, ClubPublication


class ClubPublicationService(ModelService[ClubPublication]):
    """Publications."""

    model = ClubPublication

    def published(self) -> QuerySet[ClubPublication]:
        """Every one that was put before readers, newest first."""
        return self.filter(staged_upon="").order_by("-id")

    def current(self) -> ClubPublication | None:
        """What readers should get now."""
        return self.find(current=True)

    def current_folder(self) -> str:
        """Folder of what readers should get now, "" for nothing; what is asked several times a second."""
        return self.filter(current=True).values_list("folder", flat=True).first() or ""

    def locked_current(self) -> ClubPublication | None:
        """What readers should get now, which nobody else replaces until this transaction ends."""
        return self.filter(current=True).select_for_update(no_key=True).first()

    def folders(self) -> set[str]:
        """Folders of all, staged ones too."""
        return set(self.all().values_list("folder", flat=True))

    def make_current(self, publication: ClubPublication | None) -> None:
        """Take the mark from whichever has it and give it to this one, or to none."""
        self.filter(current=True).update(current=False)
        if publication is not None:
            self.update(publication, current=True, staged_upon="")

    def delete_beyond(self, keep: int) -> int:
        """Delete all but the newest `keep` published ones, never the current one, and whatever was staged before them
        and left; how many rows went.
        """
        kept = list(self.published().values_list("pk", flat=True)[:keep])
        old = self.filter(current=False, pk__lt=max(kept, default=0)).exclude(pk__in=kept)
        return old.delete()[0]


class ClubDocumentService(ModelService[ClubDocument]):
    """Documents of publications."""

    model = ClubDocument

    def of(self, publication: ClubPublication) -> QuerySet[ClubDocument]:
        """The documents of a publication, by application and name."""
        return self.filter(publication=publication).order_by("application", "name")

    def delete_except(self, publications: Iterable[ClubPublication]) -> int:
        """Delete the documents of all other publications that were put before readers; how many."""
        others = self.filter(publication__staged_upon="").exclude(publication__in=list(publications))
        return others.delete()[0]


publications = ClubPublicationService()
documents = ClubDocumentService()
