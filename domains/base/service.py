"""ModelService: the only way to the ORM.

A domain's `service.py` holds one subclass a model, with named querysets beside the inherited operations. Services hold
no rules, check no permission and call no other service.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Generic, TypeVar

from django.db.models import Model, QuerySet

from domains.base import database
from domains.base.errors import NotFound

M = TypeVar("M", bound=Model)


class ModelService(Generic[M]):
    """Typed create, get, filter, update and delete of one model, on the current database."""

    model: ClassVar[type[Model]]

    def all(self) -> QuerySet[M]:
        """Every row, unevaluated."""
        return self.model._default_manager.using(database.alias())  # type: ignore[return-value]

    def filter(self, **conditions: object) -> QuerySet[M]:
        """Rows that meet all conditions, unevaluated."""
        return self.all().filter(**conditions)

    def get(self, **conditions: object) -> M:
        """The one row that meets the conditions. Raises NotFound in the model's own words."""
        try:
            return self.all().get(**conditions)
        except self.model.DoesNotExist as error:  # type: ignore[attr-defined]
            name = self.model._meta.verbose_name
            raise NotFound(f"There is no such {name}.", detail=f"{name}: {sorted(conditions)}") from error

    def locked(self, **conditions: object) -> M:
        """The one row that meets the conditions, unchanged by others until this transaction ends. Raises NotFound."""
        return self.filter(**conditions).select_for_update(no_key=True).first() or self.get(**conditions)

    def find(self, **conditions: object) -> M | None:
        """The first row that meets the conditions, or None."""
        return self.filter(**conditions).first()

    def create(self, **values: object) -> M:
        """Insert one row."""
        return self.all().create(**values)

    def update(self, instance: M, **values: object) -> M:
        """Set and save these fields of one row, and no others."""
        for name, value in values.items():
            setattr(instance, name, value)
        instance.save(using=database.alias(), update_fields=self._touched(values))
        return instance

    def delete(self, instance: M) -> None:
        """Delete one row."""
        instance.delete(using=database.alias())

    def bulk_create(self, instances: Iterable[M], *, batch_size: int = 500) -> list[M]:
        """Insert many rows in few statements."""
        return self.all().bulk_create(instances, batch_size=batch_size)

    def bulk_update(self, instances: Iterable[M], fields: Sequence[str], *, batch_size: int = 500) -> int:
        """Save these fields of many rows; the number of rows matched."""
        return self.all().bulk_update(instances, fields, batch_size=batch_size)

    def bulk_delete(self, **conditions: object) -> int:
        """Delete the rows that meet the conditions; the number of rows gone."""
        return self.filter(**conditions).delete()[0]

    def _touched(self, values: Iterable[str]) -> list[str]:
        names = {field.name for field in self.model._meta.concrete_fields}
        return [*values, *({"modified"} & names)]
