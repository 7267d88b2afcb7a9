"""The tables of preferences and column choices."""

from __future__ import annotations

from domains.base.service import ModelService
from domains.identity.models import ColumnChoice, Preference


class PreferenceService(ModelService[Preference]):
    """Preferences, one row a person."""

    model = Preference


class ColumnChoiceService(ModelService[ColumnChoice]):
    """Column choices, one row a person and list."""

    model = ColumnChoice


preferences = PreferenceService()
column_choices = ColumnChoiceService()
