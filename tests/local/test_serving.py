"""`typed-artifacts serve` as a process of its own: keys, file URLs, features, who may reach it."""

import re
import stat
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from typed_artifacts.local import Registry, RegistryRefused, serve

_MAIN = """
import sys
from pathlib import Path
from typed_artifacts.local import serve
serve(Path(sys.argv[1]), port=0, open_="open" in sys.argv, features=sys.argv[2])
"""
VIEWER = "{ viewer { username entity } }"
FILES = """{ project(entityName: "local", name: "p") { artifact(name: "c") {
  files { edges { node { directUrl name } } } } } }"""


@contextmanager
def running(
    root: Path, features: str = "all", *, open_: bool = False
) -> Generator[tuple[str, str]]:
    """The URL of a server on a free port, and what it printed before."""
    extra = ["open"] if open_ else []
    command = [sys.executable, "-c", _MAIN, str(root), features, *extra]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        said = ""
        try:
            assert process.stdout is not None
            for line in process.stdout:
                said += line
                found = re.search(r"serves on (http://\S+)", line)
                if found:
                    yield found[1], said
                    break
            else:
                pytest.fail(f"the server did not start: {said}")
        finally:
            process.terminate()
            process.wait(20)


def _key(said: str) -> str:
    found = re.search(r"\b[0-9a-f]{40}\b", said)
    assert found is not None
    return found[0]


def _post(url: str, key: str | None, query: str = VIEWER) -> httpx.Response:
    auth = None if key is None else ("api", key)
    return httpx.post(f"{url}/graphql", json={"query": query}, auth=auth)


@pytest.mark.long
def test_the_first_start_makes_a_key_and_later_ones_keep_it(tmp_path: Path) -> None:
    with running(tmp_path) as (url, said):
        key = _key(said)
        kept = tmp_path / "api-key"
        assert kept.read_text().strip() == key
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert _post(url, key).json()["data"]["viewer"] == {"username": "local", "entity": "local"}
        for path in ("/healthz", "/ready"):
            assert httpx.get(url + path).status_code == 200
    with running(tmp_path) as (url, said):
        assert key not in said
        assert _post(url, key).status_code == 200


def test_without_a_known_key_there_is_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as (url, _):
        for key in (None, "0" * 40):
            reply = _post(url, key)
            assert reply.status_code == 401
            assert "viewer" not in reply.text
        assert httpx.post(f"{url}/files/local/p/r/file_stream", json={}).status_code == 401
        assert httpx.get(f"{url}/artifacts/local/{'0' * 32}").status_code == 401
        assert httpx.get(f"{url}/storage/blobs/{'0' * 32}/x").status_code == 403


@pytest.mark.long
def test_added_keys_are_their_users(tmp_path: Path) -> None:
    with Registry(tmp_path) as registry:
        key = registry.add_key("ann")
    database = (tmp_path / "registry.db").read_bytes()
    assert key.encode() not in database
    with running(tmp_path) as (url, _):
        assert _post(url, key).json()["data"]["viewer"] == {"username": "ann", "entity": "ann"}


@pytest.mark.long
def test_open_takes_any_key_for_the_user_of_its_name(tmp_path: Path) -> None:
    with running(tmp_path, open_=True) as (url, said):
        assert re.search(r"\b[0-9a-f]{40}\b", said) is None
        name = "some-user_" + "x" * 40
        viewer = _post(url, name).json()["data"]["viewer"]
        assert viewer == {"username": name, "entity": name}
        assert _post(url, "no spaces allowed" * 3).status_code == 401


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.com", ""])  # noqa: S104
def test_open_listens_on_loopback_only(tmp_path: Path, host: str) -> None:
    with pytest.raises(RegistryRefused, match="loopback"):
        serve(tmp_path, host=host, port=0, open_=True)


def test_files_are_streamed_whole_or_in_ranges(tmp_path: Path) -> None:
    data = bytes(range(256)) * 20_000
    with Registry(tmp_path) as registry:
        registry.log_version("local/p/c", type="dataset", files={"a b/é.bin": data})
    with running(tmp_path) as (url, said):
        node = _post(url, _key(said), FILES).json()["data"]["project"]["artifact"]["files"]
        link: str = node["edges"][0]["node"]["directUrl"]
        assert link.startswith(url)
        whole = httpx.get(link)
        assert whole.content == data
        assert whole.headers["accept-ranges"] == "bytes"
        get = _ranges(link)
        assert get("bytes=0-9") == (206, data[:10], f"bytes 0-9/{len(data)}")
        assert get("bytes=5000000-") == (206, data[5_000_000:], _span(5_000_000, data))
        assert get("bytes=-7") == (206, data[-7:], _span(len(data) - 7, data))
        assert get(f"bytes={len(data)}-") == (416, b"", f"bytes */{len(data)}")
        assert get("bytes=0-1,5-6")[0] == 200
        assert get("lines=1-2")[0] == 200
        assert httpx.get(link.replace("expires=", "expires=9")).status_code == 403
        assert httpx.get(re.sub("signature=.", "signature=z", link)).status_code == 403


@pytest.mark.long
def test_a_file_that_the_client_has_is_not_sent_again(tmp_path: Path) -> None:
    data = b"0123456789"
    with Registry(tmp_path) as registry:
        registry.log_version("local/p/c", type="dataset", files={"f": data})
    with running(tmp_path) as (url, said):
        node = _post(url, _key(said), FILES).json()["data"]["project"]["artifact"]["files"]
        link: str = node["edges"][0]["node"]["directUrl"]
        tag = httpx.get(link).headers["etag"]

        def get(method: str = "GET", **given: str) -> tuple[int, bytes]:
            headers = {name.replace("_", "-"): value for name, value in given.items()}
            reply = httpx.request(method, link, headers=headers)
            assert reply.headers["etag"] == tag
            return reply.status_code, reply.content

        for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
            assert get(if_none_match=known) == (304, b""), known
            assert get("HEAD", if_none_match=known) == (304, b"")
            assert get(if_none_match=known, range="bytes=0-1") == (304, b"")
        assert get(if_none_match='"x"') == (200, data)
        assert get(if_none_match='"x"', range="bytes=0-1") == (206, b"01")
        assert get(if_modified_since="Fri, 01 Jan 2100 00:00:00 GMT") == (200, data)
        assert get(if_match=tag) == get(if_match="*") == (200, data)
        assert get(if_match='"x"') == get(if_match=f"W/{tag}") == (412, b"")
        assert get(if_range=tag, range="bytes=2-3") == (206, b"23")
        for other in ('"x"', f"W/{tag}", "Fri, 01 Jan 2100 00:00:00 GMT"):
            assert get(if_range=other, range="bytes=2-3") == (200, data)
        assert get(range="Bytes=-3") == (206, b"789")
        assert get(range="bytes=-0") == (416, b"")
        assert get(range="bytes=-99") == (206, data)
        assert get("HEAD", range="bytes=2-3") == (200, b"")


def _span(start: int, data: bytes) -> str:
    return f"bytes {start}-{len(data) - 1}/{len(data)}"


def _ranges(link: str) -> Callable[[str], tuple[int, bytes, str | None]]:
    def get(wanted: str) -> tuple[int, bytes, str | None]:
        reply = httpx.get(link, headers={"range": wanted})
        return reply.status_code, reply.content, reply.headers.get("content-range")

    return get


@pytest.mark.long
def test_a_feature_that_is_off_is_really_absent(tmp_path: Path) -> None:
    asked = '{ serverInfo { features { name isEnabled } } artifact(id: "x") { digestAlgorithm } }'
    with running(tmp_path, "ARTIFACT_TAGS,TOTAL_COUNT_IN_FILE_CONNECTION") as (url, said):
        key = _key(said)
        (error,) = _post(url, key, asked).json()["errors"]
        assert error["message"].startswith(
            "Cannot query field 'digestAlgorithm' on type 'Artifact'"
        )
        features = _post(url, key, "{ serverInfo { features { name isEnabled } } }").json()
        listed = features["data"]["serverInfo"]["features"]
        on = {each["name"] for each in listed if each["isEnabled"]}
        assert on == {"ARTIFACT_TAGS", "TOTAL_COUNT_IN_FILE_CONNECTION"}


def test_an_unknown_feature_is_refused_with_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(RegistryRefused, match="did you mean ARTIFACT_TAGS"):
        serve(tmp_path, port=0, features="ARTEFACT_TAGS")


@pytest.mark.long
def test_long_answers_are_zipped_for_who_accepts_it(tmp_path: Path) -> None:
    introspection = "{ __schema { types { name fields { name } } } }"
    with running(tmp_path) as (url, said):
        reply = _post(url, _key(said), introspection)
        assert reply.headers["content-encoding"] == "gzip"
        assert reply.json()["data"]["__schema"]["types"]


def test_what_is_no_graphql_request_is_400(tmp_path: Path) -> None:
    variables = b'{"query": "{viewer{id}}", "variables": []}'
    with running(tmp_path, open_=True) as (url, _):
        for body in (b"{", b"[]", b'{"query": 1}', variables):
            reply = httpx.post(f"{url}/graphql", content=body, auth=("api", "a" * 40))
            assert reply.status_code == 400, body
            assert reply.json()["error"]
