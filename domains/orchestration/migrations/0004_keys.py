"""An active key is unique among the runs of its orchestrator, no longer among all.

No row is touched and none can stand in the way: whatever was unique among all is unique among those of one. The way back is
refused by the database while two orchestrators have active runs of one key; it is open again once one of them has ended.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orchestration", "0003_worker_processes"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="run",
            name="run_active_key",
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("state__in", ("queued", "waiting", "running", "rolling_back")),
                    models.Q(("key", ""), _negated=True),
                ),
                fields=("key", "orchestrator"),
                name="run_active_key",
            ),
        ),
    ]
