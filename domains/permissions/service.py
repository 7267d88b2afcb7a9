"""The users table."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User

from domains.base.service import ModelService


class UserService(ModelService[User]):
    """Users of the site; passwords are set by `User.set_password` only."""

    model = get_user_model()


users = UserService()
