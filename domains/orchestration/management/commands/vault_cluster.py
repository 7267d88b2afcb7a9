"""`manage.py vault_cluster`: the queue's processes, as `vault_worker` starts them."""

from __future__ import annotations

from typing import Any

from django_q.management.commands.qcluster import Command as ClusterCommand

from domains.orchestration.cluster import be_whole


class Command(ClusterCommand):  # type: ignore[misc]
    """django-q2's cluster; start `vault_worker` instead, which starts it again when it ends."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGTERM or SIGINT, or until one of the processes is killed."""
        be_whole()
        super().handle(*args, **options)
