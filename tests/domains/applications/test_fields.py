"""What an application's values must look like."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domains.applications.fields import application_faults, changes


@pytest.mark.parametrize("slug", ["a", "skyflow", "sky-flow-2", "7", "a" * 63])
def test_a_slug_may_stand_in_an_address(slug: str) -> None:
    assert application_faults({"slug": slug}, ()) == {}


@pytest.mark.parametrize(
    "slug",
    ["", "-a", "a-", "a--b", "A", "a_b", "a/b", "é", "a\n", "new", "matrix", "club", "history", "a" * 64, None, 3],
)
def test_a_slug_that_may_not_stand_in_an_address_is_refused(slug: object) -> None:
    assert application_faults({"slug": slug}, ()).keys() == {"slug"}


@pytest.mark.parametrize("name", ["name", "description"])
@pytest.mark.parametrize("value", ["a\x00", "\ud800", None, 3, "x" * 2001])
def test_a_text_that_cannot_be_stored_is_refused(name: str, value: object) -> None:
    assert application_faults({name: value}, ()).keys() == {name}


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
)
NAMES = st.sampled_from(["slug", "name", "description", "features", "filters", "active", "position", "wings"])


@given(st.dictionaries(NAMES, JSON))
def test_whatever_is_given_is_judged_and_never_an_error(values: dict[str, Any]) -> None:
    assert application_faults(values, ()).keys() <= values.keys()


def test_changes_take_each_filter_for_a_field_of_its_own_and_leave_out_what_stays() -> None:
    before = {"name": "A", "description": "x", "filters": {"tag": 1, "tier": 2}}
    assert changes(before, {"name": "A", "filters": {"tag": 3}}) == (
        {"filters.tag": 1, "filters.tier": 2},
        {"filters.tag": 3, "filters.tier": None},
    )
    assert changes(before, {"description": "y"}) == ({"description": "x"}, {"description": "y"})
    assert changes(before, before) == ({}, {})
