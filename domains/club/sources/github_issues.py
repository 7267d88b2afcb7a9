"""Issues by label."""

from __future__ import annotations

from datetime import datetime

from domains.club.readings import Reading
from domains.club.sources.github_api import GitHub, Row
from domains.club.sources.github_talk import Talk
from domains.club.sources.values import text


async def issues_reading(github: GitHub, label: str, since: datetime) -> Reading:
    """Issues, without pull requests, that were begun or commented on since then; all when `label` is ""."""
    talk = Talk(since)
    for name in await github.repositories():
        issues = await _issues(github, name, label, since)
        for number, issue in issues.items():
            reactions = issue.get("reactions")
            liked = reactions.get("total_count") if isinstance(reactions, dict) else None
            key = f"{name}#{number}"
            counted = {"comments": issue.get("comments"), "reactions": liked}
            talk.item(key, text(issue.get("title")) or key, issue.get("html_url"), counted)
            talk.begin(key, github.account(issue.get("user")), issue.get("created_at"))
        if issues:
            await _comments(github, name, issues, talk)
    return talk.reading(github)


async def _issues(github: GitHub, name: str, label: str, since: datetime) -> dict[str, Row]:
    """Issues that were touched since then, by number. What was commented on was touched."""
    wanted = {"state": "all", "since": stamp(since)} | ({"labels": label} if label else {})
    rows = await github.all(f"repos/{name}/issues", wanted)
    return {text(row.get("number"), 20): row for row in rows if "pull_request" not in row}


async def _comments(github: GitHub, name: str, issues: dict[str, Row], talk: Talk) -> None:
    for comment in await github.all(f"repos/{name}/issues/comments", {"since": stamp(talk.since)}):
        number = text(comment.get("issue_url"), 500).rpartition("/")[2]
        if number in issues:
            talk.comment(f"{name}#{number}", github.account(comment.get("user")), comment.get("created_at"))


def stamp(at: datetime) -> str:
    """A time as GitHub writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
