"""What a page may never do: log an error, throw, break the content policy, or ask in vain."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playwright.sync_api import ConsoleMessage, Page, Request, Response

REPORT_VIOLATIONS = """
document.addEventListener('securitypolicyviolation', (event) =>
  console.error(`content policy: ${event.violatedDirective} forbids ${event.blockedURI} ${event.sample}`));
"""


@dataclass
class Watch:
    """Collects the faults of one page. `allow(status, path)` says beforehand which failed answer is wanted."""

    faults: list[str] = field(default_factory=list)
    allowed: list[tuple[int, str]] = field(default_factory=list)

    def attach(self, page: Page) -> None:
        """Listen to everything this page says."""
        page.add_init_script(REPORT_VIOLATIONS)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)

    def allow(self, status: int, path: str) -> None:
        """A response with this status from an address that contains `path` is what the test wants."""
        self.allowed.append((status, path))

    def _is_allowed(self, status: int, url: str) -> bool:
        return any(status == wanted and path in url for wanted, path in self.allowed)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        failed = re.search(r"status of (\d{3})", message.text)
        if failed and self._is_allowed(int(failed[1]), message.location.get("url", "")):
            return
        if "Response Status Error Code" in message.text and self.allowed:  # htmx's own words for the same answer
            return
        self.faults.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # leaving a page aborts its polls
            self.faults.append(f"request failed: {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and not self._is_allowed(response.status, response.url):
            self.faults.append(f"{response.status} from {response.request.method} {response.url}")
