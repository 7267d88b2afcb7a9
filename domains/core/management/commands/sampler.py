"""`manage.py sampler`: measure this host until told to stop."""

from __future__ import annotations

import signal
from typing import Any

from django.core.management.base import BaseCommand

from domains.core.sampler import Sampler


class Command(BaseCommand):
    """Measures this host every two seconds for the Server page, the tiles and the charts."""

    help = (
        "Measure this host every two seconds. One sampler a host is enough; a second one waits and takes over when the "
        "first is silent for six seconds. SIGTERM or Ctrl+C ends it."
    )

    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until a signal comes."""
        sampler = Sampler()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: sampler.stop())
        self.stdout.write(f"Sampling {sampler.host} every {sampler.interval} s.")
        self.stdout.flush()
        sampler.run()
