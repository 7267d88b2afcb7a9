"""Notion's API on this machine: a real HTTP server that answers from a made-up workspace.

    from tests.emulators.notion import NotionEmulator, RateLimit, make_workspace

    workspace = make_workspace(features=1000)            # the same every time; contents=True gives pages text
    with NotionEmulator(workspace) as notion:
        settings: NOTION_API_URL=notion.url, NOTION_TOKEN=notion.token, NOTION_FEATURES=database_id("features"), …
        notion.requests                                  # every request: at, method, path, query, body, headers, status
        notion.came("/query")                            # those whose path has this part
        notion.truth["features"][public_id]["gateways"]  # what a complete export must say, at this moment
        notion.faults.add("503", times=2)                # see faults.Fault; by default queries go wrong, once
        notion.faults.add("429", retry_after="42", match="GET /v1/data_sources")
        notion.faults.add("call", after=3, action=lambda: workspace.edit(page_id, Name="Other"))   # amid the paging
        notion.answers.queries.limit = 300               # where a query ends as incomplete, instead of 10,000
        notion.answers.file_seconds = 0.5                # how long the signed address of a file is good
        notion.answers.cut_content.add(page_id)          # its Markdown comes truncated
        workspace.edit / create / trash / vanish / rename_property / remove_property / add_property / pass_minutes
        workspace.unshared.add("gateways"); workspace.more_sources["tags"] = ["Other tags"]

`NotionEmulator(workspace, rate_limit=RateLimit(rate=3, burst=9), latency=0.3)` refuses with 429 and takes its time.
Times are those of `workspace.now`, which stands still until `pass_minutes`; `Workspace(clock=…)` follows a clock.
As a process of its own: `python -m tests.emulators.notion --port 8700 --features 1000 --rate 3`.
"""

from __future__ import annotations

from tests.emulators.notion.faults import Fault, Faults
from tests.emulators.notion.limits import RateLimit
from tests.emulators.notion.make import make_workspace
from tests.emulators.notion.schema import KINDS, data_source_id, database_id, spec
from tests.emulators.notion.server import TOKEN, NotionEmulator, Request
from tests.emulators.notion.workspace import Row, Workspace

__all__ = [
    "KINDS",
    "TOKEN",
    "Fault",
    "Faults",
    "NotionEmulator",
    "RateLimit",
    "Request",
    "Row",
    "Workspace",
    "data_source_id",
    "database_id",
    "make_workspace",
    "spec",
]
