"""What the headers of a request for a file ask for: a range, or the file only if it is another."""

from ..messages import Request


def tags_match(header: str, tag: str, *, weak: bool) -> bool:
    """Whether an entity tag is in a header that lists them; a weak one counts only if it may."""
    if header.strip() == "*":
        return True
    listed = [each.strip() for each in header.split(",")]
    return tag in listed or (weak and f"W/{tag}" in listed)


def failed_condition(request: Request, tag: str) -> int | None:
    """The status of a reply without the file: 412, or 304 for who has it; None if it is sent.

    A file never changes, and has no time of a change: conditions on times are ignored, as they
    have to be then (RFC 9110).
    """
    matching, other = (request.headers.get(name, "") for name in ("if-match", "if-none-match"))
    if matching and not tags_match(matching, tag, weak=False):
        return 412
    if other and tags_match(other, tag, weak=True):
        return 304
    return None


def wanted_range(request: Request, tag: str, size: int) -> tuple[int, int] | None:
    """Start and length of the range to send, as `byte_range`; None: the whole file.

    Where the client has a part of another file (`If-Range`), or asks for no bytes (HEAD), a range
    is ignored.
    """
    known = request.headers.get("if-range")
    if request.method != "GET" or (known is not None and known.strip() != tag):
        return None
    return byte_range(request.headers.get("range", ""), size)


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """Start and length of a single range; of no length if there is nothing there.

    None: the whole, because no range is asked for, or one that is to be ignored (RFC 9110).
    """
    unit, _, spec = header.partition("=")
    first, dash, last = (part.strip() for part in spec.partition("-"))
    if unit.strip().lower() != "bytes" or not dash or not (first or last):
        return None
    if any(part and not _is_number(part) for part in (first, last)):
        return None
    if not first:
        length = min(_number(last), size)
        return size - length, length
    start, end = _number(first), min(_number(last), size - 1) if last else size - 1
    if last and _number(last) < start:
        return None
    return start, max(end - start + 1, 0)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _number(digits: str) -> int:
    """The number, or one that is larger than any file: Python refuses thousands of digits."""
    short = digits.lstrip("0")
    return int(short or "0") if len(short) <= 18 else 10**18
