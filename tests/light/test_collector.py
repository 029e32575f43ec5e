"""The state of the garbage collector is unchanged after reads, also concurrent ones."""

import gc
import threading
from collections.abc import Iterator

import pytest

from tests.client.taps import Tap
from tests.client.world import MANY
from typed_artifacts import Api, ServerError
from typed_artifacts._operations import catalog
from typed_artifacts._values.gc_pause import LARGE, Pause


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    gc.enable()
    yield
    gc.enable()


@pytest.mark.parametrize("enabled", [True, False])
def test_a_large_page_leaves_it_as_it_was(world: Tap, enabled: bool) -> None:
    sizes: list[int] = []
    api = Api(
        base_url="http://localhost",
        api_key=world.server.api_key,
        transport=world,
        on_request=lambda event: sizes.append(event.received),
    )
    if not enabled:
        gc.disable()
    assert len(list(api.artifacts("dataset", MANY, per_page=1000))) == 120
    assert sizes[0] > LARGE
    assert gc.isenabled() is enabled


def test_so_does_a_large_reply_that_is_none() -> None:
    with pytest.raises(ServerError):
        catalog.PROJECT_ARTIFACTS.parse(b'{"data": {"project": "' + b"x" * LARGE + b'"}}')
    assert gc.isenabled()


def test_it_comes_back_when_the_last_of_several_is_done() -> None:
    pause = Pause()
    entered, leave = threading.Event(), threading.Event()

    def other() -> None:
        with pause:
            entered.set()
            leave.wait(30)

    thread = threading.Thread(target=other)
    thread.start()
    assert entered.wait(30)
    with pause:
        assert not gc.isenabled()
    assert not gc.isenabled()
    leave.set()
    thread.join()
    assert gc.isenabled()
