"""Settings of a machine of one's own; what differs comes from the environment."""

from vault_site.settings.base import *  # noqa: F403
