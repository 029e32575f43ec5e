"""A bucket and a source for each test of a transfer."""

from collections.abc import Iterator

import pytest

from tests.transfer.bucket import Bucket
from tests.transfer.sources import make_source
from typed_artifacts._requests.retry import RetryPolicy
from typed_artifacts._transfer.http.urllib3_source import Urllib3Source


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    bucket = Bucket()
    yield bucket
    bucket.close()


@pytest.fixture
def source() -> Iterator[Urllib3Source]:
    source = make_source()
    yield source
    source.close()


@pytest.fixture
def quick() -> RetryPolicy:
    """The usual tries, without the waiting."""
    return RetryPolicy(tries=4, total_seconds=5.0, first_wait=0.001, longest_wait=0.002)
