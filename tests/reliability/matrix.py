"""Runs the fault matrix: every fault in every kind of call, sync and async, once and for ever."""

from __future__ import annotations

import asyncio
import itertools
import logging
import tempfile
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

import pytest
import uvicorn
from typing_extensions import override

from tests.client.flavours import Twin
from tests.identity.signing import AUDIENCE, ISSUER, Issuer
from tests.reliability.calls import CALLS, PARTS, Call, Stage, State, build, build_own
from tests.reliability.expectations import (
    expectation,
    shown,
    wrong_files,
    wrong_outcome,
    wrong_state,
)
from tests.reliability.faults import FAULTS, REWRITING, Fault, elsewhere
from tests.reliability.leaking import KEY
from tests.reliability.spoiling import TIMEOUT
from tests.reliability.tabling import FLAVOURS, MODES, Cell, Flavour, Mode
from typed_artifacts import Api, AsyncApi, RequestEvent, RetryPolicy
from typed_artifacts._environment import network
from typed_artifacts.local import Registry, TrustedIssuer, create_app
from typed_artifacts.testing.fault_proxy import FaultProxy, Plan

TRIES: Final = 3
QUICK: Final = RetryPolicy(tries=TRIES, first_wait=0.001, longest_wait=0.004)
WORKERS: Final = 12

_numbers = itertools.count()


@dataclass
class Evidence:
    """Everything that clients let out while the matrix ran, for whoever looks for secrets."""

    texts: list[str] = field(default_factory=list[str])
    arrived: list[str] = field(default_factory=list[str])
    """Requests as the proxies got them."""
    identity: str = ""
    """The identity token of those who have no key."""
    elsewhere: list[str] = field(default_factory=list[str])
    """Requests that came to another host, after a redirect."""


@contextmanager
def serving(registry: Registry) -> Generator[tuple[str, int]]:
    """A registry over HTTP, in a thread."""
    app = create_app(registry)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            thread.join(0.005)
        host, port = server.servers[0].sockets[0].getsockname()[:2]
        yield host, port
    finally:
        server.should_exit = True
        thread.join()


class Matrix:
    """A server, and proxies before it that take turns."""

    def __init__(self, registry: Registry, address: tuple[str, int], root: Path) -> None:
        self.registry = registry
        self.address = address
        self.root = root
        self.evidence = Evidence()
        self.direct = Api(base_url=f"http://{address[0]}:{address[1]}", api_key=KEY, entity="local")

    def cell(self, fault: Fault, call: Call, mode: Mode, flavour: Flavour) -> Cell:
        """Run one call with one fault."""
        name = f"cell-{next(_numbers)}"
        path, root = f"local/writes/{name}", self.root / name
        root.mkdir()
        if call.changes is not None:
            build_own(self.registry, path)
        with FaultProxy(self.address) as proxy:
            proxy.plans = [
                Plan(call.operation, fault.act, call.after, 1 if mode == "once" else 10**9)
            ]
            seen, error = self._run(call, flavour, fault, proxy, path, root)
            state = self._state(path) if call.changes is not None else None
            wrong = wrong_outcome(fault, call, mode, seen, error)
            wrong += wrong_state(fault, call, error, state, proxy)
            if error is not None and call.operation == "GET":
                wrong += wrong_files(root, cast("dict[str, bytes]", call.expected))
            self.evidence.arrived += [request.text for request in proxy.requests]
        got = "ok" if error is None else type(error).__name__
        return Cell(fault.name, call.name, mode, flavour, got, " ".join(wrong))

    def _run(
        self, call: Call, flavour: Flavour, fault: Fault, proxy: FaultProxy, path: str, root: Path
    ) -> tuple[object, BaseException | None]:
        events: list[RequestEvent] = []
        options: dict[str, Any] = {
            "base_url": proxy.url,
            "api_key": None if call.is_exchange else KEY,
            "entity": "local",
            "timeout": TIMEOUT if fault.slow else 30,
            "retry": QUICK,
            "on_request": events.append,
        }

        async def run() -> object:
            if flavour == "async":
                async with AsyncApi(**options) as api:
                    return await call.run(Stage(api, path, root))
            with Api(**options) as blocking:
                twin = cast("AsyncApi", Twin(blocking))  # a twin is used like it
                return await call.run(Stage(twin, path, root))

        try:
            return asyncio.run(run()), None
        except Exception as error:  # noqa: BLE001 -- which one it is, is what is looked at
            self.evidence.texts += [shown(error), *(repr(event) for event in events)]
            return None, error

    def _state(self, path: str) -> State:
        found = self.direct.artifacts("dataset", path)
        return sorted(
            (a.version, a.description, tuple(sorted(a.tags)), tuple(sorted(a.aliases)))
            for a in found
        )


def applies(fault: Fault, call: Call, mode: Mode) -> bool:
    """Whether a fault can hit a call."""
    hit = {
        "any": True,
        "graphql": not call.is_file,
        "change": call.is_mutation,
        "page": call.pages,
        "cursor": call.walks,
    }
    if call.only and fault.name not in call.only:
        return False
    if call.is_exchange and fault.act in REWRITING:
        return False  # what GraphQL answers is rewritten
    # A cursor that the server did not give makes sense to no server but the one that gave it.
    return hit[fault.kind] and (fault.kind != "cursor" or mode == "always")


def shows_more(fault: Fault, call: Call, mode: Mode) -> bool:
    """Whether a fault that does not end tells more than one that comes once.

    Where the call must end with the first of them there is no second; one that is sent again all
    the same goes well then, and is found out.
    """
    first = expectation(fault, call, "once") if applies(fault, call, "once") else None
    return mode == "once" or first is None or first is not expectation(fault, call, mode)


@contextmanager
def logging_to(evidence: Evidence) -> Generator[None]:
    """Everything that anybody logs, in full, as evidence."""

    class Keep(logging.Handler):
        @override
        def emit(self, record: logging.LogRecord) -> None:
            evidence.texts.append(record.getMessage())

    root, keep = logging.getLogger(), Keep()
    level = root.level
    root.addHandler(keep)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.removeHandler(keep)
        root.setLevel(level)


@contextmanager
def opened() -> Generator[Matrix]:
    """A matrix, ready to run."""
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        # Nobody wants to wait a minute, in each cell, for a file that never comes.
        patch.setattr(network, "LEAST_READ_SECONDS", TIMEOUT)
        patch.setenv("_TYPED_ARTIFACTS_PARTS", PARTS)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        issuer = Issuer()
        trusted = TrustedIssuer(issuer.public_key, issuer=ISSUER, audience=AUDIENCE)
        (folder / "identity").write_text(issuer.token("local"))
        registry = stack.enter_context(Registry(folder / "registry", issuer=trusted))
        registry.register_key("local", KEY)
        build(registry)
        address = stack.enter_context(serving(registry))
        (folder / "files").mkdir()
        matrix = Matrix(registry, address, folder / "files")
        matrix.evidence.identity = (folder / "identity").read_text()
        stack.callback(matrix.direct.close)
        yield matrix


def run(matrix: Matrix, *, whole: bool) -> list[Cell]:
    """Every cell, some at a time.

    Unless it is to be whole, in one flavour each, by turns, and without those that show no more.
    """
    with FaultProxy(matrix.address) as other, pytest.MonkeyPatch.context() as patch:
        # For those who have no key: who is given one asks by that.
        patch.setenv("WANDB_IDENTITY_TOKEN_FILE", str(matrix.root.parent / "identity"))
        faults = [*FAULTS, elsewhere(other.url)]
        places: list[tuple[Fault, Call, Mode]] = [
            (fault, call, mode)
            for fault in faults
            for call in CALLS
            for mode in MODES
            if applies(fault, call, mode) and (whole or shows_more(fault, call, mode))
        ]
        with ThreadPoolExecutor(WORKERS) as pool:
            found = [
                pool.submit(matrix.cell, *place, flavour)
                for number, place in enumerate(places)
                for turn, flavour in enumerate(FLAVOURS)
                if whole or turn == number % 2
            ]
        matrix.evidence.elsewhere += [request.text for request in other.requests]
    return [cell.result() for cell in found]
