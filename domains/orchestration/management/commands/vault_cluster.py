"""`manage.py vault_cluster`: the queue's processes, as `vault_worker` starts them."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from domains.orchestration import pulse
from domains.orchestration.cluster import run_cluster
from domains.orchestration.states import Queue


class Command(BaseCommand):
    """django-q2's cluster; start `vault_worker` instead, which starts it again when it ends or hangs."""

    help = "The queue's processes, for vault_worker, which starts and watches them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What the supervisor passes."""
        parser.add_argument("--queues", default=",".join(Queue.values), help="the queues that it serves")
        parser.add_argument("--pulse", type=int, help="number of the inherited pipe for signs of life")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGTERM or SIGINT, or until one of the processes is killed."""
        if options["pulse"] is not None:
            pulse.connect(options["pulse"])
        sys.exit(run_cluster(options["queues"].split(",")))
