"""The key is nowhere but in the Authorization header of requests to its own host."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.reliability.expectations import shown
from tests.reliability.leaking import KEY, leaks
from typed_artifacts import (
    NO_RETRIES,
    Api,
    ArtifactsError,
    AsyncApi,
    AsyncClient,
    Client,
    ExtraNotInstalled,
    InvalidInput,
    RequestEvent,
    ServerError,
)
from typed_artifacts.testing import spoiling as general
from typed_artifacts.testing.fault_proxy import FaultProxy, Plan


def _over_http() -> object:
    return Api(base_url="http://example.com", api_key=KEY)


def _by_environment() -> object:
    return Client()


def _with_a_bad_key() -> object:
    return Client("https://example.com", f"{KEY} ")


@pytest.mark.parametrize("make", [_over_http, _by_environment, _with_a_bad_key])
def test_a_refused_setting_shows_no_key(
    make: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    if make is _by_environment:
        monkeypatch.setenv("WANDB_API_KEY", KEY)
        monkeypatch.setenv("WANDB_HTTP_TIMEOUT", "soon")
    with pytest.raises(InvalidInput) as caught:
        make()
    assert not leaks(_of_ours(caught.value))


def _of_ours(error: BaseException) -> str:
    """What an error shows, without the frames of this test, which knows the key."""
    assert error.__traceback__ is not None
    ours = error.with_traceback(error.__traceback__.tb_next.tb_next)  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]  # the test, and its function
    return "\n".join([shown(ours), *traceback.format_exception_only(ours)])


@pytest.mark.parametrize("scheme", ["https", "ftp"])
def test_a_key_in_the_url_is_refused_without_being_quoted(scheme: str) -> None:
    with pytest.raises(InvalidInput, match="holds a user or a password") as caught:
        Client(f"{scheme}://api:{KEY}@example.com")
    assert not leaks(str(caught.value) + repr(caught.value))


@pytest.mark.parametrize("text", ["{", '["x"]', '{"X": "a\\nb"}', '{"X-é": "a"}'])
def test_headers_of_the_environment_are_refused_without_being_quoted(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_X_EXTRA_HTTP_HEADERS", text.replace("a", KEY))
    with pytest.raises(InvalidInput, match="WANDB_X_EXTRA_HTTP_HEADERS") as caught:
        Client("https://example.com")
    assert not leaks(_of_ours(caught.value))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://0x7f.example",
        "http://[2001:db8::1]",
        "http://10.0.0.1:8080",
    ],
)
def test_the_key_goes_over_https_or_to_this_machine(url: str) -> None:
    with pytest.raises(InvalidInput, match="allow_http=True"):
        Client(url, KEY)
    assert Client(url, KEY, allow_http=True).settings.api_key == KEY


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1"])
def test_this_machine_is_reached_without_https(url: str) -> None:
    assert Client(url, KEY).settings.api_key == KEY


def test_what_is_shown_of_the_objects(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    api = Api(base_url="http://127.0.0.1:1", api_key=KEY, retry=NO_RETRIES)
    twin = AsyncApi(base_url="http://127.0.0.1:1", api_key=KEY)
    things = [api, api.client, api.client.settings, twin, twin.client, vars(api.client)]
    assert not leaks("\n".join(f"{thing!r} {thing}" for thing in things) + caplog.text)
    with pytest.raises(ArtifactsError) as caught:
        api.client.queries.viewer()
    assert not leaks(shown(caught.value))


def test_netrc_and_settings_are_read_and_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    netrc = tmp_path / ".netrc"
    netrc.write_text(f"machine example.com login user password {KEY}\n")
    netrc.chmod(0o400)
    before = netrc.stat()
    assert Client("https://example.com").settings.api_key == KEY
    Client("https://other.example.com", "another-key")
    after = netrc.stat()
    assert (after.st_mtime_ns, after.st_size) == (before.st_mtime_ns, before.st_size)
    assert [path.name for path in tmp_path.rglob("*")] == [".netrc"]


def test_a_key_is_for_its_own_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".netrc").write_text(f"machine example.com login user password {KEY}\n")
    assert Client("https://elsewhere.example.com").settings.api_key is None
    folder = tmp_path / ".config" / "wandb"
    folder.mkdir(parents=True)
    (folder / "settings").write_text(
        f"[default]\nbase_url = https://one.example.com\napi_key = {KEY}\n"
    )
    assert Client("https://two.example.com").settings.api_key is None
    assert Client().settings.api_key == KEY


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "WANDB__PROXIES"])
async def test_no_proxy_sees_the_key_on_its_way_to_this_machine(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultProxy(("127.0.0.1", 1)) as proxy, FaultProxy(("127.0.0.1", 1)) as server:
        server.plans = [Plan("Viewer", general.words(404, "but reached"))]
        url = json.dumps({"http": proxy.url}) if name == "WANDB__PROXIES" else proxy.url
        monkeypatch.setenv(name, url)
        with Client(server.url, KEY) as blocking, pytest.raises(ServerError, match="but reached"):
            blocking.queries.viewer()
        async with AsyncClient(server.url, KEY) as client:
            with pytest.raises(ServerError, match="but reached"):
                await client.queries.viewer()
        assert proxy.requests == []


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("HTTPS_PROXY", "socks5://127.0.0.1:1", ExtraNotInstalled),
        ("SSL_CERT_FILE", "/nowhere/certificates", InvalidInput),
    ],
)
async def test_an_odd_environment_is_an_error_of_ours(
    name: str, value: str, kind: type[ArtifactsError], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    attempts: list[RequestEvent] = []
    with (
        Client("https://example.invalid", KEY, on_request=attempts.append) as client,
        pytest.raises(kind),
    ):
        client.queries.viewer()
    async with AsyncClient(
        "https://example.invalid", KEY, on_request=attempts.append
    ) as async_client:
        with pytest.raises(kind):
            await async_client.queries.viewer()
    assert len(attempts) <= 2
