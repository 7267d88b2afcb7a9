"""The staff user that a new installation starts with."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand

from domains.permissions.writes import create_first_superuser

USERNAME = "admin"


class Command(BaseCommand):
    """Creates the staff superuser `admin` where there is no superuser yet.

    VAULT_ADMIN_PASSWORD is the password where it is set. Else one is made up, and written once to standard output as
    "<username> <password>".
    """

    help = "Create the staff superuser admin unless there is a superuser."

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the user or do nothing."""
        given = settings.VAULT.VAULT_ADMIN_PASSWORD
        password = given.get_secret_value() if given else secrets.token_urlsafe(15)
        user = create_first_superuser(username=USERNAME, password=password)
        if user is None:
            return
        if given is None:
            self.stdout.write(f"{USERNAME} {password}")
            return
        try:
            validate_password(password, user)
        except ValidationError as error:
            self.stderr.write(f"VAULT_ADMIN_PASSWORD is weak: {' '.join(error.messages)}")
