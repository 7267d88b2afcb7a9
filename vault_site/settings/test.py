"""Settings of the test suite: fast hashing, no file of the developer's, everything else as in production."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from vault_site.settings.vault_settings import VaultSettings

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")


def home() -> str:
    """A folder of this process's own; processes that it starts inherit it."""
    given = os.environ.get("VAULT_HOME", "")
    if not given:
        given = tempfile.mkdtemp(prefix="vault-test-")
        atexit.register(shutil.rmtree, given, ignore_errors=True)
    return str(Path(given) / WORKER) if WORKER and Path(given).name != WORKER else given


def redis_of_worker(url: str) -> str:
    """A Redis database for each process, the one named and those before it: clearing a cache empties its database."""
    server, _, number = url.rpartition("/")
    before = int(WORKER.removeprefix("gw"))
    if not number.isdigit() or int(number) < before:
        raise ImproperlyConfigured("REDIS_URL: end it with the number of a database, such as /15, for parallel tests.")
    return f"{server}/{int(number) - before}"


VaultSettings.model_config["env_file"] = VaultSettings.model_config["json_file"] = None
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "0" * 40)
os.environ["VAULT_HOME"] = home()
if WORKER and os.environ.get("REDIS_URL") and "VAULT_TEST_REDIS_DONE" not in os.environ:
    os.environ["REDIS_URL"] = redis_of_worker(os.environ["REDIS_URL"])
    os.environ["VAULT_TEST_REDIS_DONE"] = "1"  # processes that a test starts inherit the address as it is now
Path(os.environ["VAULT_HOME"], "collected").mkdir(parents=True, exist_ok=True)

from vault_site.settings.base import *  # noqa: E402, F403

DEBUG = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
