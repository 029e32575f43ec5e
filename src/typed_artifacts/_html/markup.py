"""Builds escaped HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from json import dumps
from typing import final

from .._values.quantities import bytes_text, count_text
from .style import STYLE

MOST_ROWS = 100
_LONGEST = 300


@final
class Html(str):
    """A text that is markup already."""

    __slots__ = ()

    def __html__(self) -> str:
        """The same for Jinja, which would escape it."""
        return self


@final
class Size(int):
    """A number of bytes."""

    __slots__ = ()


def html(value: object) -> Html:
    """A value as markup: a time by its minute, a size with its unit, any other text escaped."""
    if isinstance(value, Html):
        return value
    if value is None:
        return Html("")
    if isinstance(value, datetime):
        stamp = escape(value.isoformat())
        return Html(f'<time datetime="{stamp}">{value:%Y-%m-%d %H:%M}</time>')
    if isinstance(value, Size):
        return Html(bytes_text(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return Html(f"{value:,}")
    return Html(escape(_shortened(str(value))))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def json_cell(value: object) -> str:
    """A value of JSON: a text as it is, anything else as JSON writes it."""
    return value if isinstance(value, str) else dumps(value, ensure_ascii=False, default=str)


def link(text: object, address: str) -> Html:
    """A link with a text; only the text if the address is not http(s)."""
    if not address.startswith(("https://", "http://")):
        return html(text)
    return Html(f'<a href="{escape(address)}" target="_blank" rel="noopener">{html(text)}</a>')


def aliases(names: Iterable[str]) -> Html:
    """Names as chips."""
    return Html("".join(f'<span class="ta-chip">{html(name)}</span>' for name in names))


def tags(names: Iterable[str]) -> Html:
    """Names as chips of another colour."""
    return Html("".join(f'<span class="ta-chip ta-tag">{html(name)}</span>' for name in names))


def code(text: str) -> Html:
    """What a reader may type."""
    return Html(f"<code>{html(text)}</code>")


def paragraph(*parts: object) -> Html:
    """A line of text; a part that is markup stays so."""
    return Html(f'<p class="ta-quiet">{"".join(map(html, parts))}</p>')


def result_line(text: str, *, good: bool) -> Html:
    """What came out, as a line of its own."""
    return Html(f'<p class="{"ta-good" if good else "ta-bad"}">{html(text)}</p>')


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> Html:
    """Rows under their names; of more than can be looked at, the first."""
    shown = rows[:MOST_ROWS]
    names = "".join(_cell("th", name, rows, place) for place, name in enumerate(head))
    lines = "".join(
        f"<tr>{''.join(_cell('td', value, rows, place) for place, value in enumerate(row))}</tr>"
        for row in shown
    )
    more = len(rows) - len(shown)
    rest = paragraph(f"… and {more:,} more") if more else ""
    return Html(
        f'<div class="ta-box"><table><thead><tr>{names}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>{rest}"
    )


def _cell(tag: str, value: object, rows: Sequence[Sequence[object]], place: int) -> str:
    """A cell; a column of numbers stands to the right."""
    first = rows[0][place] if rows else None
    number = isinstance(first, int) and not isinstance(first, bool)
    style = ' class="ta-number"' if number else ""
    scope = ' scope="col"' if tag == "th" else ""
    return f"<{tag}{scope}{style}>{html(value)}</{tag}>"


def facts(pairs: Mapping[str, object]) -> Html:
    """Names and values; what has no value is left out."""
    lines = "".join(
        f'<tr><th scope="row">{html(name)}</th><td>{html(value)}</td></tr>'
        for name, value in pairs.items()
        if value is not None and value != ""
    )
    return Html(f'<div class="ta-box"><table><tbody>{lines}</tbody></table></div>' if lines else "")


def output(kind: str, title: object, *body: Html) -> str:
    """All of an output: what it is, what it is called, what is known of it."""
    head = f'<span class="ta-kind">{html(kind)}</span><span class="ta-title">{html(title)}</span>'
    return (
        f'<div class="typed-artifacts"><style>{STYLE}</style><p class="ta-head">{head}</p>'
        f"{''.join(body)}</div>"
    )


def counted(*counts: tuple[int, str]) -> str:
    """``2 versions, 1 file``, without counts of 0."""
    return ", ".join(count_text(count, noun) for count, noun in counts if count)
