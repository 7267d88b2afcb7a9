"""One line of the benchmark table: what was measured, against what, in the same run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Ratio:
    """`value` and `peer_value` are in `unit` and come from one run on one machine; `ratio` is what is promised.

    `limit_text` is the promise in words, such as "at most 1.5 x the peer"; `kept` says whether this run kept it.
    """

    name: str
    value: float
    unit: str
    peer_name: str
    peer_value: float
    ratio: float
    limit_text: str
    kept: bool = True

    @classmethod
    def against(
        cls,
        name: str,
        *,
        value: float,
        unit: str,
        peer: str,
        peer_value: float,
        limit: float,
        want: Literal["at most", "at least"] = "at most",
    ) -> Ratio:
        """Compare `value` with `peer_value` and hold the quotient against `limit`."""
        ratio = value / peer_value if peer_value else float("inf")
        kept = ratio <= limit if want == "at most" else ratio >= limit
        return cls(name, value, unit, peer, peer_value, ratio, f"{want} {limit:g} x", kept)
