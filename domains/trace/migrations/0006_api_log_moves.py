from __future__ import annotations

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """Gives the table of the API log, with its rows, to publishing, which keeps it for every service."""

    dependencies: ClassVar = [("trace", "0005_machines")]
    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.AlterModelTable("APILog", "publishing_apilog")],
            state_operations=[migrations.DeleteModel("APILog")],
        ),
    ]
