"""Django's backend for SQLite, but for how a transaction begins: the engine commits once a step, and a cursor for the
one word that opens each of them would cost as much as all its own statements.
"""

from __future__ import annotations

from django.db.backends.sqlite3 import base
from django.db.backends.utils import debug_transaction


class DatabaseWrapper(base.DatabaseWrapper):
    """Begins transactions past Django's cursors."""

    def _start_transaction_under_autocommit(self) -> None:
        begin = f"BEGIN {self.transaction_mode}"  # type: ignore[attr-defined] # missing in Django's stubs
        with debug_transaction(self, begin), self.wrap_database_errors:
            self.connection.execute(begin)
