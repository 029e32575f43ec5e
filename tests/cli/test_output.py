from datetime import datetime, timedelta, timezone
from io import BytesIO, TextIOWrapper

import pytest
from rich.console import Console

from typed_artifacts._values.quantities import bytes_text
from typed_artifacts.cli.output.tables import Column, cut, fitted
from typed_artifacts.cli.output.terminal import available_width
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


_COLUMNS: list[Column[tuple[str, str, int]]] = [
    Column("name", lambda row: row[0], whole=True),
    Column("note", lambda row: row[1], rank=1),
    Column("size", lambda row: row[2], rank=2),
]
_ROWS = [("collection-of-names:v12", "some words that are long enough to fold", 1234), ("b", "", 5)]


@pytest.mark.parametrize(
    ("width", "left_out"),
    [(50, ()), (49, ("size",)), (42, ("size",)), (41, ("note", "size")), (20, ("note", "size"))],
)
def test_columns_go_one_by_one_where_there_is_no_room_and_the_name_stays(
    width: int, left_out: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout", TextIOWrapper(BytesIO(), "utf-8"))
    shown = fitted(_ROWS, _COLUMNS, width)
    assert shown.left_out == left_out
    console = Console(width=width, record=True)
    with console.capture() as captured:
        console.print(shown.table)
    lines = captured.get().splitlines()
    assert max(map(len, lines)) <= width
    name = "collection-of-names:v12" if width > 25 else "collectio\N{HORIZONTAL ELLIPSIS}ames:v12"
    assert [line for line in lines if line.startswith(f" {name} ")] == lines[2:3]


def test_columns_that_never_go_stay_where_there_is_no_room_for_them() -> None:
    columns: list[Column[str]] = [Column(key, str, whole=True) for key in ("name", "digest")]
    assert fitted(["collection-of-names:v12"], columns, 20).left_out == ()


@pytest.mark.parametrize(
    ("text", "width", "wanted"),
    [
        ("collection:v12", 14, "collection:v12"),
        ("collection:v12", 13, "collec…on:v12"),
        ("collection:v12", 10, "colle…:v12"),
        ("collection:v12", 1, "c…2"),
        ("日本語日本語:v1", 10, "日本…:v1"),
    ],
)
def test_a_long_name_is_cut_in_its_middle(
    text: str, width: int, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout", TextIOWrapper(BytesIO(), "utf-8"))
    assert cut(text, width) == wanted


def test_a_stream_of_another_encoding_gets_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", TextIOWrapper(BytesIO(), "ascii"))
    assert clean("café") == r"caf\xe9"
    assert cut("collection:v12", 10) == "coll...v12"


@pytest.mark.parametrize(
    ("columns", "width"), [("90", 90), ("0", None), ("-5", None), ("", None), ("\u0669", None)]
)
def test_the_width_that_the_environment_says(
    columns: str, width: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr("sys.stdout", TextIOWrapper(BytesIO(), "utf-8"))
    assert available_width() == width


def test_values_are_shown_as_people_write_them() -> None:
    shown = [show(each) for each in (True, False, 12345, 0.5, {"a": None}, ["a", "b"], None)]
    assert shown == ["yes", "no", "12,345", "0.5", '{"a": null}', "a, b", ""]
    far = timezone(timedelta(hours=-5))
    assert show(datetime.max.replace(tzinfo=far)) == "9999-12-31 23:59"
