"""GitHub's API on this machine: a real HTTP server that answers from made-up repositories.

    hub = make_hub()                                     # acme/engine, acme/site and a fork, the same every time
    with GitHubEmulator(hub) as github:
        github.url, github.token, github.requests        # url is what the source's address of the API is to be
        github.faults.add("502", match="issues")         # see tests.emulators.serving
        github.allowed = 60                              # so many requests, then 403 until github.reset_in seconds
        github.secondary = 2                             # so many answers of 403 with retry-after
        github.says_retry_after = False                  # the secondary limit does not say for how long
        hub.repositories["acme/engine"].renamed_to = …   # 301 to /repositories/ID
        hub.repositories["acme/engine"].too_large = True # 403 for its contributors
        github.truth_of_issues("bug", days=30)           # what a complete reading must say

Pages after the first are named /repositories/ID/…; ETags are sent and 304 is not counted when a token came with it;
requests without User-Agent are refused; GraphQL says its errors with status 200.
As a process of its own: `python -m tests.emulators.github --port 8426`.
"""

from __future__ import annotations

from tests.emulators.github.hub import Discussion, Hub, Issue, Repository, User, make_hub
from tests.emulators.github.server import TOKEN, GitHubEmulator

__all__ = ["TOKEN", "Discussion", "GitHubEmulator", "Hub", "Issue", "Repository", "User", "make_hub"]
