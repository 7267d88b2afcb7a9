"""Which parts a collection has: every source of every application, asked about each of its features."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from domains.applications import reads as applications
from domains.base.errors import ValidationFailed
from domains.club.clients import kinds
from domains.club.models import Collection, Feature, Part, Source
from domains.club.service import features, parts, sources


@dataclass(frozen=True, slots=True)
class Planned:
    """One part: `feature` is a slug, "" for the hero metrics."""

    source: Source
    feature: str


def sources_of(app: str = "") -> list[Source]:
    """The active sources of an application, "" for all active ones, in the order of parts."""
    wanted = [app] if app else applications.available_apps()
    return list(sources.filter(active=True, application__in=wanted).order_by("application", "name"))


def planned(app: str = "", feature: str = "") -> list[Planned]:
    """The parts of a collection about an application and a feature, "" for all."""
    known = kinds()
    found: list[Planned] = []
    for source in sources_of(app):
        kind = known.get(source.kind)
        if not feature and (kind is None or kind.has_hero(source.config)):
            found.append(Planned(source, ""))
        slugs = [each["slug"] for each in source.features]
        found += [Planned(source, slug) for slug in slugs if feature in ("", slug)]
    return found


def check(app: str, feature: str) -> None:
    """Raises ValidationFailed when there is no such application, or no active source is asked about such a feature."""
    if app and app not in applications.available_apps():
        fault = f"There is no active application {app[:63]}: choose one of {', '.join(applications.available_apps())}."
        raise ValidationFailed(fault, fields={"app": [fault]})
    slugs = {each["slug"] for source in sources_of(app) for each in source.features}
    if feature and feature not in slugs:
        fault = f"No active source is asked about a feature {feature[:100]}."
        raise ValidationFailed(f"{fault} Add it to a source first.", fields={"feature": [fault]})


def store_parts(collection: Collection, found: Iterable[Planned]) -> int:
    """Insert the parts in their order; how many."""
    rows = [
        Part(
            collection=collection,
            source=each.source,
            source_name=each.source.name,
            kind=each.source.kind,
            application=each.source.application,
            feature=each.feature,
            position=position,
        )
        for position, each in enumerate(found)
    ]
    return len(parts.bulk_create(rows))


def follow_sources(app: str = "") -> None:
    """Make the features that sources name what they are called there, and put away those that none names any more."""
    for application in [app] if app else applications.available_apps():
        named = dict(_names(sources_of(application)))
        there = {row.slug: row for row in features.filter(application=application)}
        missing = [slug for slug in sorted(named) if slug not in there]
        features.bulk_create(Feature(application=application, slug=slug, name=named[slug]) for slug in missing)
        changed = list(_changed(there, named))
        features.bulk_update(changed, ["name", "active"])


def _names(named_by: Sequence[Source]) -> Iterator[tuple[str, str]]:
    """The slug and name of each feature; the first source's name for it comes last, so that it is the one."""
    for source in reversed(named_by):
        yield from ((each["slug"], each["name"]) for each in source.features)


def _changed(there: Mapping[str, Feature], named: Mapping[str, str]) -> Iterator[Feature]:
    for slug, row in there.items():
        values = (named.get(slug, row.name), slug in named)
        if values != (row.name, row.active):
            row.name, row.active = values
            yield row
