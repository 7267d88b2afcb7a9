"""Parts of a transaction that are undone alone."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction

from domains.base.database import after_commit, atomic_write, prepared, undone_alone


def names() -> list[str]:
    return sorted(Group.objects.values_list("name", flat=True))


@pytest.mark.django_db(transaction=True)
def test_a_part_that_fails_takes_its_rows_and_its_actions_with_it_and_nothing_else() -> None:
    done: list[str] = []
    with atomic_write():
        with undone_alone(first=True):
            Group.objects.create(name="before")
            after_commit(lambda: done.append("before"))
        with pytest.raises(ZeroDivisionError), undone_alone(first=False):
            Group.objects.create(name="failed")
            after_commit(lambda: done.append("failed"))
            raise ZeroDivisionError
        with undone_alone(first=False):
            Group.objects.create(name="after")
    assert names() == ["after", "before"]
    assert done == ["before"]


@pytest.mark.django_db(transaction=True)
def test_a_part_that_the_database_refuses_does_not_break_the_transaction() -> None:
    with atomic_write():
        with undone_alone(first=True):
            Group.objects.create(name="one")
        with pytest.raises(IntegrityError), undone_alone(first=False):
            Group.objects.create(name="one")
        with undone_alone(first=False):
            Group.objects.create(name="two")
    assert names() == ["one", "two"]


@pytest.mark.django_db(transaction=True)
def test_a_part_may_hold_transactions_with_parts_of_their_own() -> None:
    with atomic_write(), undone_alone(first=True):
        Group.objects.create(name="outer")
        with pytest.raises(ZeroDivisionError), atomic_write():
            with undone_alone(first=True):
                Group.objects.create(name="inner")
            with undone_alone(first=False):
                raise ZeroDivisionError
    assert names() == ["outer"]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_executed_in_a_transaction_that_is_broken() -> None:
    with pytest.raises(transaction.TransactionManagementError), atomic_write():
        transaction.set_rollback(True)
        prepared("SELECT 1", ())
