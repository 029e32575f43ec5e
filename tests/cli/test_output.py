from datetime import datetime, timedelta, timezone
from io import BytesIO, TextIOWrapper

import pytest
from rich.console import Console

from typed_artifacts._values.quantities import bytes_text
from typed_artifacts.cli.output.tables import Column, fitted
from typed_artifacts.cli.output.texts import clean, show


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (1234, "1.23 kB"),
        (99_960, "100 kB"),
        (999_499, "999 kB"),
        (999_500, "1 MB"),
        (3 * 10**15, "3000 TB"),
        (10**400, "over 1000000000000 TB"),
        (-(10**400), "under 0 B"),
    ],
)
def test_bytes_have_three_figures(count: int, words: str) -> None:
    assert bytes_text(count) == words


def test_times_are_shown_in_utc() -> None:
    moment = datetime(2026, 1, 2, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert show(moment) == "2026-01-01 23:30"


def test_terminal_codes_become_visible() -> None:
    assert clean("a\x1b[31mb\nc") == r"a\x1b[31mb\nc"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER}.txt", None),
        ("\u0645\u06cc\N{ZERO WIDTH NON-JOINER}\u062e", None),
        ("Screenshot 9.41\N{NARROW NO-BREAK SPACE}AM.png", None),
        ("a\N{NO-BREAK SPACE}b", None),
        ("a\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe", r"a\u202egnp.exe"),
        ("a\N{LINE SEPARATOR}b", r"a\u2028b"),
    ],
)
def test_what_is_part_of_a_name_stays_as_it_is(
    monkeypatch: pytest.MonkeyPatch, text: str, seen: str | None
) -> None:
    monkeypatch.setattr("sys.stdout", TextIOWrapper(BytesIO(), "utf-8"))
    assert clean(text) == (seen or text)


def test_an_empty_column_is_left_out() -> None:
    columns = [Column[str]("name", str), Column[str]("tags", lambda _: [])]
    console = Console(width=80, record=True)
    with console.capture() as captured:
        console.print(fitted(["a", "b"], columns, 80).table)
    assert "name" in captured.get()
    assert "tags" not in captured.get()
