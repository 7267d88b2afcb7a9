"""The kind that docs/club-sources.md shows works as it stands there."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

from domains.club.clients import MemoryKeep, Outside
from domains.club.readings import Presence
from domains.club.sources.base import FeatureSpec, SourceSpec
from tests.emulators.serving import Emulator, Reply, Request, as_json

PAGE = Path(__file__).resolve().parents[4] / "docs" / "club-sources.md"


class ChatServer(Emulator):
    """What the page's kind asks."""

    def answer(self, request: Request) -> Reply:
        if request.path == "/stats.json":
            return as_json(200, {"people": 12})
        return as_json(200, [{"id": 1, "name": "Ada", "lines": 30}, {"id": 2, "name": "Alan", "lines": 4}])


def block(language: str) -> str:
    found = re.search(rf"```{language}[^\n]*\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert found
    return found[1]


def test_the_kind_on_the_page_reads_and_tests() -> None:
    names: dict[str, Any] = {"__name__": "kind"}
    exec(compile(block("python"), "kind.py", "exec"), names)  # noqa: S102 - the page's own code
    kind = names["Chat"]()

    async def asked(url: str) -> tuple[Any, Any, Any]:
        feature = FeatureSpec("room", "Room", {"room": "kitchen"})
        source = SourceSpec("alpha", "Chat", {"url": url}, [feature])
        assert kind.check(source.config, source.features) == {}
        async with Outside() as outside:
            ask = outside.asker(kind, keep=MemoryKeep())
            return (
                await kind.read(ask, source, None),
                await kind.read(ask, source, feature),
                await kind.test(ask, source),
            )

    with ChatServer() as chat:
        hero, room, report = asyncio.run(asked(chat.url))
    assert hero.hero == {"members": 12}
    assert room.members == [Presence("1", "Ada", 30), Presence("2", "Alan", 4)]
    assert report.message == "It answers: 12 members."


def test_the_file_on_the_page_is_json() -> None:
    assert json.loads(block("json"))["members"][0]["figures"] == {"posts": 9}
