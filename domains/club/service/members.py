"""Members, and those who were erased."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from domains.base.service import ModelService
from domains.club.models import Erasure, Member

CHUNK = 500
V = TypeVar("V")


class MemberService(ModelService[Member]):
    """Members."""

    model = Member

    def by_pk(self, pks: Iterable[int]) -> dict[int, Member]:
        """These members by primary key; those that are gone are left out."""
        return {row.pk: row for some in _chunks(sorted(set(pks))) for row in self.filter(pk__in=some)}

    def public(self, pks: Iterable[int]) -> Iterator[tuple[int, str, str, str]]:
        """Primary key, application, pseudonym and name of each of these members; those that are gone are left out."""
        for some in _chunks(sorted(set(pks))):
            yield from self.filter(pk__in=some).order_by().values_list("pk", "application", "pseudonym", "name")

    def by_key(self, application: str, keys: Iterable[str]) -> dict[str, Member]:
        """The members of an application with these keys, by key."""
        return {
            row.key: row for some in _chunks(sorted(keys)) for row in self.filter(application=application, key__in=some)
        }

    def note(self, rows: Iterable[Member]) -> None:
        """Insert who is new; of the others what the source says now is set, and the last day."""
        self.all().bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["application", "key"],
            update_fields=["name", "url", "last_day"],
            batch_size=CHUNK,
        )


class ErasureService(ModelService[Erasure]):
    """Members who were erased on request."""

    model = Erasure

    def known(self, application: str) -> set[str]:
        """The fingerprints of whoever was erased from an application."""
        return set(self.filter(application=application).values_list("fingerprint", flat=True))


def _chunks(values: Sequence[V]) -> Iterator[Sequence[V]]:
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


members = MemberService()
erasures = ErasureService()
