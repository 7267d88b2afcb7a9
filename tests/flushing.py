"""How the database is emptied after a test with transactions of its own: quickly, and with the same result.

Django's way is the general one: on PostgreSQL it truncates every table, which takes a second or two, then it makes
the content types and permissions again, by some 200 queries. Here rows are deleted, and those two tables, which only
migrations fill, keep theirs. A test that changes one of them fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.management import create_contenttypes
from django.contrib.contenttypes.models import ContentType
from django.core.management.commands import flush
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection
from django.db.models import Count, Max
from django.db.models.signals import post_migrate

KEPT = (ContentType, Permission)
PERMISSIONS = "django.contrib.auth.management.create_permissions"


@contextmanager
def quick_flushes(kept: list[dict[str, Any]]) -> Iterator[None]:
    """While it lasts; `kept` is `kept_rows` of the database as it was made."""

    def emit(*args: Any, **kwargs: Any) -> None:
        assert kept_rows() == kept, "this test changes content types or permissions, which are kept for the next one"
        with nothing_made():
            emit_post_migrate_signal(*args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush, "sql_flush", deletes)
        patch.setattr(flush, "emit_post_migrate_signal", emit)
        yield


def kept_rows() -> list[dict[str, Any]]:
    """What tells whether a kept table has changed."""
    return [model.objects.aggregate(Count("pk"), Max("pk")) for model in KEPT]


def deletes(style: Any, database: Any, *, reset_sequences: bool, allow_cascade: bool) -> list[str]:
    """The statements that empty every other table; PostgreSQL takes them as one."""
    assert not reset_sequences
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    kept = {model._meta.db_table for model in KEPT}
    statements = [f"DELETE FROM {connection.ops.quote_name(name)}" for name in names if name not in kept]  # noqa: S608 - names of models
    return [";".join(statements)] if connection.vendor == "postgresql" else statements


@contextmanager
def nothing_made() -> Iterator[None]:
    """Whoever listens to the end of a migration hears of it, but for those who make the rows that are kept."""
    post_migrate.disconnect(create_contenttypes)
    post_migrate.disconnect(dispatch_uid=PERMISSIONS)
    try:
        yield
    finally:
        post_migrate.connect(create_contenttypes)
        post_migrate.connect(create_permissions, dispatch_uid=PERMISSIONS)
