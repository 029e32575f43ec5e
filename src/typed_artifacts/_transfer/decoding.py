"""A reply's compression, undone."""

from __future__ import annotations

from typing import Final

ACCEPTED: Final = "gzip, deflate"
"""What a request says it can read."""


class Undecodable(Exception):  # noqa: N818 -- mapped by the caller
    """A body is not what its ``Content-Encoding`` says, or too large when it is undone."""


def decoded(content: bytes, encodings: str, most: int) -> bytes:
    """A body as it was before it was compressed; an encoding that is not known is left alone.

    Args:
        content: the body as it came.
        encodings: the header ``Content-Encoding``; the last one was applied last.
        most: bytes that may come out of it.

    Raises:
        Undecodable: it cannot be undone.
    """
    for encoding in reversed(encodings.lower().split(",")):
        if encoding.strip() in {"gzip", "x-gzip", "deflate"}:
            content = _inflated(content, most)
    return content


def _inflated(content: bytes, most: int) -> bytes:
    import zlib

    try:
        return _inflated_as(content, most, 32 + zlib.MAX_WBITS)  # a gzip or a zlib header
    except zlib.error as error:
        try:
            return _inflated_as(content, most, -zlib.MAX_WBITS)  # "deflate", as some have it
        except zlib.error:
            raise Undecodable(str(error)) from error


def _inflated_as(content: bytes, most: int, window: int) -> bytes:
    import zlib

    inflater = zlib.decompressobj(window)
    found = inflater.decompress(content, most)
    if inflater.unconsumed_tail:
        raise Undecodable(f"it is larger than {most >> 20} MiB")
    if not inflater.eof:
        raise Undecodable("it ends too early")
    return found
