"""Notion's rate limit: a bucket that fills at `rate` requests a second and holds `burst`."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass, field
from typing import Any


@dataclass
class RateLimit:
    """Refuses what comes too fast."""

    rate: float = 3.0
    burst: float = 9.0
    tokens: float = -1.0
    filled: float = 0.0
    lock: Any = field(default_factory=threading.Lock)

    def wait(self) -> int:
        """0 when a request may pass, else the whole seconds that it has to wait."""
        with self.lock:
            now = time.monotonic()
            full = self.burst if self.tokens < 0 else self.tokens + (now - self.filled) * self.rate
            self.tokens, self.filled = min(self.burst, full), now
            if self.tokens >= 1:
                self.tokens -= 1
                return 0
            return math.ceil((1 - self.tokens) / self.rate)
