"""Server and key: arguments, environment, netrc, settings file, in that order."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from typed_artifacts import Api, AsyncApi, AsyncClient, Client, InvalidInput
from typed_artifacts._environment.hosts import DEFAULT_BASE_URL
from typed_artifacts.settings import Settings, resolve

KEY = "k" * 40
OTHER = "o" * 40


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, and an empty folder to work in."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    monkeypatch.chdir(tmp_path)
    return folder


def _settle(home: Path, environ: Mapping[str, str] | None = None) -> Settings:
    return resolve(environ={"HOME": str(home), **(environ or {})})


def test_defaults(home: Path) -> None:
    found = _settle(home)
    assert found.base_url == DEFAULT_BASE_URL == "https://api.forge.coreweave.com"
    assert (found.api_key, found.entity, found.project) == (None, None, "uncategorized")
    assert (found.timeout, found.verify_tls, dict(found.proxies)) == (19.0, True, {})


def test_the_environment(home: Path) -> None:
    found = _settle(
        home,
        {
            "WANDB_BASE_URL": "https://wandb.example/",
            "WANDB_API_KEY": KEY,
            "WANDB_ENTITY": "team",
            "WANDB_PROJECT": "mine",
            "WANDB_HTTP_TIMEOUT": "7.5",
            "WANDB_INSECURE_DISABLE_SSL": "true",
            "WANDB__PROXIES": '{"https": "http://proxy.example:3128"}',
            "WANDB_X_EXTRA_HTTP_HEADERS": '{"X-Team": "search"}',
            "WANDB_CACHE_DIR": "/cache",
            "WANDB_ARTIFACT_DIR": "/things",
            "WANDB_APP_URL": "https://app.example",
        },
    )
    assert (found.base_url, found.api_key) == ("https://wandb.example", KEY)
    assert (found.entity, found.project, found.timeout) == ("team", "mine", 7.5)
    assert found.verify_tls is False
    assert dict(found.proxies) == {"https": "http://proxy.example:3128"}
    assert dict(found.headers) == {"X-Team": "search"}
    assert (found.cache_dir, found.artifact_dir) == (Path("/cache"), Path("/things"))
    assert found.app_url == "https://app.example"


def test_arguments_win(home: Path) -> None:
    found = resolve(
        base_url="https://argument.example",
        api_key=KEY,
        entity="mine",
        project="here",
        timeout=3,
        environ={
            "HOME": str(home),
            "WANDB_BASE_URL": "https://wandb.example",
            "WANDB_API_KEY": OTHER,
            "WANDB_ENTITY": "team",
            "WANDB_PROJECT": "there",
            "WANDB_HTTP_TIMEOUT": "7",
        },
    )
    assert (found.base_url, found.api_key) == ("https://argument.example", KEY)
    assert (found.entity, found.project, found.timeout) == ("mine", "here", 3.0)


@pytest.mark.parametrize(
    ("line", "url"),
    [
        ("machine wandb.example login user password {}", "https://wandb.example"),
        ("machine wandb.example:8443 login user password {}", "https://wandb.example:8443"),
        ("machine wandb.example login user password {}", "https://wandb.example:8443"),
        ("machine api.wandb.ai login user password {}", DEFAULT_BASE_URL),
    ],
)
def test_netrc(home: Path, line: str, url: str) -> None:
    (home / ".netrc").write_text(line.format(KEY), encoding="utf-8")
    assert _settle(home, {"WANDB_BASE_URL": url}).api_key == KEY
    assert _settle(home, {"WANDB_BASE_URL": "https://elsewhere.example"}).api_key is None
    environ = {"WANDB_BASE_URL": url, "WANDB_API_KEY": OTHER}
    assert _settle(home, environ).api_key == OTHER


def test_netrc_elsewhere(home: Path, tmp_path: Path) -> None:
    line = f"machine wandb.example login user password {KEY}"
    (tmp_path / "keys").write_text(line, encoding="utf-8")
    environ = {"WANDB_BASE_URL": "https://wandb.example", "NETRC": str(tmp_path / "keys")}
    assert _settle(home, environ).api_key == KEY
    (home / "_netrc").write_text(line, encoding="utf-8")
    assert _settle(home, {"WANDB_BASE_URL": "https://wandb.example"}).api_key == KEY


def test_a_broken_netrc_is_none(home: Path) -> None:
    (home / ".netrc").write_text("machine\nnonsense {", encoding="utf-8")
    assert _settle(home).api_key is None


def test_the_settings_file(home: Path) -> None:
    file = home / ".config" / "wandb" / "settings"
    file.parent.mkdir(parents=True)
    lines = ["[default]", "base_url = https://wandb.example", "entity = team", "project = p"]
    file.write_text("\n".join([*lines, f"api_key = {KEY}", ""]), encoding="utf-8")
    found = _settle(home)
    assert (found.base_url, found.entity, found.project) == ("https://wandb.example", "team", "p")
    assert "entity='team', project='p'" in repr(found)
    assert found.api_key == KEY
    assert _settle(home, {"WANDB_ENTITY": "mine"}).entity == "mine"


def test_a_percent_sign_in_the_settings_file_is_itself(home: Path) -> None:
    file = home / "settings"
    file.write_text("[default]\nentity = 100%\nproject = %(entity)s\n", encoding="utf-8")
    found = _settle(home, {"WANDB_CONFIG_DIR": str(home)})
    assert (found.entity, found.project) == ("100%", "%(entity)s")


def test_a_key_in_the_settings_file_is_for_its_server_alone(home: Path) -> None:
    file = home / "settings"
    file.write_text(f"[default]\nbase_url=https://a.example\napi_key={KEY}\n", encoding="utf-8")
    environ = {"WANDB_CONFIG_DIR": str(home)}
    assert _settle(home, environ).api_key == KEY
    elsewhere = {**environ, "WANDB_BASE_URL": "https://b.example"}
    assert _settle(home, elsewhere).api_key is None


def test_a_key_does_not_go_to_the_server_of_another_settings_file(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, folder = home / "settings", tmp_path / "cloned" / "wandb" / "settings"
    folder.parent.mkdir(parents=True)
    mine.write_text(f"[default]\nbase_url=https://a.example\napi_key={KEY}\n", encoding="utf-8")
    folder.write_text("[default]\nbase_url=https://b.example\n", encoding="utf-8")
    monkeypatch.chdir(folder.parent.parent)
    environ = {"WANDB_CONFIG_DIR": str(home)}
    found = _settle(home, environ)
    assert (found.base_url, found.api_key) == ("https://b.example", None)
    assert _settle(home, {**environ, "WANDB_BASE_URL": "https://a.example"}).api_key == KEY
    folder.write_text(f"[default]\nbase_url=https://b.example\napi_key={OTHER}\n", encoding="utf-8")
    assert _settle(home, environ).api_key == OTHER
    # A file that names no server has the key of the one that another file names.
    mine.write_text(f"[default]\napi_key={KEY}\n", encoding="utf-8")
    folder.write_text("[default]\nbase_url=https://b.example\n", encoding="utf-8")
    assert _settle(home, environ).api_key == KEY
    assert _settle(home, {**environ, "WANDB_BASE_URL": "https://c.example"}).api_key is None


def test_a_broken_settings_file_is_named(home: Path) -> None:
    (home / "settings").write_text("no section\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match="settings"):
        _settle(home, {"WANDB_CONFIG_DIR": str(home)})


@pytest.mark.parametrize("text", ["api_key = {}\n", "[default]\n{}\n", "[default]\na=\n  x\n{}"])
def test_a_key_in_a_broken_settings_file_is_in_no_traceback(home: Path, text: str) -> None:
    (home / "settings").write_text(text.format(KEY), encoding="utf-8")
    with pytest.raises(InvalidInput, match="settings") as caught:
        _settle(home, {"WANDB_CONFIG_DIR": str(home)})
    assert KEY not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "url",
    ["http://wandb.example", "http://127.example.com", "http://localhost.example", "HTTP://x"],
)
def test_a_key_does_not_travel_unencrypted(home: Path, url: str) -> None:
    environ = {"WANDB_BASE_URL": url, "WANDB_API_KEY": KEY}
    with pytest.raises(InvalidInput, match="would travel unencrypted") as caught:
        _settle(home, environ)
    assert KEY not in str(caught.value)
    assert _settle(home, environ | {"TYPED_ARTIFACTS_ALLOW_HTTP": "1"}).api_key == KEY
    assert resolve(allow_http=True, environ={"HOME": str(home), **environ}).api_key == KEY
    assert _settle(home, {"WANDB_BASE_URL": url}).api_key is None


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8080",
        "http://127.0.0.1",
        "http://127.1.2.3",
        "http://[::1]:80",
    ],
)
def test_this_machine_and_https_may_have_the_key(home: Path, url: str) -> None:
    assert _settle(home, {"WANDB_BASE_URL": url, "WANDB_API_KEY": KEY}).api_key == KEY


@pytest.mark.parametrize(
    "url",
    [
        *["wandb.example", "ftp://wandb.example", "https://", "https://[", "https://x:port", "  "],
        *["https://wandb.example/?x=1", "https://wandb.example/#top", "https://wandb.example/api?"],
    ],
)
def test_a_bad_base_url(home: Path, url: str) -> None:
    with pytest.raises(InvalidInput, match="base URL"):
        _settle(home, {"WANDB_BASE_URL": url})


@pytest.mark.usefixtures("home")
def test_an_empty_base_url_is_not_the_default_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that is meant for another server would go there."""
    for variable in ("", "https://wandb.example"):
        monkeypatch.setenv("WANDB_BASE_URL", variable)
        for make in (
            lambda: Api(base_url="", api_key=KEY),
            lambda: AsyncApi(base_url="", api_key=KEY),
            lambda: Api(overrides={"base_url": ""}, api_key=KEY),
            lambda: Client("", KEY),
            lambda: resolve(base_url=""),
        ):
            with pytest.raises(InvalidInput, match="The base URL '' is not an http"):
                make()


def test_a_password_in_the_base_url_is_not_repeated(home: Path) -> None:
    with pytest.raises(InvalidInput, match="holds a user or a password") as caught:
        _settle(home, {"WANDB_BASE_URL": "https://user:hunter2@wandb.example"})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("timeout", ["soon", "0", "-1", "nan", "inf"])
def test_a_bad_timeout(home: Path, timeout: str) -> None:
    with pytest.raises(InvalidInput):
        _settle(home, {"WANDB_HTTP_TIMEOUT": timeout})


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), True, 10**400])
def test_a_bad_timeout_as_an_argument(timeout: float) -> None:
    with pytest.raises(InvalidInput, match=rf"timeout is {str(timeout)[:10]}.* seconds"):
        Api(api_key="k" * 40, timeout=timeout)


@pytest.mark.parametrize("key", ["two words", "line\nend", "schlüssel"])
def test_a_key_that_is_none(home: Path, key: str) -> None:
    with pytest.raises(InvalidInput, match="API key") as caught:
        _settle(home, {"WANDB_API_KEY": key})
    assert key not in str(caught.value)


@pytest.mark.parametrize("name", ["WANDB__PROXIES", "WANDB_X_EXTRA_HTTP_HEADERS"])
@pytest.mark.parametrize("text", ["{", "[]", "5"])
def test_bad_json(home: Path, name: str, text: str) -> None:
    with pytest.raises(InvalidInput, match=name):
        _settle(home, {name: text})


def test_the_key_is_in_no_repr(home: Path) -> None:
    found = resolve(
        api_key=KEY,
        environ={"HOME": str(home), "WANDB_X_EXTRA_HTTP_HEADERS": f'{{"X-Key": "{OTHER}"}}'},
    )
    shown = [repr(found), str(found)]
    with Client(api_key=KEY) as client, Api(api_key=KEY) as api:
        shown += [repr(client), repr(api), repr(client.settings), repr(vars(client).keys())]
    shown += [repr(AsyncClient(api_key=KEY)), repr(AsyncApi(api_key=KEY))]
    assert home.is_dir()
    for text in shown:
        assert KEY not in text
        assert OTHER not in text


def test_nothing_is_written(home: Path, tmp_path: Path) -> None:
    Api(api_key=KEY).close()
    assert list(home.iterdir()) == []
    assert list(tmp_path.iterdir()) == [home]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://wandb.ai", "where people look"),
        ("https://team.wandb.ai", "where people look"),
        ("https://apis.wandb.ai", "where people look"),
        ("http://api.wandb.ai", "is not secure"),
        ("http://api.qa.wandb.ai", "is not secure"),
        ("http://forge.coreweave.com/api/wandb", "where people look"),
    ],
)
def test_a_key_goes_to_no_page_of_the_hosted_service(url: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        Client(url, KEY)


def test_a_host_whose_name_only_ends_as_the_hosted_service_s_is_another() -> None:
    for url in ("https://notwandb.ai", "https://eu.api.wandb.ai"):
        assert Client(url, KEY).settings.base_url == url


def test_the_app_url_follows_the_base_url(home: Path) -> None:
    assert _settle(home).app_url == "https://forge.coreweave.com"
    assert _settle(home, {"WANDB_BASE_URL": "https://api.wandb.ai"}).app_url == "https://wandb.ai"
    assert _settle(home, {"WANDB_BASE_URL": "https://w.example"}).app_url == "https://w.example"


def test_a_scheme_in_capitals_is_the_same_scheme() -> None:
    settings = Client("HTTPS://api.example.com", "k" * 40).settings
    assert settings.base_url == "https://api.example.com"


@pytest.mark.parametrize("name", ["WANDB_INSECURE_DISABLE_SSL", "TYPED_ARTIFACTS_ALLOW_HTTP"])
def test_a_switch_is_on_or_off_and_nothing_else(home: Path, name: str) -> None:
    """What is meant to be off may not be on: certificates would go unchecked, keys in the clear."""
    environ = {"WANDB_BASE_URL": "http://wandb.example", "WANDB_API_KEY": KEY}
    if name == "WANDB_INSECURE_DISABLE_SSL":
        environ["WANDB_BASE_URL"] = "https://wandb.example"

    def is_on(said: str) -> bool:
        try:
            return not _settle(home, environ | {name: said}).verify_tls or name[0] == "T"
        except InvalidInput as error:
            if "would travel unencrypted" in str(error):
                return False
            raise

    for said in ("1", "true", "True", "yes", "on", " y "):
        assert is_on(said)
    for said in ("", "0", "false", "FALSE", "no", "off", "n", "f"):
        assert not is_on(said)
    for said in ("x", "2", "nope", "1;"):
        with pytest.raises(InvalidInput, match=rf"{name} is .*; it must be 1 or 0"):
            is_on(said)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("flag", ["no", "0", 1, None])
@pytest.mark.parametrize("kind", [Api, AsyncApi, Client, AsyncClient])
def test_a_key_is_not_sent_unencrypted_for_what_is_no_flag(
    kind: Callable[..., object], flag: object
) -> None:
    with pytest.raises(InvalidInput, match=rf"^allow_http is {flag!r}; it must be True or False"):
        kind(base_url="http://s.example", api_key=KEY, allow_http=flag)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("variable", ["WANDB_ENTITY", "WANDB_PROJECT"])
def test_a_default_name_that_is_a_path_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "team/vision")
    api = Api(base_url="https://s.example", api_key=KEY)
    with pytest.raises(InvalidInput, match=rf"'team/vision' holds '/'.*{variable}"):
        api.artifact("mnist:v1")
    with pytest.raises(InvalidInput, match=rf"'team/vision' holds '/'.*{variable}"):
        api.artifact_types()


@pytest.mark.parametrize("url", ["x", "ftp://pages.example", "https://", "http://[::1", "/"])
def test_an_address_of_pages_that_is_none_is_refused(home: Path, url: str) -> None:
    with pytest.raises(InvalidInput, match=r"WANDB_APP_URL is .*; it must be an http"):
        _settle(home, {"WANDB_APP_URL": url})
    found = _settle(home, {"WANDB_APP_URL": "https://pages.example/w/"})
    assert found.app_url == "https://pages.example/w"


def test_the_other_names_that_the_official_client_reads(home: Path) -> None:
    """It reads WANDB__NAME and WANDB_X_NAME for the same; its notes have each of them for one."""
    older = {
        "WANDB__EXTRA_HTTP_HEADERS": '{"X-Team": "search"}',
        "WANDB_X_PROXIES": '{"https": "http://proxy.example:3128"}',
    }
    found = _settle(home, older)
    assert dict(found.headers) == {"X-Team": "search"}
    assert dict(found.proxies) == {"https": "http://proxy.example:3128"}
    both = _settle(home, older | {"WANDB_X_EXTRA_HTTP_HEADERS": '{"X-Team": "ads"}'})
    assert dict(both.headers) == {"X-Team": "ads"}
    with pytest.raises(InvalidInput, match="WANDB__EXTRA_HTTP_HEADERS is not JSON"):
        _settle(home, {"WANDB__EXTRA_HTTP_HEADERS": "X-Team: search"})


@pytest.mark.parametrize(
    ("header", "value"),
    [("X-A", "a\nX-B: b"), ("X-A", "é"), ("X-A: b\nX-B", "c"), ("X A", "b"), ("", "b")],
)
def test_a_header_that_http_cannot_carry_is_refused(home: Path, header: str, value: str) -> None:
    with pytest.raises(InvalidInput, match="WANDB_X_EXTRA_HTTP_HEADERS has a header"):
        _settle(home, {"WANDB_X_EXTRA_HTTP_HEADERS": json.dumps({header: value})})


def test_the_value_of_a_header_is_in_no_repr(home: Path) -> None:
    found = _settle(home, {"WANDB_X_EXTRA_HTTP_HEADERS": json.dumps({"X-Key": KEY})})
    assert dict(found.headers) == {"X-Key": KEY}
    assert KEY not in repr(dict(found.headers))


@pytest.mark.parametrize("address", ["ftp://proxy.example", "http://", "http://user:pass word@"])
def test_a_proxy_without_a_usable_address_is_refused(home: Path, address: str) -> None:
    words = "^The entry 'https' of WANDB__PROXIES has no usable address"
    with pytest.raises(InvalidInput, match=words) as caught:
        _settle(home, {"WANDB__PROXIES": json.dumps({"https": address})})
    assert "pass word" not in str(caught.value)


@pytest.mark.parametrize("name", ["WANDB_X_EXTRA_HTTP_HEADERS", "WANDB__PROXIES"])
@pytest.mark.parametrize("value", ["null", "1", "[]", "{}", "true"])
def test_only_texts_are_taken_for_headers_and_proxies(home: Path, name: str, value: str) -> None:
    with pytest.raises(InvalidInput, match=f"{name} must be a JSON object of strings"):
        _settle(home, {name: f'{{"https": {value}}}'})
