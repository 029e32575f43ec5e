"""Who sees a page, and that names and files never become markup."""

import re
import time
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest

from tests.local.processes import Served
from tests.local.shared_world import PLACES, USERS, Template, World
from tests.pages.conftest import HOSTILE, HOSTILE_PROJECT, REPORT, Show
from tests.pages.reading import Document
from typed_artifacts.local import open_local
from typed_artifacts.local.pages.addresses import address
from typed_artifacts.local.pages.sessions import LIFETIME_SECONDS, cookie_name, signed_in

SIGN_IN = "/~/sign-in"
HTML = {"accept": "text/html"}


@pytest.fixture
def stranger(served: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url, headers=HTML, timeout=30) as client:
        yield client


def cookie_of(reply: httpx.Response) -> str:
    return reply.headers["set-cookie"].partition(";")[0]


def test_who_is_not_signed_in_comes_to_the_sign_in_page(stranger: httpx.Client) -> None:
    reply = stranger.get(f"{REPORT}/v0?x=1")
    assert reply.status_code == 303
    assert reply.headers["location"] == f"{SIGN_IN}?next={quote(f'{REPORT}/v0?x=1')}"
    form = Document(stranger.get(reply.headers["location"]).text)
    assert form.one("h1") == "Sign in"
    [key] = [each for each in form.all("input") if each.attributes.get("name") == "key"]
    assert key.attributes["type"] == "password"
    [next_] = [each for each in form.all("input") if each.attributes.get("name") == "next"]
    assert next_.attributes["value"] == f"{REPORT}/v0?x=1"


def test_a_program_is_told_what_the_api_tells(stranger: httpx.Client, served: Served) -> None:
    reply = stranger.get(f"{REPORT}/v0", headers={"accept": "*/*"})
    assert (reply.status_code, reply.headers["content-type"]) == (401, "application/json")
    assert stranger.get(f"{REPORT}/v0", auth=("api", "wrong")).status_code == 303
    assert stranger.get(f"{REPORT}/v0", auth=("api", served.key)).status_code == 200


def test_signing_in_and_out(served: Served, stranger: httpx.Client) -> None:
    wrong = stranger.post(SIGN_IN, data={"key": "x" * 40, "next": "/demo"})
    assert wrong.status_code == 403
    assert "does not know that key" in Document(wrong.text).text
    assert "set-cookie" not in wrong.headers
    right = stranger.post(SIGN_IN, data={"key": served.key, "next": "/demo"})
    assert (right.status_code, right.headers["location"]) == (303, "/demo")
    cookie = right.headers["set-cookie"]
    assert served.key not in cookie
    for attribute in ("HttpOnly", "SameSite=Lax", "Path=/"):
        assert attribute in cookie
    assert Document(stranger.get("/demo").text).one("h1") == "demo"
    ended = stranger.post("/~/sign-out")
    assert (ended.status_code, ended.headers["location"]) == (303, SIGN_IN)
    assert stranger.get("/demo").status_code == 303


def test_only_a_form_signs_out(browser: httpx.Client) -> None:
    assert browser.get("/~/sign-out").status_code == 404
    assert browser.get("/demo").status_code == 200


def test_the_cookie_is_for_pages_only(served: Served, browser: httpx.Client) -> None:
    reply = browser.post("/graphql", json={"query": "{ viewer { username } }"})
    assert reply.status_code == 401
    value = next(iter(browser.cookies.jar)).value or ""
    assert served.ask("{ viewer { username } }", key=value).status_code == 401


@pytest.mark.parametrize(
    "next_", ["//evil.example", "/\\evil.example", "https://evil.example", "/日本", ""]
)
def test_signing_in_leads_nowhere_else(stranger: httpx.Client, served: Served, next_: str) -> None:
    reply = stranger.post(SIGN_IN, data={"key": served.key, "next": next_})
    assert reply.headers["location"] == "/"


def test_a_foreign_page_cannot_send_the_form(stranger: httpx.Client, served: Served) -> None:
    origin = {"origin": "https://evil.example"}
    reply = stranger.post(SIGN_IN, data={"key": served.key}, headers=origin)
    assert reply.status_code == 403
    assert "set-cookie" not in reply.headers
    own = stranger.post(SIGN_IN, data={"key": served.key}, headers={"origin": served.url})
    assert own.status_code == 303


def test_a_session_ends_with_its_key_and_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_local() as server:
        key = server.registry.add_key("ann")
        secret = server.registry.store.secret
        with httpx.Client(transport=server.transport, base_url=server.base_url) as client:

            def status(cookie: str) -> int:
                return client.get("/", headers={"cookie": cookie}).status_code

            cookie = cookie_of(client.post(SIGN_IN, data={"key": key}))
            client.cookies.clear()
            assert status(cookie) == 200
            assert status(cookie[:-1] + ("0" if cookie[-1] != "0" else "1")) == 401
            assert status(f"{cookie_name(secret)}=") == 401
            assert status(signed_in(b"other", key, secure=False).partition(";")[0]) == 401
            later = time.time() + LIFETIME_SECONDS + 10
            with monkeypatch.context() as patch:
                patch.setattr(time, "time", lambda: later)
                assert status(cookie) == 401
            server.registry.revoke_keys(key=key)
            assert status(cookie) == 401


def test_over_https_the_cookie_is_for_https() -> None:
    assert signed_in(b"secret", "key", secure=True).endswith("; Secure")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with Template(tmp_path_factory.mktemp("template")).copied() as world:
        yield world


@pytest.mark.each(2)
@pytest.mark.parametrize("user", USERS)
def test_pages_show_what_queries_show(world: World, user: str) -> None:
    query = "query($e: String, $p: String) { project(entityName: $e, name: $p) { id } }"
    seen: list[str] = []
    for place in PLACES:
        entity, _, project = place.partition("/")
        shown = world.send(user, query, e=entity, p=project)["data"]["project"] is not None
        seen += [place] if shown else []
        version = f"/{place}/artifacts/dataset/c/v0"
        for each in (f"/{place}", f"{version}/raw/data.txt", f"/{place}/runs/run"):
            reply = world.clients[user].get(each)
            assert (reply.status_code == 200) == shown, (each, reply.status_code)
            assert reply.status_code in (200, 404)
            if not shown:
                assert f"what is in {place}" not in reply.text
    listed = Document(world.clients[user].get("/").text).text
    assert all(place in seen for place in PLACES if place in listed)
    assert all(place in listed for place in seen if place.startswith(f"{user}/"))


def hostile_pages(show: Show) -> Iterator[Document]:
    """Every page that the project with hostile names leads to, in it."""
    own = address(*HOSTILE_PROJECT.split("/"))
    left, known = [own], set[str]()
    while left:
        here = left.pop()
        if here in known or "/raw/" in here:
            continue
        known.add(here)
        page = show(here)
        yield page
        hrefs = [each.attributes["href"] for each in page.all("a")]
        left += [href for href in hrefs if href.startswith(own)]
    assert len(known) > 12


def test_names_and_contents_never_become_markup(show: Show) -> None:
    texts = ""
    for page in hostile_pages(show):
        texts += page.text
        for each in page.elements:
            assert each.tag not in ("i", "b", "u", "iframe", "object", "style"), each
            assert not [name for name in each.attributes if name.startswith("on")], each
            assert "style" not in each.attributes
            href = each.attributes.get("href", "/")
            assert href.startswith(("/", "#", "https://")), href
        [script] = page.all("script")
        assert script.attributes["src"].startswith("/~/static/copy.js")
        assert script.text == ""
        images = [each.attributes["src"] for each in page.all("img")]
        assert all(re.fullmatch(r"/demo/.*/raw/x\.svg\?show=1", src) for src in images)
    assert HOSTILE in texts
    assert not re.search(r"\b1271\b", texts)  # what a template would make of it


def test_headers_keep_content_from_doing_anything(browser: httpx.Client, show: Show) -> None:
    for reply in (browser.get(f"{REPORT}/v0"), browser.get("/nobody"), browser.get(SIGN_IN)):
        policy = reply.headers["content-security-policy"]
        assert policy.startswith("default-src 'none';")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["referrer-policy"] == "same-origin"
        assert "no-cache" in reply.headers["cache-control"]
    page = show("/")
    for each in (*page.all("script"), *page.all("link")):
        found = browser.get(each.attributes.get("src") or each.attributes["href"])
        assert found.status_code == 200
        assert "immutable" in found.headers["cache-control"]
    assert browser.get("/~/static/../routes.py").status_code == 404
    assert browser.get("/~/static/%2e%2e%2froutes.py").status_code == 404


def test_pages_change_nothing(world: World) -> None:
    before = world.rows()
    client = world.clients["ann"]
    for each in ("/", "/ann", "/ann/private", "/ann/private/artifacts/dataset/c/v0", "/ann/x"):
        client.get(each)
        assert client.post(each, data={"x": "1"}).status_code in (404, 405)
    assert world.rows() == before
