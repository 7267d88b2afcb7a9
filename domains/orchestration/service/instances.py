"""Model instances in contexts: rows of any model, found again by label and primary key."""

from __future__ import annotations

from typing import Any, TypeGuard, cast

from django.apps import apps
from django.db.models import Model

from domains.base import database

Reference = tuple[str, Any]


def is_instance(value: object) -> TypeGuard[Model]:
    """Whether the value is a row of a model, also behind a lazy object such as `request.user`."""
    return isinstance(value, Model)


def is_model(kind: object) -> bool:
    """Whether it is a model's class that has a table."""
    return isinstance(kind, type) and issubclass(kind, Model) and not kind._meta.abstract


def label_of(kind: type[Model] | Model) -> str:
    """The model's name, such as "applications.Application"."""
    return kind._meta.label


def reference(instance: Model) -> Reference:
    """The label and primary key of a saved instance. Raises ValueError for one that is not saved."""
    if instance._state.adding or instance.pk is None:
        raise ValueError(f"this {instance._meta.verbose_name} is not saved")
    return label_of(instance), instance.pk


def fetch(label: str, pk: Any) -> Model | None:
    """The row as it is now, whatever the model's default manager leaves out; None when row or model is gone."""
    try:
        model = apps.get_model(label)
    except LookupError:
        return None
    rows = cast(Any, model)._base_manager.db_manager(database.alias())
    found: Model | None = rows.filter(pk=pk).first()
    return found
