"""An S3 server of moto's, and a registry whose files are in it, served over HTTP."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.references.storage import s3_server
from tests.uploads.test_part_uploads import Uploader
from typed_artifacts import Api
from typed_artifacts.local import LocalServer, Registry, create_app

boto3: Any = import_module("boto3")  # it brings no types
KEY = "rem0te" * 7
_SECRETS = "access_key_id=testing&secret_access_key=testing&region=us-east-1"


@dataclass
class Bucket:
    """A bucket of the test's own."""

    name: str
    endpoint: str
    client: Any

    def url(self, *settings: str) -> str:
        """Where a registry's files are to be."""
        more = "&".join((f"endpoint={self.endpoint}", _SECRETS, *settings))
        return f"s3://{self.name}/files?{more}"

    def names(self, prefix: str = "") -> list[str]:
        """What is in it, without what it is below."""
        found = self.client.list_objects_v2(Bucket=self.name, Prefix=f"files/{prefix}")
        return sorted(each["Key"].removeprefix("files/") for each in found.get("Contents", ()))

    def put(self, key: str, content: bytes) -> None:
        self.client.put_object(Bucket=self.name, Key=f"files/{key}", Body=content)

    def delete(self, key: str) -> None:
        self.client.delete_object(Bucket=self.name, Key=f"files/{key}")


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """Where the server is."""
    with s3_server() as url:
        yield url


@pytest.fixture
def bucket(s3: str) -> Iterator[Bucket]:
    client = boto3.client(
        "s3",
        endpoint_url=s3,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        region_name="us-east-1",
    )
    name = f"registry-{secrets.token_hex(6)}"
    client.create_bucket(Bucket=name)
    yield Bucket(name, s3, client)
    client.close()


class Counted:
    """An application, and how many bytes of bodies go through it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def received() -> Message:
            message = await receive()
            self.bytes += len(message.get("body", b""))
            return message

        async def sent(message: Message) -> None:
            self.bytes += len(message.get("body", b""))
            await send(message)

        await self._app(scope, received, sent)


@dataclass
class Remote:
    """A registry that is served."""

    registry: Registry
    url: str
    app: Counted

    def api(self) -> Api:
        return Api(base_url=self.url, api_key=KEY, entity="local", timeout=30)


@contextmanager
def listening(app: ASGIApp) -> Generator[str]:
    """Serves an application; gives its address."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def uploading_to(registry: Registry) -> Generator[Uploader]:
    """A client that comes over HTTP, and so reaches the store as well."""
    registry.register_key("local", KEY)
    with (
        listening(create_app(registry)) as url,
        httpx.Client(base_url=url, auth=("api", KEY)) as http,
    ):
        yield Uploader(LocalServer(registry), http)


Serve = Callable[[str], AbstractContextManager[Remote]]


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """Serves a registry with its files at a URL."""

    @contextmanager
    def served(files: str) -> Generator[Remote]:
        with Registry(tmp_path / "registry", files=files) as registry:
            registry.register_key("local", KEY)
            app = Counted(create_app(registry))
            with listening(app) as url:
                yield Remote(registry, url, app)

    return served
