"""The panel of workers and queues, the same bytes for every viewer."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from dashboards.shell.panels import SharedPanel
from dashboards.workers.chart import chart
from domains.orchestration import reads

MINUTES = 60


class WorkersPanel(SharedPanel):
    """Who works, what waits, what is under way, and what has been done in the last hour."""

    name = "workers"
    title = "Workers and queues"
    template = "workers/_workers.html"
    every = 3

    def __init__(self) -> None:
        super().__init__(url=reverse("workers_panel"))

    def figures(self) -> dict[str, Any]:
        """All of it."""
        workers = reads.worker_list()
        return {
            "workers": workers,
            "alive": sum(not worker.is_silent for worker in workers),
            "queues": reads.queue_figures(),
            "leased": reads.leased_runs(),
            "chart": chart(reads.throughput(MINUTES)),
            "minutes": MINUTES,
        }
