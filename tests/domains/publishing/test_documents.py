"""Equal content has equal bytes."""

from __future__ import annotations

import gzip
import json

import brotli
import pytest

from domains.publishing.documents import canonical, compress, compress_more, envelope_of


def test_compressed_bytes_are_equal_for_equal_bytes() -> None:
    assert compress(b"x" * 1000) == compress(b"x" * 1000)
    assert gzip.decompress(compress(b"x" * 1000)) == brotli.decompress(compress_more(b"x" * 1000)) == b"x" * 1000


def test_an_envelope_says_what_the_data_is_and_more() -> None:
    body = envelope_of("", "/some/public/rows/", 2, "0123", canonical([1, "ä"]), {"day": "2026-11-21"})
    assert json.loads(body) == {
        "data": [1, "ä"],
        "meta": {
            "application": None,
            "endpoint": "/some/public/rows/",
            "total_items": 2,
            "snapshot": "0123",
            "day": "2026-11-21",
        },
    }


def test_what_json_cannot_say_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical([float("nan")])
