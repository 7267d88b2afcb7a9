from __future__ import annotations

import gzip
from typing import Any, ClassVar

import django.db.models.deletion
from django.db import migrations, models

from domains.trace import row_index


def index_blobs(apps: Any, schema_editor: Any) -> None:
    blobs = apps.get_model("trace", "Blob").objects.using(schema_editor.connection.alias)
    for blob in blobs.filter(rows=b"").iterator(chunk_size=10):
        blob.rows = row_index.pack(row_index.index_of(gzip.decompress(bytes(blob.gzip))))
        blob.save(update_fields=["rows"])


class Migration(migrations.Migration):
    dependencies: ClassVar = [("trace", "0001_initial")]
    operations: ClassVar = [
        migrations.AlterModelOptions(
            name="snapshot",
            options={
                "ordering": ("-id",),
                "permissions": [
                    ("export_trace", "Can run the trace export"),
                    ("publish_trace", "Can publish an older snapshot, and approve or dismiss a held one"),
                ],
            },
        ),
        migrations.AddField("blob", "rows", models.BinaryField(default=b"")),
        migrations.AddField("entry", "url", models.CharField(blank=True, default="", max_length=500)),
        migrations.AddField("snapshot", "held", models.CharField(blank=True, default="", max_length=500)),
        migrations.AddField("snapshot", "pages", models.BinaryField(default=b"")),
        migrations.AddField("snapshot", "run_uuid", models.CharField(blank=True, default="", max_length=36)),
        migrations.AddField("snapshot", "source", models.CharField(blank=True, default="", max_length=500)),
        migrations.AddField("snapshot", "source_sha256", models.CharField(blank=True, default="", max_length=64)),
        migrations.CreateModel(
            name="Removal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("application", models.CharField(blank=True, max_length=63)),
                ("slug", models.CharField(max_length=200)),
                (
                    "publication",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="removals", to="trace.publication"
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["application", "slug"], name="removal_address")]},
        ),
        migrations.RunPython(index_blobs, migrations.RunPython.noop),
    ]
