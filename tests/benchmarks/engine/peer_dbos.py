"""DBOS: a workflow of five steps that do nothing, on the database of the URL given, everything else as shipped."""

from __future__ import annotations

import sys

from dbos import DBOS

from tests.benchmarks.engine.pace import serve


def no_op() -> None:
    """Do nothing."""


step = DBOS.step()(no_op)


def five() -> None:
    """Five steps."""
    for _ in range(5):
        step()


def main(url: str) -> None:
    """Launch DBOS and work for the benchmark."""
    workflow = DBOS.workflow()(five)
    DBOS(
        config={"name": "bench", "system_database_url": url, "log_level": "ERROR", "run_admin_server": False},
    )
    DBOS.launch()
    try:
        serve(workflow)
    finally:
        DBOS.destroy()


if __name__ == "__main__":
    main(sys.argv[1])
