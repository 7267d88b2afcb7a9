"""`./dj.sh bench [name]`: runs every `tests/benchmarks/bench_*.py` and prints one table of ratios.

A benchmark module has `run() -> list[Ratio]`. Django is set up with the test settings on a state folder of its own,
that is gone afterwards; the exit code is 1 when a promise was not kept.
"""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterable
from io import StringIO
from pathlib import Path

from tests.benchmarks.ratio import Ratio

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "benchmarks"
HEAD = ("what", "measured", "peer", "measured", "ratio", "promise", "")


def figure(value: float, unit: str) -> str:
    """A number with three significant digits and its unit."""
    return f"{value:,.0f} {unit}" if abs(value) >= 100 else f"{value:.3g} {unit}"


def table(ratios: Iterable[Ratio]) -> str:
    """The ratios as a table in plain text."""
    rows = [HEAD] + [
        (
            r.name,
            figure(r.value, r.unit),
            r.peer_name,
            figure(r.peer_value, r.unit),
            f"{r.ratio:.2f} x" if r.ratio >= 0.1 else f"{r.ratio:.4f} x",
            r.limit_text,
            "kept" if r.kept else "NOT KEPT",
        )
        for r in ratios
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def set_up() -> None:
    """Django with the test settings, and a database that holds the migrations and the demo data."""
    os.environ.update(DJANGO_SETTINGS_MODULE="vault_site.settings.test", LOG_LEVEL="ERROR")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("load_demo", stdout=StringIO())


def main(wanted: list[str]) -> int:
    """Run the benchmarks whose file name contains one of the words, all without a word."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what a benchmark has made is cleared away
    home = os.environ["VAULT_HOME"] = tempfile.mkdtemp(prefix="vault-bench-")
    ratios: list[Ratio] = []
    try:
        set_up()
        for file in sorted(FOLDER.glob("bench_*.py")):
            if not wanted or any(word in file.stem for word in wanted):
                print(f"{file.stem.removeprefix('bench_')}…", file=sys.stderr)
                ratios += importlib.import_module(f"tests.benchmarks.{file.stem}").run()
    finally:
        shutil.rmtree(home, ignore_errors=True)
    print(table(ratios))
    return 0 if ratios and all(ratio.kept for ratio in ratios) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
