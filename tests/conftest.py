"""What every test shares: the event loop of async tests, and an environment without a user's."""

import functools
import gc
import os
import sys
import zlib
from collections import Counter
from collections.abc import Generator, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.client.flavours import Flavour

#: What a client, or a library that it uses, reads from the environment: a developer's own account
#: must not reach a test, nor the width and the colours of the developer's terminal.
_SETTINGS = (
    *("WANDB_", "TYPED_ARTIFACTS_", "NETRC"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("SSL_CERT_", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    *("AWS_", "AZURE_", "GOOGLE_", "OTEL_"),
    *("COLUMNS", "LINES", "TERM", "TTY_", "NO_COLOR", "FORCE_COLOR"),
)

#: What sends requests is written by hand for each flavour: `make test` runs its tests with both.
_BOTH_FLAVOURS = (
    *("network/", "reliability/", "transfer/", "uploads/"),
    *("client/test_connections.py", "client/test_http.py", "light/test_prefetch.py"),
)
_TESTS = Path(__file__).parent


def pytest_configure() -> None:
    """Hold no property to a time: a loaded machine is slow, and nothing is wrong for that.

    The environments of tests/browser and tests/integrations have no properties, and no Hypothesis.
    """
    if find_spec("hypothesis") is None:
        return
    from hypothesis import HealthCheck, settings  # noqa: PLC0415 -- the same

    settings.register_profile(
        "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("patient")


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Choose what `make test-long` runs in place of `make test`, which takes six minutes at most.

    The flavours come from one template, so that of most tests `make test` runs half of the cases
    with one flavour and half with the other.
    """
    cases: Counter[str] = Counter()
    for item in items:
        if not isinstance(item, pytest.Function):
            continue
        function, _, case = item.nodeid.partition("[")
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        flavour = parameters.get("flavour")
        if isinstance(flavour, str) and not _in(item.path, _BOTH_FLAVOURS):
            name = function + case.replace(flavour, "")
            if zlib.crc32(name.encode()) % 2 == (flavour == "sync"):
                item.add_marker(pytest.mark.other_flavour)
        each = item.get_closest_marker("each")
        if each is not None and item.get_closest_marker("long") is None:
            if cases[function] % each.args[0]:
                item.add_marker(pytest.mark.long)
            cases[function] += 1


def _in(path: Path, folders: tuple[str, ...]) -> bool:
    return path.relative_to(_TESTS).as_posix().startswith(folders)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect garbage not at all while tests are collected, and less often afterwards.

    Thousands of collected tests are looked at each time: it took an eighth of the time of all.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.set_threshold(5_000, 20, 50)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio, by anyio's own plugin (`anyio_mode = "auto"`)."""
    return "asyncio"


@pytest.fixture(params=["sync", "async"])
def flavour(request: pytest.FixtureRequest) -> Flavour:
    """The client that a test is run with: blocking, or for coroutines."""
    return Flavour(str(request.param))


@pytest.fixture(scope="session", autouse=True)
def command_made_once() -> Iterator[None]:
    """Make typer's command once: its runner does so for each call, which takes 40 ms."""
    runner = sys.modules.get("typer.testing")  # as far as tests that are about to run use it
    with pytest.MonkeyPatch.context() as patch:
        if runner is not None:
            patch.setattr(runner, "_get_command", functools.cache(runner._get_command))
        yield


@pytest.fixture(scope="session", autouse=True)
def clean_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Forget the developer's settings, and give what looks for a home an empty one."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.upper().startswith(_SETTINGS):
                patch.delenv(name)
        home = str(tmp_path_factory.mktemp("home"))
        patch.setenv("HOME", home)
        patch.setenv("USERPROFILE", home)
        yield
