"""Settings of a machine that others reach."""

from vault_site.settings.base import *  # noqa: F403

DEBUG = False
