"""Files that Notion keeps, fetched from their signed addresses: no token goes there, and nothing else is gone to."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx

from domains.base.errors import UpstreamFailed
from domains.trace.notion import retry
from domains.trace.notion.client import certificates
from domains.trace.notion.errors import FileExpired, FileRefused
from domains.trace.notion.pacer import Pacer

TIMEOUT_S = 30.0
ATTEMPTS = 5
CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file as it came."""

    size: int
    sha256: str
    content_type: str


def fetch(url: str, target: Path, *, max_bytes: int, api_url: str, pacer: Pacer) -> Downloaded:
    """Write the file to `target`, whole or not at all.

    Raises FileExpired when the address is no longer good, FileRefused when the file is not to be had, UpstreamFailed
    when it did not come however often it was asked for.
    """
    _check(url, api_url)
    for attempt in range(1, ATTEMPTS + 1):
        pacer.check()
        try:
            return _once(url, target, max_bytes)
        except (httpx.TransportError, httpx.DecodingError, _Passing) as error:
            failure = error
        if attempt < ATTEMPTS:
            pacer.sleep(retry.pause_s(attempt), "a file")
    raise UpstreamFailed("A file in Notion could not be fetched.", detail=type(failure).__name__) from failure


class _Passing(Exception):
    """A status that may be another one the next time."""


def _check(url: str, api_url: str) -> None:
    """Only HTTPS, or the very server that the API is at: an address in a page must not lead Vault into its own net."""
    try:
        wanted, own = httpx.URL(url), httpx.URL(api_url)
    except httpx.InvalidURL as error:
        raise FileRefused("The file's address cannot be read.") from error
    same = (wanted.scheme, wanted.host, wanted.port) == (own.scheme, own.host, own.port)
    if not same and (wanted.scheme != "https" or not _is_public_name(wanted.host)):
        raise FileRefused("The file is at an address that Vault does not go to.", detail=wanted.host)


def _is_public_name(host: str) -> bool:
    return "." in host and not host.rsplit(".", 1)[-1].isdigit() and ":" not in host


def _once(url: str, target: Path, max_bytes: int) -> Downloaded:
    with httpx.stream("GET", url, timeout=TIMEOUT_S, follow_redirects=False, verify=certificates()) as response:
        status = response.status_code
        if status in {400, 403}:
            raise FileExpired("The address of a file in Notion is no longer good.")
        if status in retry.PASSING or status >= 500:
            raise _Passing(str(status))
        if status != 200:
            raise FileRefused(f"A file in Notion cannot be fetched: {status}.")
        return _written(response, target, max_bytes)


def _written(response: httpx.Response, target: Path, max_bytes: int) -> Downloaded:
    part = target.with_name(f"{target.name}.{uuid4().hex[:8]}.part")
    digest, size = hashlib.sha256(), 0
    try:
        with part.open("wb") as file:
            for chunk in response.iter_bytes(CHUNK):
                size += len(chunk)
                if size > max_bytes:
                    raise FileRefused(f"A file in Notion is larger than {max_bytes / 1e6:,.0f} MB.")
                digest.update(chunk)
                file.write(chunk)
        os.replace(part, target)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Downloaded(size, digest.hexdigest(), kind)
