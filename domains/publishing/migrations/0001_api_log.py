from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """The table that Trace has given away, with the service of each row."""

    dependencies: ClassVar = [("trace", "0006_api_log_moves")]
    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="APILog",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("every", models.PositiveIntegerField()),
                        ("at", models.DateTimeField()),
                        ("endpoint", models.CharField(max_length=60)),
                        ("application", models.CharField(blank=True, max_length=60)),
                        ("status", models.PositiveSmallIntegerField()),
                        ("outcome", models.CharField(max_length=20)),
                        ("requests", models.PositiveBigIntegerField(default=0)),
                        ("seconds", models.FloatField(default=0.0)),
                        ("slowest", models.FloatField(default=0.0)),
                        ("ms1", models.PositiveBigIntegerField(default=0)),
                        ("ms10", models.PositiveBigIntegerField(default=0)),
                        ("ms100", models.PositiveBigIntegerField(default=0)),
                        ("ms1000", models.PositiveBigIntegerField(default=0)),
                    ],
                    options={
                        "verbose_name": "entry of the API log",
                        "ordering": ("-at", "id"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("every", "at", "endpoint", "application", "status", "outcome"),
                                name="one_bucket_of_a_kind",
                            )
                        ],
                    },
                ),
            ],
        ),
        migrations.AddField(
            model_name="apilog",
            name="service",
            field=models.CharField(default="trace", max_length=20),
            preserve_default=False,
        ),
        migrations.RemoveConstraint(model_name="apilog", name="one_bucket_of_a_kind"),
        migrations.AddConstraint(
            model_name="apilog",
            constraint=models.UniqueConstraint(
                fields=("every", "at", "service", "endpoint", "application", "status", "outcome"),
                name="one_bucket_of_a_service",
            ),
        ),
    ]
