"""What the shell itself adds to the palette."""

from __future__ import annotations

from dashboards.shell import palette


def register() -> None:
    """The pages that stand in no sidebar."""
    palette.register_command("Preferences", "preferences", icon="sliders-horizontal", hint="Theme, density, time zone")
    palette.register_command("Change password", "account_change_password", icon="key", hint="Your account")
    palette.register_command("Log out", "account_logout", icon="log-out", hint="Your account")
    palette.register_command("Administration", "admin:index", icon="shield", hint="Users and groups")
