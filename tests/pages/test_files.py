"""Previews of files, their limits, and bytes that a browser only keeps or shows as an image."""

import json
import tracemalloc

import httpx
import pytest
import sqlalchemy as sa

from tests.pages.conftest import FILES, REPORT, Show, picture
from tests.pages.reading import Document
from typed_artifacts.local import open_local
from typed_artifacts.local.pages.previews import (
    MOST_CELL,
    MOST_COLUMNS,
    MOST_IMAGE_BYTES,
    MOST_TEXT_BYTES,
    bytes_wanted,
    preview,
)
from typed_artifacts.local.pages.texts import LONGEST_VALUE, value_text


def test_text_is_shown_as_it_is(show: Show) -> None:
    page = show(f"{REPORT}/v0/files/notes.md")
    [shown] = [each.text for each in page.all("pre") if each.attributes.get("class") == "text"]
    assert shown == FILES["notes.md"]
    assert "Only the first" not in page.text


def test_the_beginning_of_a_long_text_is_shown(show: Show) -> None:
    page = show(f"{REPORT}/v0/files/long.txt")
    [shown] = [each.text for each in page.all("pre") if each.attributes.get("class") == "text"]
    assert len(shown) == MOST_TEXT_BYTES
    assert "Only the first 256.0 KiB are shown." in page.text


def test_json_is_indented(show: Show) -> None:
    assert '"layers": 6,\n' in show(f"{REPORT}/v0/files/config.json").all("pre")[0].text


def test_rows_are_a_table(show: Show) -> None:
    for name, columns in (
        ("scores.csv", ["query", "score"]),
        ("predictions.table.json", ["id", "what"]),
    ):
        page = show(f"{REPORT}/v0/files/{name}")
        assert page.texts("th") == columns
        assert len(page.texts("td")) == 200
        assert "Only the first 100 rows are shown." in page.text
        assert ("99" if name == "predictions.table.json" else "q99") in page.texts("td")
    assert '{"<b>": 99}' in show(f"{REPORT}/v0/files/predictions.table.json").texts("td")


def test_what_cannot_be_shown_is_said(show: Show) -> None:
    assert "The file is not text" in show(f"{REPORT}/v0/files/weights.bin").text
    assert "The file is empty." in show(f"{REPORT}/v0/files/empty.txt").text
    reference = show(f"{REPORT}/v0/files/big.bin")
    assert "s3://bucket/big.bin" in reference.text
    assert not [each for each in reference.all("a") if "download" in each.attributes]
    site = show(f"{REPORT}/v0/files/site")
    assert site.link("https://example.org/site") == "https://example.org/site"


def test_images_are_shown_and_nothing_else_is(browser: httpx.Client, show: Show) -> None:
    [image] = show(f"{REPORT}/v0/files/picture.png").all("img")
    shown = browser.get(image.attributes["src"])
    assert (shown.headers["content-type"], shown.content) == ("image/png", picture())
    assert shown.headers["content-disposition"].startswith("inline;")
    page = browser.get(f"{REPORT}/v0/raw/page.html?show=1")
    assert page.headers["content-type"] == "application/octet-stream"
    assert page.headers["content-disposition"] == "attachment; filename*=UTF-8''page.html"
    for reply in (shown, page):
        assert "sandbox" in reply.headers["content-security-policy"]
        assert reply.headers["content-security-policy"].startswith("default-src 'none'")
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["cross-origin-resource-policy"] == "same-origin"


def test_a_download_may_be_a_range(browser: httpx.Client) -> None:
    reply = browser.get(f"{REPORT}/v0/raw/weights.bin", headers={"range": "bytes=10-12"})
    assert (reply.status_code, reply.content) == (206, bytes([10, 11, 12]))


def test_a_text_that_is_cut_in_a_character_is_still_text() -> None:
    whole = "é" * MOST_TEXT_BYTES
    data = whole.encode()[: MOST_TEXT_BYTES - 1]
    found = preview("a.txt", len(whole.encode()), data)
    assert (found.kind, set(found.text)) == ("text", {"é"})


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.json", b"{"),
        ("a.json", b"[" * 100_000),
        ("a.csv", b"x" * 200_000),
        ("a.txt", b"\xef\xbb\xbftext"),
    ],
)
def test_what_is_broken_is_shown_as_text(name: str, data: bytes) -> None:
    assert preview(name, len(data), data).kind == "text"


def test_json_that_is_nested_deeply_takes_little_room() -> None:
    # Indented, each of its numbers would stand behind 800 spaces: 80 MB.
    deep = b"[" * 400 + b"1,\n" * 100_000 + b"1" + b"]" * 400
    tracemalloc.start()
    try:
        found = preview("a.json", len(deep), deep)
        value = value_text(json.loads(deep))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (len(found.text), found.text[:8]) == (MOST_TEXT_BYTES, "[\n  [\n  ")
    assert "Only the first" in found.note
    assert (len(value), value[-1]) == (LONGEST_VALUE + 1, "…")
    assert peak < 16 << 20


def test_tables_have_limits() -> None:
    columns, cell = [f"c{n}" for n in range(100)], "x" * 1000
    data = json.dumps({"columns": columns, "data": [[cell] * 100] * 3}).encode()
    found = preview("a.table.json", len(data), data)
    assert len(found.columns) == MOST_COLUMNS
    assert {len(row) for row in found.rows} == {MOST_COLUMNS}
    assert {len(each) for row in found.rows for each in row} == {MOST_CELL + 1}
    assert found.note == f"Only the first {MOST_COLUMNS} of 100 columns are shown."


def test_little_is_read_of_a_large_file() -> None:
    assert bytes_wanted("a.bin", 1 << 40) == MOST_TEXT_BYTES
    assert bytes_wanted("a.json", 1 << 40) == MOST_TEXT_BYTES
    assert bytes_wanted("a.png", 1 << 40) == 0
    assert preview("a.png", MOST_IMAGE_BYTES + 1, b"").kind == "none"


def test_a_file_that_is_lost_is_said() -> None:
    with open_local() as server:
        version = server.registry.log_version("local/p/c", type="t", files={"a.txt": "text"})
        for path in (server.root / "files").rglob("*"):
            if path.is_file() and path.read_bytes() == b"text":
                path.unlink()
        auth = ("api", server.api_key)
        with httpx.Client(transport=server.transport, base_url=server.base_url) as client:
            reply = client.get("/local/p/artifacts/t/c/v0/files/a.txt", auth=auth)
            assert (reply.status_code, version.index) == (200, 0)
            assert "missing or damaged" in Document(reply.text).text
            lost = client.get("/local/p/artifacts/t/c/v0/raw/a.txt", auth=auth)
            assert lost.status_code == 500


def test_a_database_that_fails_is_said() -> None:
    with open_local() as server:
        server.registry.log_version("local/p/c", type="t", files={"a.txt": "text"})
        with server.registry.store.write() as connection:
            connection.execute(sa.text("ALTER TABLE collections RENAME TO gone"))
        with httpx.Client(transport=server.transport, base_url=server.base_url) as client:
            reply = client.get("/local/p", auth=("api", server.api_key))
        assert reply.status_code == 500
        assert Document(reply.text).one("h1") == "Not now"


def test_a_browser_that_has_a_file_is_not_sent_it_again(browser: httpx.Client) -> None:
    address = f"{REPORT}/v0/raw/weights.bin"
    tag = browser.get(address).headers["etag"]
    again = browser.get(address, headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == "private, no-cache"
