"""A bucket and a source for each test of a transfer."""

from collections.abc import Iterator

import pytest

from tests.transfer.bucket import Bucket
from typed_artifacts._requests.retry import RetryPolicy
from typed_artifacts._transfer import HttpSource


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    bucket = Bucket()
    yield bucket
    bucket.close()


@pytest.fixture
def source() -> Iterator[HttpSource]:
    source = HttpSource(connect_timeout=5.0, read_timeout=5.0)
    yield source
    source.close()


@pytest.fixture
def quick() -> RetryPolicy:
    """The usual tries, without the waiting."""
    return RetryPolicy(tries=4, total_seconds=5.0, first_wait=0.001, longest_wait=0.002)
