"""Sources, what communities have decided, and kept answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from domains.base.service import ModelService
from domains.club.models import Community, KeptAnswer, Source
from domains.club.sources.keep import Kept

KEPT_FIELDS = ["etag", "last_modified", "headers", "body", "at"]
MOST_KEPT = 300
"""Answers of one source that are kept, the newest."""


class CommunityService(ModelService[Community]):
    """What applications have decided about their communities."""

    model = Community


class SourceService(ModelService[Source]):
    """Sources."""

    model = Source

    def named_files(self) -> set[str]:
        """Every text in the configurations of file sources, names of files among them."""
        rows = self.filter(kind="file").values_list("config", "features")
        parts = [part for config, features in rows for part in (config, *(each["select"] for each in features))]
        return {text for part in parts for text in part.values() if isinstance(text, str)}


class KeptAnswerService(ModelService[KeptAnswer]):
    """Answers that sources may be asked about conditionally."""

    model = KeptAnswer

    def of_source(self, source: int) -> dict[str, Kept]:
        """The newest MOST_KEPT answers of a source, named by its primary key, by address."""
        rows = self.filter(source=source).order_by("-at")[:MOST_KEPT]
        return {row.address: Kept(row.etag, row.last_modified, row.headers, bytes(row.body), row.at) for row in rows}

    def keep(self, source: int, fresh: Mapping[str, Kept]) -> None:
        """Store answers of a source in the place of older ones of the same addresses."""
        self.all().bulk_create(
            [
                KeptAnswer(source_id=source, address=address, **{name: getattr(kept, name) for name in KEPT_FIELDS})
                for address, kept in sorted(fresh.items())
            ],
            batch_size=100,
            update_conflicts=True,
            unique_fields=["source", "address"],
            update_fields=KEPT_FIELDS,
        )

    def confirm(self, source: int, addresses: Collection[str], at: datetime) -> None:
        """Note that these answers were still good at that time."""
        self.filter(source=source, address__in=addresses).update(at=at)

    def forget(self, before: datetime) -> int:
        """Delete those that were not good any more since that time; how many."""
        return self.filter(at__lt=before).delete()[0]


communities = CommunityService()
sources = SourceService()
kept_answers = KeptAnswerService()
