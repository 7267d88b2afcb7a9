"""Discussions by category or label. GitHub shows them by GraphQL only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from domains.club.readings import Reading
from domains.club.sources.errors import Unreadable
from domains.club.sources.github_api import MOST_PAGES, GitHub, Row
from domains.club.sources.github_talk import Account, Talk
from domains.club.sources.values import mapping, rows, text, whole
from domains.club.sources.windows import moment

COMMENTS, REPLIES = 50, 20
CATEGORIES = """query($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) { discussionCategories(first: 100) { nodes { id name } } }
}"""
AUTHOR = "author { __typename login url ... on User { databaseId } }"
DISCUSSIONS = f"""query($owner: String!, $name: String!, $category: ID, $after: String) {{
  repository(owner: $owner, name: $name) {{
    discussions(first: 25, after: $after, categoryId: $category, orderBy: {{field: UPDATED_AT, direction: DESC}}) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{
        number title url createdAt updatedAt upvoteCount {AUTHOR}
        labels(first: 50) {{ nodes {{ name }} }}
        comments(last: {COMMENTS}) {{
          totalCount
          nodes {{ createdAt {AUTHOR} replies(last: {REPLIES}) {{ totalCount nodes {{ createdAt {AUTHOR} }} }} }}
        }}
      }}
    }}
  }}
}}"""


async def discussions_reading(github: GitHub, category: str, label: str, since: datetime) -> Reading:
    """Discussions of a category and with a label, "" for any, that were begun or commented on since then."""
    talk, known = Talk(since), False
    for name in await github.repositories():
        wanted = (await categories(github, name)).get(category) if category else None
        if category and wanted is None:
            continue
        known = True
        async for each in _discussions(github, name, wanted, since):
            if not label or label in _labels(each):
                _add(github, talk, name, each)
    if not known:
        raise Unreadable(f"No repository has discussions of the category {category}.")
    return talk.reading(github)


async def categories(github: GitHub, name: str) -> dict[str, str]:
    """The ids of a repository's categories of discussions, by name."""
    repository = await _repository(github, name, CATEGORIES, {})
    found = rows(_nodes(repository.get("discussionCategories")), name)
    return {text(each.get("name")): text(each.get("id"), 200) for each in found}


async def _discussions(github: GitHub, name: str, category: str | None, since: datetime) -> Any:
    """Those that were touched since then, the newest first."""
    after, seen = None, set[str]()
    for _ in range(MOST_PAGES):
        repository = await _repository(github, name, DISCUSSIONS, {"category": category, "after": after})
        listed = mapping(repository.get("discussions"), name)
        for each in rows(_nodes(listed), name):
            touched = moment(each.get("updatedAt"))
            if touched is None or touched < since:
                return
            yield each
        info = mapping(listed.get("pageInfo"), name)
        after = text(info.get("endCursor"), 500)
        if not info.get("hasNextPage"):
            return
        if not after or after in seen:
            raise Unreadable(f"The discussions of {name} lead in a circle.")
        seen.add(after)
    github.notes.append(f"Only the newest {MOST_PAGES * 25:,} discussions of {name} were read.")


async def _repository(github: GitHub, name: str, query: str, variables: Mapping[str, Any]) -> Row:
    owner, _, own = name.partition("/")
    data = await github.graphql(query, {"owner": owner, "name": own, **variables})
    return mapping(data.get("repository"), name)


def _add(github: GitHub, talk: Talk, name: str, discussion: Row) -> None:
    key = f"{name}#{text(discussion.get('number'), 20)}"
    comments = discussion.get("comments")
    total = comments.get("totalCount") if isinstance(comments, Mapping) else None
    counted = {"comments": total, "upvotes": discussion.get("upvoteCount")}
    talk.item(key, text(discussion.get("title")) or key, discussion.get("url"), counted)
    talk.begin(key, _author(github, discussion), discussion.get("createdAt"))
    listed = rows(_nodes(comments), key)
    for comment in listed:
        talk.comment(key, _author(github, comment), comment.get("createdAt"))
        for reply in rows(_nodes(comment.get("replies")), key):
            talk.comment(key, _author(github, reply), reply.get("createdAt"))
    if (whole(total) or 0) > len(listed) and all(_is_in(talk, each) for each in listed):
        github.notes.append(f"{key} has {total} comments, of which the newest {len(listed)} were read.")


def _is_in(talk: Talk, comment: Row) -> bool:
    at = moment(comment.get("createdAt"))
    return at is not None and at >= talk.since


def _author(github: GitHub, said: Row) -> Account | None:
    """Who said it; None for programs and deleted accounts."""
    author = said.get("author")
    if not isinstance(author, Mapping) or author.get("__typename") != "User":
        return None
    return github.account({"id": author.get("databaseId"), "login": author.get("login"), "html_url": author.get("url")})


def _labels(discussion: Row) -> set[str]:
    return {text(each.get("name")) for each in rows(_nodes(discussion.get("labels")), "labels")}


def _nodes(connection: Any) -> list[Any]:
    found = connection.get("nodes") if isinstance(connection, Mapping) else None
    return found if isinstance(found, list) else []
