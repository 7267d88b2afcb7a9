"""`./dj.sh chaos`: random runs under kill -9, frozen workers and database restarts; fails on any duplicate or loss.

It has a folder and a database of its own, which are gone afterwards, and it talks to nobody but this machine.
"""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from tests.faults.chaos_databases import Database, NoDatabase, make_database


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="./dj.sh chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=2.0, help="at least so long (default: 2)")
    parser.add_argument("--kills", type=int, default=30, help="at least so many kills (default: 30)")
    parser.add_argument(
        "--database", default="sqlite", help="sqlite, postgres (a server of its own), or the URL of a database"
    )
    parser.add_argument("--seed", default=secrets.token_hex(4), help="the same seed makes the same choices")
    parser.add_argument("--keep", action="store_true", help="leave the folder with the log and the SQLite file")
    return parser.parse_args()


def drill(wanted: argparse.Namespace, database: Database, home: Path) -> bool:
    """Set up Django on the database, and do it."""
    os.environ.update(
        DJANGO_SETTINGS_MODULE="vault_site.settings.test",
        DATABASE_URL=database.url,
        REDIS_URL="",
        LOG_LEVEL="ERROR",
        VAULT_HOME=str(home),
    )
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    from tests.faults import chaos

    print(f"{wanted.minutes:g} minutes and {wanted.kills} kills on {wanted.database.partition(':')[0]}", flush=True)
    asked = chaos.Wanted(wanted.minutes, wanted.kills, wanted.seed)
    return chaos.run(asked, database, home, lambda line: print(line, flush=True))


def main() -> int:
    """0 when every invariant held, 1 when not, 2 when there is no such database, 130 when it was interrupted."""
    wanted = arguments()
    for name in (signal.SIGINT, signal.SIGTERM):  # a shell starts what it puts in the background with SIGINT ignored
        signal.signal(name, signal.default_int_handler)
    home = Path(tempfile.mkdtemp(prefix="vault-chaos-"))
    try:
        database = make_database(wanted.database, home)
        try:
            return 0 if drill(wanted, database, home) else 1
        finally:
            database.close()
    except NoDatabase as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    finally:
        if wanted.keep:
            print(f"Kept: {home}", file=sys.stderr)
        else:
            shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
