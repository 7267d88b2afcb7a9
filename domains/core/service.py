"""The rings of samples, the samplers' locks, and the migrations that are missing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache

from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Q, QuerySet

from domains.base import database
from domains.base.service import ModelService
from domains.core.models import HostSample, SamplerLock, Tier


class HostSampleService(ModelService[HostSample]):
    """Slots of the rings."""

    model = HostSample

    def put(self, samples: Iterable[HostSample]) -> None:
        """Write slots, each over what stood in it."""
        self.all().bulk_create(
            samples,
            update_conflicts=True,
            unique_fields=["host", "tier", "slot"],
            update_fields=["ts", "payload"],
        )

    def between(self, *, host: str, tier: Tier, start: float, end: float) -> QuerySet[HostSample]:
        """Samples of one ring with start <= ts < end, oldest first."""
        return self.filter(host=host, tier=tier, ts__gte=int(start), ts__lt=int(end)).order_by("ts")

    def newest(self, *, host: str, tier: Tier) -> int | None:
        """Start of the newest interval of a ring, None when it is empty."""
        return self.filter(host=host, tier=tier).order_by("-ts").values_list("ts", flat=True).first()


class SamplerLockService(ModelService[SamplerLock]):
    """The samplers' locks."""

    model = SamplerLock

    def beat(self, *, host: str, owner: str, now: datetime) -> bool:
        """Renew the lock; False when it is no longer this owner's."""
        return self.filter(host=host, owner=owner).update(beat=now) == 1

    def take(self, *, host: str, owner: str, now: datetime, oldest: datetime, newest: datetime) -> bool:
        """Make the lock this owner's if it is free, or its beat is not between `oldest` and `newest`."""
        lost = Q(owner="") | Q(beat__lt=oldest) | Q(beat__gt=newest)
        if self.filter(host=host).filter(lost).update(owner=owner, beat=now) == 1:
            return True
        return self.all().get_or_create(host=host, defaults={"owner": owner, "beat": now})[1]

    def release(self, *, host: str, owner: str) -> bool:
        """Free the lock if it is this owner's."""
        return self.filter(host=host, owner=owner).update(owner="") == 1


host_samples = HostSampleService()
sampler_locks = SamplerLockService()


@cache
def _last_migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


def pending_migrations() -> list[str]:
    """Newest migrations of the code that the database does not have, as "app.name". One query."""
    applied = MigrationRecorder(database.connection()).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in _last_migrations() - set(applied))


def database_facts() -> tuple[str, int]:
    """Product and version of the database, such as "SQLite 3.40.1, journal WAL", and its size in bytes."""
    connection = database.connection()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT sqlite_version(), (SELECT journal_mode FROM pragma_journal_mode)")
            version, journal = cursor.fetchone()
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
            return f"SQLite {version}, journal {journal.upper()}", int(cursor.fetchone()[0])
        cursor.execute("SELECT current_setting('server_version'), pg_database_size(current_database())")
        version, size = cursor.fetchone()
        return f"PostgreSQL {version.split(' ')[0]}", int(size)


def answers() -> None:
    """Ask the database for nothing. Raises django.db.Error when it does not answer."""
    with database.connection().cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
