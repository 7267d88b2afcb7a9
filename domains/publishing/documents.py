"""The bytes of published documents: equal for equal content, on every machine and whenever they are made. Pure."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import brotli

HEAD = b'{"data":'
BROTLI_QUALITY = 5


def canonical(value: object) -> bytes:
    """JSON that is equal for equal values: no spaces, UTF-8, keys in the order of the value."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def fingerprint(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def envelope_of(
    application: str, endpoint: str, items: int, snapshot: str, data: bytes, more: Mapping[str, Any] | None = None
) -> bytes:
    """An answer of any address; `more` is said beside the usual in its `meta`."""
    meta = {"application": application or None, "endpoint": endpoint, "total_items": items, "snapshot": snapshot}
    return HEAD + data + b',"meta":' + canonical(meta | dict(more or {})) + b"}\n"


def compress(data: bytes) -> bytes:
    """gzip without a time stamp: equal bytes for equal bytes."""
    return gzip.compress(data, compresslevel=6, mtime=0)


def compress_more(data: bytes) -> bytes:
    """Brotli, which is smaller; equal bytes for equal bytes."""
    compressed: bytes = brotli.compress(data, quality=BROTLI_QUALITY)
    return compressed
