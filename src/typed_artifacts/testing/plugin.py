"""The pytest plugin: fixtures that give a test a registry of its own.

pytest imports this module in every run where the package is installed, so it imports neither the
client nor the embedded server: a fixture imports what it needs.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .. import Api, AsyncApi
    from ..local import LocalServer, Registry
    from .fault_proxy import Plan
    from .recording import Requests
    from .serving import ArtifactsServer

_MARKER = "artifacts_faults"


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers",
        f"{_MARKER}(*names, operation=None, after=0): make the next requests to the test's "
        'registry fail, one fault each: "429", "reset", "cut", ...',
    )


@pytest.fixture(scope="session")
def _artifacts_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty registry that is copied for each test, ten times faster than creating one."""
    from ..local import open_local

    folder = tmp_path_factory.mktemp("artifacts") / "template"
    open_local(folder).close()
    return folder


@pytest.fixture
def artifacts_local(
    _artifacts_template: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LocalServer]:
    """The registry's key and transports, to create a client with settings of your own.

    ``WANDB_CACHE_DIR`` and ``WANDB_ARTIFACT_DIR`` are unset for the test. ``WANDB_MODE`` is not:
    where it is ``offline``, give such a client ``offline=False``.
    """
    from shutil import copytree

    from ..local import open_local
    from .environment import FOLDERS_IN_PROCESS

    for name in FOLDERS_IN_PROCESS:
        monkeypatch.delenv(name, raising=False)

    folder = tmp_path_factory.mktemp("artifacts") / "registry"
    copytree(_artifacts_template, folder)
    with open_local(folder) as server:
        yield server


@pytest.fixture
def artifacts_registry(artifacts_local: LocalServer) -> Registry:
    """An empty registry in a temporary folder, to add data without a client.

    Its user is ``local``. ``artifacts_registry.log_version("local/project/name", type="dataset",
    files={"a.txt": b"1"})``.
    """
    return artifacts_local.registry


@pytest.fixture
def artifacts_requests() -> Requests:
    """The requests to the test's registry: ``operations``, ``counts``, ``clear()``."""
    from .recording import Requests

    return Requests()


def _plans(request: pytest.FixtureRequest) -> list[Plan]:
    """The faults that the markers of a test ask for."""
    from ..errors import InvalidInput
    from .named_faults import plan_of

    plans: list[Plan] = []
    for mark in request.node.iter_markers(_MARKER):
        try:
            plans.append(plan_of(mark.args, **mark.kwargs))
        except (InvalidInput, TypeError) as error:
            raise pytest.UsageError(f"{request.node.nodeid}: {error}") from error
    return plans[::-1]  # pytest gives the nearest marker first; they apply from the outermost on


def _has_faults(request: pytest.FixtureRequest) -> bool:
    return request.node.get_closest_marker(_MARKER) is not None


@pytest.fixture
def artifacts_server(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    artifacts_local: LocalServer,
) -> Iterator[ArtifactsServer]:
    """The registry served on a port, with the environment set for this and the official client.

    ``WANDB_BASE_URL``, ``WANDB_API_KEY`` and ``WANDB_ENTITY`` are set, and clients use temporary
    folders. With ``artifacts_requests`` or a fault marker, a proxy is between client and server.
    """
    import secrets

    from .environment import client_variables
    from .fault_proxy import FaultProxy
    from .serving import HOST, ArtifactsServer, served

    plans = _plans(request)
    registry, entity = artifacts_local.registry, artifacts_local.entity
    key = secrets.token_hex(20)
    registry.register_key(entity, key)
    with ExitStack() as stack:
        port = stack.enter_context(served(registry))
        if _has_faults(request) or "artifacts_requests" in request.fixturenames:
            proxy = stack.enter_context(FaultProxy((HOST, port)))
            proxy.plans = plans
            requests: Requests = request.getfixturevalue("artifacts_requests")
            proxy.on_request = requests.add
            port = proxy.port
        server = ArtifactsServer(f"http://{HOST}:{port}", key, entity, registry)
        folder = tmp_path_factory.mktemp("artifacts-client")
        for name, value in client_variables(server, folder).items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
def artifacts_api(request: pytest.FixtureRequest, artifacts_local: LocalServer) -> Iterator[Api]:
    """An ``Api`` for the registry: in this process, or over HTTP with a fault marker."""
    from .connecting import connected_api

    server: ArtifactsServer | None = None
    if _has_faults(request):
        server = request.getfixturevalue("artifacts_server")
    requests: Requests = request.getfixturevalue("artifacts_requests")
    with connected_api(artifacts_local, server, requests) as api:
        yield api


@pytest.fixture
def artifacts_async_api(
    request: pytest.FixtureRequest, artifacts_local: LocalServer
) -> Iterator[AsyncApi]:
    """An ``AsyncApi`` for the registry, like ``artifacts_api``; for asyncio and trio."""
    import asyncio

    from .connecting import connected_async_api

    server: ArtifactsServer | None = None
    if _has_faults(request):
        server = request.getfixturevalue("artifacts_server")
    requests: Requests = request.getfixturevalue("artifacts_requests")
    api = connected_async_api(artifacts_local, server, requests)
    yield api
    asyncio.run(api.close())
