"""File URLs: forged, expired, reused, and used for another file."""

import re
import time
from base64 import b64encode
from collections.abc import Iterator
from hashlib import md5
from urllib.parse import urlsplit

import httpx
import pytest

from tests.local.conftest import Ask
from typed_artifacts import Api
from typed_artifacts.local import LocalServer
from typed_artifacts.local.http.transports import LocalTransport
from typed_artifacts.local.service import Service
from typed_artifacts.local.storage.signed_urls import Links
from typed_artifacts.testing import ArtifactsServer

TEXT = b"four"
DIGEST = b64encode(md5(TEXT, usedforsecurity=False).digest()).decode()


@pytest.fixture
def anyone(server: LocalServer) -> Iterator[httpx.Client]:
    """A client without a key."""
    with httpx.Client(transport=server.transport, base_url=server.base_url) as client:
        yield client


def _version(ask: Ask, name: str = "c", digest: str = "0" * 32) -> str:
    made = ask(
        "mutation($i: CreateArtifactInput!) { createArtifact(input: $i) { artifact { id } } }",
        i={
            "entityName": "local",
            "projectName": "p",
            "artifactTypeName": "dataset",
            "artifactCollectionName": name,
            "digest": digest,
            "digestAlgorithm": "MANIFEST_MD5",
        },
    )
    version: str = made["createArtifact"]["artifact"]["id"]
    return version


def _upload(ask: Ask, version: str, digest: str = DIGEST) -> str:
    made = ask(
        "mutation($i: CreateArtifactFilesInput!) { createArtifactFiles(input: $i) {"
        " files { edges { node { uploadUrl } } } } }",
        i={"artifactFiles": [{"artifactID": version, "name": "f", "md5": digest}]},
    )
    url: str = made["createArtifactFiles"]["files"]["edges"][0]["node"]["uploadUrl"]
    return url


def _download(server: LocalServer, ask: Ask, name: str = "d", text: str = "text") -> str:
    server.registry.log_version(f"local/p/{name}", type="dataset", files={"f": text})
    found = ask(
        'query($n: String!) { project(entityName: "local", name: "p") { artifact(name: $n) {'
        " files { edges { node { directUrl } } } } } }",
        n=name,
    )
    url: str = found["project"]["artifact"]["files"]["edges"][0]["node"]["directUrl"]
    return url


def test_a_download_url_is_for_one_file_and_for_reading(
    server: LocalServer, ask: Ask, anyone: httpx.Client
) -> None:
    url = _download(server, ask)
    other = _download(server, ask, "e", "another")
    assert anyone.get(url).content == b"text"
    assert anyone.get(url).content == b"text"  # as often as one likes, for an hour
    assert anyone.head(url).status_code == 200
    for method in ("PUT", "POST", "DELETE", "PATCH"):
        assert anyone.request(method, url, content=b"x").status_code in (403, 404, 405)
    mixed = urlsplit(other)._replace(query=urlsplit(url).query).geturl()
    assert anyone.get(mixed).status_code == 403
    upload = url.replace("/storage/blobs/", "/storage/uploads/file/")
    assert anyone.put(upload, content=b"text").status_code == 403


@pytest.mark.parametrize(
    ("asked", "status", "span"),
    [
        ("bytes=2-4", 206, (2, 4)),
        ("Bytes = 2 - 4", 206, (2, 4)),
        ("bytes=5-5", 206, (5, 5)),
        ("bytes=8-99", 206, (8, 9)),
        ("bytes=7-", 206, (7, 9)),
        ("bytes=-3", 206, (7, 9)),
        ("bytes=-99", 206, (0, 9)),
        ("bytes=10-", 416, None),
        ("bytes=10-12", 416, None),
        ("bytes=-0", 416, None),
        ("bytes=5-4", 200, None),
        ("bytes=1-2,4-5", 200, None),
        ("bytes=x-4", 200, None),
        ("bytes=\xb2-4", 200, None),
        ("bytes=-", 200, None),
        ("lines=2-4", 200, None),
    ],
)
def test_a_range_of_a_file(
    server: LocalServer,
    ask: Ask,
    anyone: httpx.Client,
    asked: str,
    status: int,
    span: tuple[int, int] | None,
) -> None:
    headers = {b"range": asked.encode("latin-1")}
    reply = anyone.get(_download(server, ask, text="0123456789"), headers=headers)
    assert reply.status_code == status
    if span is not None:
        first, last = span
        assert reply.content == b"0123456789"[first : last + 1]
        assert reply.headers["content-range"] == f"bytes {first}-{last}/10"
    elif status == 416:
        assert (reply.content, reply.headers["content-range"]) == (b"", "bytes */10")
    else:
        assert reply.content == b"0123456789"
    assert reply.headers["content-length"] == str(len(reply.content))


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("if-match", "TAG", 200),
        ("if-match", '"x", TAG', 200),
        ("if-match", "*", 200),
        ("if-match", '"x"', 412),
        ("if-match", "W/TAG", 412),
        ("if-none-match", "TAG", 304),
        ("if-none-match", '"x", W/TAG', 304),
        ("if-none-match", "*", 304),
        ("if-none-match", '"x"', 200),
    ],
)
def test_a_file_only_if_it_is_another(
    server: LocalServer, ask: Ask, anyone: httpx.Client, header: str, value: str, status: int
) -> None:
    url = _download(server, ask)
    tag = anyone.get(url).headers["etag"]
    reply = anyone.get(url, headers={header: value.replace("TAG", tag)})
    assert (reply.status_code, reply.content) == (status, b"text" if status == 200 else b"")
    assert reply.headers["etag"] == tag


def test_a_range_of_the_file_that_a_client_has_begun(
    server: LocalServer, ask: Ask, anyone: httpx.Client
) -> None:
    url = _download(server, ask)
    tag = anyone.get(url).headers["etag"]
    asked = {"range": "bytes=2-"}
    assert anyone.get(url, headers=asked | {"if-range": tag}).content == b"xt"
    whole = anyone.get(url, headers=asked | {"if-range": '"x"'})
    assert (whole.status_code, whole.content) == (200, b"text")
    head = anyone.head(url, headers=asked)
    assert (head.status_code, head.headers["content-length"]) == (200, "4")


@pytest.mark.parametrize("name", ["log.txt", "a b/c.txt", "50%.txt", "%41", "why?#1", "größe"])
def test_a_file_of_a_run_may_have_any_name(
    server: LocalServer, ask: Ask, anyone: httpx.Client, name: str
) -> None:
    server.registry.run("local/p/r")
    made = ask(
        "mutation($i: CreateRunFilesInput!) { createRunFiles(input: $i) {"
        " files { name uploadUrl } } }",
        i={"entityName": "local", "projectName": "p", "runName": "r", "files": [name]},
    )
    (file,) = made["createRunFiles"]["files"]
    assert file["name"] == name
    assert anyone.put(file["uploadUrl"], content=b"text").status_code == 200


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (r"signature=.", "signature=z"),
        (r"signature=.*", "signature="),
        (r"&signature=.*", ""),
        (r"\?.*", ""),
        (r"expires=(\d+)", r"expires=1\1"),
        (r"expires=", "expires=0"),
        (r"$", "&expires=99999999999"),
        (r"$", "&response-content-type=text/html"),
        (r"\?(expires=\d+)&(signature=.*)", r"?\2&\1"),
        (r"expires=", "Expires="),
        (r"/f\?", "/g?"),
        (r"/f\?", "/%66?"),
        (r"/f\?", "/f/?"),
        (r"/storage/", "/storage//"),
        (r"signature=(\w)", r"signature=%00\1"),
        (r"signature=(\w*)", r"signature=\1\1"),
    ],
)
def test_a_url_that_was_changed_is_none_of_ours(
    server: LocalServer, ask: Ask, anyone: httpx.Client, pattern: str, replacement: str
) -> None:
    url = _download(server, ask)
    changed = re.sub(pattern, replacement, url, count=1)
    assert changed != url
    assert anyone.get(changed).status_code in (403, 404)


def test_a_url_ends_in_time(server: LocalServer) -> None:
    links = Links("", server.registry.store.secret)
    path = "/storage/blobs/x/y"
    for seconds, good in ((60, True), (-1, False), (-4000, False)):
        expires = str(int(time.time() + seconds))
        query = f"expires={expires}&signature={links._sign('GET', path, expires)}"
        assert links.allows("GET", path, query) is good, seconds
        assert not links.allows("PUT", path, query)  # a method of its own
    elsewhere = Links("", b"another secret").download("x", "y")
    parts = urlsplit(elsewhere)
    assert not links.allows("GET", parts.path, parts.query)


def test_an_upload_url_takes_what_was_announced_and_nothing_else(
    ask: Ask, anyone: httpx.Client
) -> None:
    url = _upload(ask, _version(ask))
    for wrong in (b"five!", b"", TEXT + b"x", b"x" * 100_000):
        assert anyone.put(url, content=wrong).status_code == 400
    assert anyone.get(url).status_code in (403, 404)
    assert anyone.put(url, content=TEXT).status_code == 200
    assert anyone.put(url, content=TEXT).status_code == 200  # the same again changes nothing
    assert anyone.put(url, content=b"else").status_code == 400


def test_an_upload_url_ends_with_its_version(ask: Ask, anyone: httpx.Client) -> None:
    version = _version(ask)
    url = _upload(ask, version)
    manifest = ask(
        "mutation($i: CreateArtifactManifestInput!) { createArtifactManifest(input: $i) {"
        " artifactManifest { file { uploadUrl } } } }",
        i={
            "artifactID": version,
            "entityName": "local",
            "projectName": "p",
            "runName": "",
            "name": "m",
            "digest": DIGEST,
        },
    )["createArtifactManifest"]["artifactManifest"]["file"]["uploadUrl"]
    ask(
        "mutation($i: DeleteArtifactInput!) { deleteArtifact(input: $i) { artifact { id } } }",
        i={"artifactID": version},
    )
    assert anyone.put(url, content=TEXT).status_code == 404
    assert anyone.put(manifest, content=b"other").status_code == 400


def _service(server: LocalServer, limit: str, most: int) -> Service:
    if limit == "of a file":
        return Service(server.registry.store, most_file_bytes=most)
    return Service(server.registry.store, most_put_bytes=most)


@pytest.mark.parametrize("limit", ["of a file", "of a request"])
@pytest.mark.parametrize("said", [True, False])
def test_an_upload_has_a_limit(server: LocalServer, ask: Ask, said: bool, limit: str) -> None:
    small, exact = (_service(server, limit, most) for most in (1000, len(TEXT)))
    url = _upload(ask, _version(ask))
    content = b"x" * 1001
    with httpx.Client(transport=LocalTransport(small), base_url=server.base_url) as client:
        reply = client.put(url, content=content if said else iter([content]))
        assert reply.status_code == 413
        assert "larger than 1000 bytes" in reply.text
    with httpx.Client(transport=LocalTransport(exact), base_url=server.base_url) as client:
        assert client.put(url, content=TEXT if said else iter([TEXT])).status_code == 200
    incoming = server.root / "files" / "incoming"
    assert not list(incoming.iterdir())


def test_names_with_ends_of_lines_go_over_http(artifacts_server: ArtifactsServer) -> None:
    files = {"one\nline.txt": b"1", "folder\r\n/\u2028": b"2"}
    entity = artifacts_server.entity
    with Api() as api:
        made = api.log_artifact(f"{entity}/demo/names", type="dataset", files=files)
        assert {file.name: file.read_bytes() for file in made.files()} == files
