"""Storages on this machine, one server of each kind for all tests, and an embedded registry."""

from collections.abc import Iterator
from contextlib import closing
from importlib import import_module
from typing import Any

import pytest

from tests.references.storage import Web, mocked_buckets, s3_server, web_server
from typed_artifacts import Api

boto3: Any = import_module("boto3")  # it brings no types
SECRETS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
REGION = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_REGION": "us-east-1"}


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """An S3 of moto's, for whatever finds it in the environment."""
    with s3_server() as url, pytest.MonkeyPatch.context() as patch:
        names = {"AWS_ENDPOINT_URL_S3": url, "AWS_S3_ENDPOINT_URL": url, **SECRETS, **REGION}
        for name, value in names.items():
            patch.setenv(name, value)
        yield url


class S3:
    """A bucket: versioned, or not."""

    def __init__(self, url: str, name: str, *, versioned: bool) -> None:
        self.name = name
        self._client = boto3.client("s3", endpoint_url=url)
        self._client.create_bucket(Bucket=name)
        if versioned:
            status = {"Status": "Enabled"}
            self._client.put_bucket_versioning(Bucket=name, VersioningConfiguration=status)

    def put(self, key: str, content: bytes, kind: str = "application/octet-stream") -> str:
        """Write an object; its version."""
        done = self._client.put_object(Bucket=self.name, Key=key, Body=content, ContentType=kind)
        return str(done.get("VersionId", ""))

    def close(self) -> None:
        """End the connections to the server."""
        self._client.close()


_COUNT = iter(range(1000))


@pytest.fixture
def bucket(s3_url: str) -> Iterator[S3]:
    with closing(S3(s3_url, f"plain-{next(_COUNT)}", versioned=False)) as made:
        yield made


@pytest.fixture
def versioned(s3_url: str) -> Iterator[S3]:
    with closing(S3(s3_url, f"kept-{next(_COUNT)}", versioned=True)) as made:
        yield made


@pytest.fixture
def web() -> Iterator[Web]:
    with web_server() as opened:
        yield opened


@pytest.fixture
def mocks() -> Iterator[None]:
    with mocked_buckets():
        yield


@pytest.fixture
def api() -> Iterator[Api]:
    with Api.local(project="refs") as opened:
        yield opened
