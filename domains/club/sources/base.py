"""What a kind of source is: how it is configured, tested and read."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol
from urllib.parse import urlsplit

from domains.club.readings import Reading
from domains.club.sources.errors import Unreadable


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """A feature that a source is asked about; `select` says in its kind's words which rows are the feature's."""

    slug: str
    name: str
    select: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A source as a kind sees it. `secret` is the revealed text, "" for none: it goes nowhere but into a request."""

    application: str
    name: str
    config: Mapping[str, Any]
    features: Sequence[FeatureSpec]
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer with its whole body. `unchanged` says that it was a 304 and the body is the kept one."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    unchanged: bool = False

    def json(self) -> Any:
        """The body as JSON. Raises Unreadable when it is none."""
        try:
            return json.loads(self.body, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            form = "a web page" if self.body.lstrip()[:1] == b"<" else "something that is no JSON"
            host = urlsplit(self.url).hostname
            raise Unreadable(f"{host} answered with {form}. Check the address.") from error


def _no_number(name: str) -> None:
    """JSON has neither NaN nor Infinity, though Python reads them."""
    raise ValueError(f"{name} is no JSON")


class Asker(Protocol):
    """Asks one source by HTTP within the bounds of the house: addresses checked, bodies bounded, hosts paced, passing
    errors tried again. Raises UpstreamFailed, or what `domains.base.errors` has for the case, in plain words.
    """

    async def get(
        self, url: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answered:
        """The answer to a GET, conditional when one is kept. Statuses of 400 and above raise."""
        ...

    async def post(self, url: str, *, json: Any, headers: Mapping[str, str] | None = None) -> Answered:
        """The answer to a POST of JSON."""
        ...


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What a connection test has found: `ok`, a sentence, what to do when it is not ok, and the features that the
    source could be asked about, to choose from.
    """

    ok: bool
    message: str
    clicks: Sequence[str] = ()
    found: Sequence[FeatureSpec] = ()


@dataclass(frozen=True, slots=True)
class ConfigField:
    """An entry of a kind's configuration, for forms: `type` is text, number, flag, choice or lines (texts)."""

    name: str
    label: str
    help: str = ""
    type: str = "text"
    required: bool = False
    default: Any = ""
    choices: Sequence[tuple[str, str]] = ()


class SourceKind(ABC):
    """Derive, name it, and read. One object serves all sources of the kind, so it keeps nothing of them."""

    name: ClassVar[str]
    title: ClassVar[str]
    secret_label: ClassVar[str] = ""
    """What the secret is called on the page; "" for a kind without one."""
    fields: ClassVar[Sequence[ConfigField]]
    select_fields: ClassVar[Sequence[ConfigField]]
    """What `select` of a feature holds."""
    rate: ClassVar[float] = 10.0
    burst: ClassVar[int] = 50
    """How fast a host of this kind is asked: `burst` requests at once, and `rate` a second from then on."""

    @abstractmethod
    def check(self, config: Mapping[str, Any], features: Sequence[FeatureSpec]) -> dict[str, list[str]]:
        """Faults by field, such as `{"config.url": ["Enter the address of …"]}`; empty when all is well."""

    @abstractmethod
    def has_hero(self, config: Mapping[str, Any]) -> bool:
        """Whether a source configured so says anything about the hero metrics."""

    @abstractmethod
    async def read(self, ask: Asker, source: SourceSpec, feature: FeatureSpec | None) -> Reading:
        """All that the source says about a feature, None for the hero metrics. Raises a VaultError in plain words."""

    @abstractmethod
    async def test(self, ask: Asker, source: SourceSpec) -> SourceReport:
        """Ask just enough to say whether it works."""
