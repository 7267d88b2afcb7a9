"""Figures of repositories, and who contributes to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from domains.base.outbound.links import links
from domains.club.readings import Item, Presence, Reading
from domains.club.sources.errors import Refused
from domains.club.sources.github_api import GitHub
from domains.club.sources.values import link, mapping, number, rows, tidy

FIGURES = {"stars": "stargazers_count", "forks": "forks_count", "watchers": "subscribers_count"}
TOPICS = """query($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) { issues { totalCount } discussions { totalCount } }
}"""
NO_TOPICS = "Topics are left out: GitHub counts issues and discussions for whoever has a token only."


async def hero_reading(github: GitHub) -> Reading:
    """Added up over the repositories; a contributor to several counts once."""
    found: dict[str, float] = dict.fromkeys([*FIGURES, "open_issues"], 0)
    people: set[str] = set()
    is_whole = True
    for name in await github.repositories():
        row = await github.get(f"repos/{name}")
        for metric, field in FIGURES.items():
            found[metric] += number(row.get(field)) or 0
        found["open_issues"] += max(0, (number(row.get("open_issues_count")) or 0) - await _open_pulls(github, name))
        try:
            people |= {each.key for each in await _contributors(github, name)}
        except Refused as error:
            github.notes.append(f"Contributors are left out: {error.message}")
            is_whole = False
        if github.has_token:
            found["topics"] = found.get("topics", 0) + await _topics(github, name)
    notes = [] if github.has_token else [NO_TOPICS]
    return tidy(found | ({"contributors": len(people)} if is_whole else {}), notes=[*github.notes, *notes])


async def contributors_reading(github: GitHub) -> Reading:
    """Accounts by their commits, added up over the repositories; the repositories are the items."""
    members: dict[str, Presence] = {}
    items = []
    for name in await github.repositories():
        found = await _contributors(github, name)
        for each in found:
            before = members.get(each.key)
            score = each.score + (before.score if before else 0)
            members[each.key] = Presence(each.key, each.name, score, {"commits": score}, each.url)
        commits = sum(each.score for each in found)
        items.append(Item(name, name, commits, {"contributors": len(found)}, link(f"{github.web}/{name}")))
    return tidy(members=members.values(), items=items, notes=github.notes)


async def _contributors(github: GitHub, name: str) -> list[Presence]:
    found = []
    for row in await github.all(f"repos/{name}/contributors"):
        account, commits = github.account(row), number(row.get("contributions"))
        if account and commits:
            key, login, page = account
            found.append(Presence(key, login, commits, {}, link(page)))
    return found


async def _open_pulls(github: GitHub, name: str) -> float:
    """How many pull requests are open: with one to a page it is the number of the last page."""
    answer = await github.answer(f"repos/{name}/pulls", {"state": "open", "per_page": "1"})
    last = links(answer.headers.get("link", "")).get("last")
    if last is None:
        return len(rows(answer.json(), name))
    return number(parse_qs(urlsplit(last).query).get("page", [""])[0]) or 0


async def _topics(github: GitHub, name: str) -> float:
    owner, _, own = name.partition("/")
    data = await github.graphql(TOPICS, {"owner": owner, "name": own})
    repository = mapping(data.get("repository"), name)
    return sum(_total(repository.get(kind)) for kind in ("issues", "discussions"))


def _total(connection: Any) -> float:
    return number(connection.get("totalCount")) or 0 if isinstance(connection, Mapping) else 0
