"""An answer's body, never larger in memory than allowed: a few kilobytes of gzip can hold gigabytes."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator

from domains.base.outbound.errors import NoAnswer, Unusable

GZIP = 16 + zlib.MAX_WBITS


async def whole_body(raw: AsyncIterator[bytes], encoding: str, *, host: str, most: int) -> bytes:
    """The body, unpacked. `raw` are its bytes as they came and `encoding` the header of them.

    Raises Unusable when it has more than `most` bytes or an encoding that was not asked for, and NoAnswer when the
    packed body ends too early.
    """
    packed = encoding.strip().lower()
    if packed in {"gzip", "x-gzip"}:
        return await _unpacked(raw, host, most)
    if packed not in {"", "identity"}:
        raise Unusable(f"{host} answered in the encoding {packed[:40]}, which Vault did not ask for.")
    body = bytearray()
    async for chunk in raw:
        body += chunk
        if len(body) > most:
            raise _too_large(host, most)
    return bytes(body)


async def _unpacked(raw: AsyncIterator[bytes], host: str, most: int) -> bytes:
    body, unpacker, began = bytearray(), zlib.decompressobj(GZIP), False
    try:
        async for chunk in raw:
            while chunk:
                began = True
                body += unpacker.decompress(chunk, most + 1 - len(body))
                if len(body) > most:
                    raise _too_large(host, most)
                chunk = unpacker.unconsumed_tail
                if unpacker.unused_data:  # a further member: gzip may consist of several
                    chunk, unpacker = unpacker.unused_data, zlib.decompressobj(GZIP)
    except zlib.error as error:
        raise Unusable(f"{host} answered with gzip that cannot be unpacked.") from error
    if began and not unpacker.eof:
        raise NoAnswer(f"{host} broke off in the middle of its answer.")
    return bytes(body)


def _too_large(host: str, most: int) -> Unusable:
    return Unusable(f"{host} answered with more than {most / 1e6:,.3g} MB, which is more than Vault reads.")
