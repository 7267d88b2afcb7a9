"""Signs of life from the processes of a cluster to its supervisor, through a pipe that they have inherited.

Without a supervisor nothing is sent. A pipe that nobody reads, or that is full, loses signs but holds nobody up.
"""

from __future__ import annotations

import os
from contextlib import suppress

ALIVE, GONE, INNOCENT = "alive", "gone", "innocent"
"""Of a process: it works; it has ended; it is about to be killed through no fault of the run that it carries out."""
_pipe: int | None = None


def connect(pipe: int) -> None:
    """Send the signs of this process, and of those that it will fork, into the pipe of that number."""
    global _pipe
    _pipe = pipe


def beat() -> None:
    """This process is at work."""
    send(ALIVE, os.getpid())


def send(sign: str, pid: int) -> None:
    """Tell the supervisor something of the process `pid`."""
    if _pipe is not None:
        with suppress(OSError):
            os.write(_pipe, f"{sign} {pid}\n".encode())


class Listener:
    """The supervisor's end. `pipe` is the number that the cluster inherits."""

    def __init__(self) -> None:
        self._reading, self.pipe = os.pipe()
        os.set_blocking(self._reading, False)
        os.set_blocking(self.pipe, False)
        self._rest = b""

    def heard(self) -> list[tuple[str, int]]:
        """The signs since the last call: what, and of which process."""
        text = self._rest
        with suppress(BlockingIOError):
            while chunk := os.read(self._reading, 65_536):
                text += chunk
        *lines, self._rest = text.split(b"\n")
        return [(sign.decode(), int(pid)) for sign, pid in (line.split(b" ") for line in lines)]

    def stop_listening(self) -> None:
        """Close the reading end, in the process that will only send."""
        os.close(self._reading)

    def close(self) -> None:
        """Close both ends."""
        os.close(self._reading)
        os.close(self.pipe)
