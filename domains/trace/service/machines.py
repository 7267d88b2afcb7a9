"""The tables of machines and of what they make ready."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from domains.base.service import ModelService
from domains.trace.models import Coming, Machine


class ComingService(ModelService[Coming]):
    """Publications that are about to be recorded."""

    model = Coming

    def newest_folder(self) -> str:
        """Folder of the one that came last, "" for none; what is asked several times a second."""
        return self.all().order_by("-id").values_list("folder", flat=True).first() or ""

    def announce(self, **values: object) -> None:
        """Say what is coming; the same again when a run goes on."""
        self.all().update_or_create(folder=values.pop("folder"), defaults=values)

    def clear(self) -> None:
        """Nothing is coming any more."""
        self.all().delete()


class MachineService(ModelService[Machine]):
    """Machines that serve readers."""

    model = Machine

    def tell(self, name: str, prepared: str, now: datetime) -> None:
        """Say that this machine is there, and what it has ready."""
        self.all().update_or_create(name=name, defaults={"seen": now, "prepared": prepared})

    def unready(self, folder: str, since: datetime) -> QuerySet[Machine]:
        """The machines that were there since then and have not made this ready."""
        return self.filter(seen__gte=since).exclude(prepared=folder)

    def forget(self, before: datetime) -> None:
        """Delete the machines that were not seen since then."""
        self.filter(seen__lt=before).delete()


comings = ComingService()
machines = MachineService()
