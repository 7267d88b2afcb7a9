"""GitHub: figures of repositories and organisations, contributors, issues and discussions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from domains.club.readings import Reading
from domains.club.sources.base import Asker, ConfigField, FeatureSpec, SourceKind, SourceReport, SourceSpec
from domains.club.sources.config import Faults, choice_faults, number_faults, only_faults, url_faults
from domains.club.sources.github_api import API, GitHub
from domains.club.sources.github_discussions import categories, discussions_reading
from domains.club.sources.github_issues import issues_reading
from domains.club.sources.github_repositories import contributors_reading, hero_reading
from domains.club.sources.slugs import Slugs
from domains.club.sources.values import text
from domains.club.sources.windows import window_start

CONTRIBUTORS, ISSUES, CATEGORY, LABEL = "contributors", "issues", "discussions", "labelled_discussions"
FROM = [
    (CONTRIBUTORS, "Contributors"),
    (ISSUES, "Issues with a label"),
    (CATEGORY, "Discussions of a category"),
    (LABEL, "Discussions with a label"),
]
REPOSITORY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:/[A-Za-z0-9._-]{1,100})?")
DAYS = 30
LOOKED_AT = 5
"""Repositories that a test looks for labels and categories in."""
MOST_FOUND = 200


class GitHubKind(SourceKind):
    """See docs/club-sources.md for what every figure counts."""

    name: ClassVar[str] = "github"
    title: ClassVar[str] = "GitHub"
    secret_label: ClassVar[str] = "Token"  # noqa: S105 - what pages call it
    rate: ClassVar[float] = 10.0
    burst: ClassVar[int] = 20
    fields: ClassVar[Sequence[ConfigField]] = [
        ConfigField(
            "repositories",
            "Repositories",
            "One line each: owner/name, or an owner for all of its own public repositories.",
            "lines",
            required=True,
            default=[],
        ),
        ConfigField("days", "Days", "Issues and discussions are counted over so many days.", "number", default=DAYS),
        ConfigField("url", "Address of the API", "Another one for GitHub Enterprise, ending in /api/v3.", default=API),
    ]
    select_fields: ClassVar[Sequence[ConfigField]] = [
        ConfigField("from", "Taken from", "", "choice", required=True, default=CONTRIBUTORS, choices=FROM),
        ConfigField("name", "Label or category", "Its name; empty for all."),
    ]

    def check(self, config: Mapping[str, Any], features: Sequence[FeatureSpec]) -> Faults:
        """See SourceKind."""
        lines = config.get("repositories") or []
        unfit = [line for line in lines if not REPOSITORY.fullmatch(line)]
        found = {
            "config.repositories": [f"{line[:100]} is neither owner/name nor an owner." for line in unfit]
            if lines
            else ["Enter at least one repository or owner."],
            "config.days": number_faults(config.get("days", DAYS), 1, 366),
            "config.url": url_faults(config.get("url", API)),
        }
        for place, feature in enumerate(features):
            found[f"features.{place}.from"] = choice_faults(feature.select.get("from"), FROM)
        return only_faults(found)

    def has_hero(self, config: Mapping[str, Any]) -> bool:
        """Always."""
        return True

    async def read(self, ask: Asker, source: SourceSpec, feature: FeatureSpec | None) -> Reading:
        """See SourceKind."""
        github = GitHub(ask, source)
        if feature is None:
            return await hero_reading(github)
        kind, name = feature.select["from"], feature.select.get("name", "")
        since = window_start(source.config.get("days", DAYS))
        if kind == CONTRIBUTORS:
            return await contributors_reading(github)
        if kind == ISSUES:
            return await issues_reading(github, name, since)
        category, label = (name, "") if kind == CATEGORY else ("", name)
        return await discussions_reading(github, category, label, since)

    async def test(self, ask: Asker, source: SourceSpec) -> SourceReport:
        """Asks for the repositories, and for labels and categories of the first few."""
        github = GitHub(ask, source)
        names = await github.repositories()
        if not names:
            return SourceReport(False, "GitHub answers, but none of the owners has a public repository of its own.")
        slugs = Slugs()
        found = [FeatureSpec(slugs.of("contributors", "github"), "Contributors", {"from": CONTRIBUTORS, "name": ""})]
        found.append(FeatureSpec(slugs.of("issues", "github"), "Issues", {"from": ISSUES, "name": ""}))
        for kind, prefix, each in await _names(github, names[:LOOKED_AT]):
            found.append(FeatureSpec(slugs.of(each, prefix), each, {"from": kind, "name": each}))
        said = f"GitHub answers: {len(names):,} {'repository' if len(names) == 1 else 'repositories'}."
        more = "" if github.has_token else " Without a token discussions and the number of topics are left out."
        return SourceReport(True, said + more, (), found[:MOST_FOUND])


async def _names(github: GitHub, repositories: Sequence[str]) -> list[tuple[str, str, str]]:
    """Labels of issues and categories of discussions: what they are, a prefix for addresses, and the name."""
    found: dict[tuple[str, str, str], None] = {}
    for name in repositories:
        row = await github.get(f"repos/{name}")
        labels = await github.all(f"repos/{name}/labels")
        found |= dict.fromkeys((ISSUES, "issues", label) for each in labels if (label := text(each.get("name"))))
        if github.has_token and row.get("has_discussions"):
            found |= dict.fromkeys((CATEGORY, "discussions", each) for each in await categories(github, name))
    return sorted(found)
