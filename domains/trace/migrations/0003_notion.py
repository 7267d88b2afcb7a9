from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("trace", "0002_snapshots")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="MirrorFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=64, unique=True)),
                ("address", models.TextField()),
                ("signed", models.TextField(blank=True)),
                ("page_id", models.CharField(db_index=True, max_length=32)),
                ("property_id", models.CharField(blank=True, max_length=100)),
                ("name", models.CharField(blank=True, max_length=500)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("extension", models.CharField(blank=True, max_length=16)),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("content_type", models.CharField(blank=True, max_length=200)),
                ("fault", models.CharField(blank=True, max_length=500)),
            ],
        ),
        migrations.CreateModel(
            name="NotionSource",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=16, unique=True)),
                ("configured", models.CharField(max_length=500)),
                ("data_source_id", models.CharField(max_length=36)),
                ("title", models.CharField(blank=True, max_length=500)),
                ("properties", models.JSONField(default=dict)),
                ("keys", models.JSONField(default=dict)),
                ("high_water", models.DateTimeField(null=True)),
                ("last_full", models.DateTimeField(null=True)),
                ("last_sweep", models.DateTimeField(null=True)),
                ("run_uuid", models.CharField(blank=True, max_length=36)),
                ("started", models.DateTimeField(null=True)),
                ("reached", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="MirrorPage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("page_id", models.CharField(max_length=32, unique=True)),
                ("kind", models.CharField(max_length=16)),
                ("created", models.DateTimeField()),
                ("edited", models.DateTimeField()),
                ("digest", models.CharField(max_length=64)),
                ("page", models.BinaryField()),
                ("cut", models.JSONField(default=list)),
                ("completed", models.DateTimeField(null=True)),
                ("seen", models.CharField(blank=True, max_length=36)),
                ("content", models.TextField(blank=True)),
                ("content_note", models.CharField(blank=True, max_length=500)),
                ("content_read", models.DateTimeField(null=True)),
            ],
            options={"indexes": [models.Index(fields=["kind", "page_id"], name="mirror_page_kind")]},
        ),
        migrations.CreateModel(
            name="NotionConnection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("only", models.BooleanField(default=True, unique=True)),
                ("token", models.TextField(blank=True)),
                ("databases", models.JSONField(default=dict)),
                ("content", models.JSONField(null=True)),
                ("modified", models.DateTimeField(auto_now=True)),
                ("report", models.JSONField(null=True)),
                ("webhook_token", models.TextField(blank=True)),
                ("webhook_shown", models.BooleanField(default=False)),
                ("webhook_confirmed", models.DateTimeField(null=True)),
                ("webhook_last", models.DateTimeField(null=True)),
            ],
            options={"permissions": [("connect_trace", "Can connect Trace to Notion")]},
        ),
        migrations.CreateModel(
            name="NotionPace",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(max_length=64, unique=True)),
                ("slot", models.FloatField()),
            ],
        ),
    ]
