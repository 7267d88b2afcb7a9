"""The kinds of sources: the built-in ones, and those of extensions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import pytest

from domains.base.errors import ValidationFailed
from domains.club.clients import kind_of, kinds, spec_of
from domains.club.models import Source
from domains.club.readings import Reading, pack, unpack
from domains.club.source_rules import source_faults
from domains.club.sources.base import Asker, ConfigField, FeatureSpec, SourceKind, SourceReport, SourceSpec
from domains.club.sources.slugs import Slugs
from domains.club.sources.values import link, number, text, tidy
from domains.extensions import registry
from domains.orchestration.secrets import Secret


class Chat(SourceKind):
    """A kind of an extension."""

    name: ClassVar[str] = "chat"
    title: ClassVar[str] = "Chat"
    fields: ClassVar[Sequence[ConfigField]] = []
    select_fields: ClassVar[Sequence[ConfigField]] = []

    def check(self, config: Mapping[str, Any], features: Sequence[FeatureSpec]) -> dict[str, list[str]]:
        return {}

    def has_hero(self, config: Mapping[str, Any]) -> bool:
        return True

    async def read(self, ask: Asker, source: SourceSpec, feature: FeatureSpec | None) -> Reading:
        return Reading({"members": 1})

    async def test(self, ask: Asker, source: SourceSpec) -> SourceReport:
        return SourceReport(True, "Well.")


def test_the_built_in_kinds_are_there() -> None:
    assert list(kinds())[:4] == ["discourse", "github", "http", "file"]


def test_an_extension_adds_a_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "community_sources", lambda: {"acme.chat": Chat})
    assert isinstance(kind_of("acme.chat"), Chat)


def test_an_extension_that_adds_something_else_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "community_sources", lambda: {"acme.chat": dict})
    with pytest.raises(ValidationFailed, match="it is no SourceKind"):
        kinds()


def test_a_kind_that_is_gone_is_told_with_those_that_are_there() -> None:
    with pytest.raises(ValidationFailed, match=r"no kind of source acme\.chat: choose one of discourse"):
        kind_of("acme.chat")


@pytest.mark.parametrize("name", ["discourse", "github", "http", "file"])
def test_fields_have_labels_and_defaults_that_fit(name: str) -> None:
    kind = kind_of(name)
    for entries in (kind.fields, kind.select_fields):
        assert len({entry.name for entry in entries}) == len(entries)
        assert all(entry.label for entry in entries)
        assert all(entry.default in dict(entry.choices) for entry in entries if entry.type == "choice")
    config = {entry.name: entry.default for entry in kind.fields}
    values = {"name": "x", "active": True, "config": config, "features": []}
    assert set(source_faults(values, kind)) <= {"config.url", "config.repositories"}


def test_what_a_source_is_made_of_does_not_show_its_secret() -> None:
    row = Source(application="a", name="n", kind="http", config={}, features=[], secret=Secret("s3cret-key").token)
    spec = spec_of(row)
    assert spec.secret == "s3cret-key"
    assert "s3cret-key" not in repr(spec)


def test_a_reading_survives_being_stored() -> None:
    reading = tidy(
        {"members": 5, "unicorns": 1, "stars": -2, "likes": float("inf")}, notes=["cut\x00 here", "cut\x00 here"]
    )
    assert reading.hero == {"members": 5}
    assert reading.notes == ["cut  here"] or reading.notes == ["cut here"]
    assert unpack(pack(reading)) == reading


@pytest.mark.parametrize(
    ("value", "found"),
    [
        *[(5, 5), (5.5, 5.5), ("1200", 1200), (" 7 ", 7), (2.0, 2)],
        *[(True, None), (None, None), ("1e999", None), ("nan", None), ([], None), ("x", None)],
        *[(10**400, None), (1e300, None)],
    ],
)
def test_numbers_are_finite_and_whole_where_they_can_be(value: object, found: object) -> None:
    assert number(value) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("a\x00\nb", "a b"),
        ("\ud800x", "x"),
        (" a ", "a"),
        (5, "5"),
        (None, ""),
        (True, ""),
        ([], ""),
        ("x" * 9, "xxxxx"),
    ],
)
def test_texts_are_lines_that_can_be_stored(value: object, found: str) -> None:
    assert text(value, 5) == found


@pytest.mark.parametrize(
    ("value", "is_kept"),
    [
        ("https://a.example/x", True),
        ("http://a.example", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//a.example", False),
        ("https://", False),
        ("https://[", False),
        ("https://a.example/" + "x" * 500, False),
        (7, False),
    ],
)
def test_links_lead_to_pages(value: object, is_kept: bool) -> None:
    assert link(value) == (value if is_kept else "")


def test_addresses_of_features_are_unlike_each_other_and_not_reserved() -> None:
    slugs = Slugs()
    named = [slugs.of(name, "label") for name in ("Bug", "bug!", "BUG", "index", "日本語", "日本", "x" * 200)]
    assert named == ["bug", "label-bug", "label-bug-2", "label-index", "label", "label-2", "x" * 80]
