"""The one retry policy, over real connections: what is sent again, when, and for how long."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from typing import Any

import pytest

from typed_artifacts import (
    NO_RETRIES,
    ArtifactsError,
    AsyncClient,
    Client,
    ConnectionFailed,
    InvalidInput,
    RateLimited,
    RequestEvent,
    RequestTimeout,
    RetryPolicy,
    ServerError,
)
from typed_artifacts._operations import catalog
from typed_artifacts._requests.response import allowance
from typed_artifacts._requests.retry import HARMLESS_TO_REPEAT, RateLimiter, repeatable
from typed_artifacts.testing import spoiling
from typed_artifacts.testing.fault_proxy import Act, Exchange, FaultProxy, Plan, Response
from typed_artifacts.testing.spoiling import JSON

QUICK = RetryPolicy(tries=4, first_wait=0.001, longest_wait=0.002)
VIEWER = json.dumps({"data": {"viewer": {"id": "x", "username": "u", "entity": "e"}}}).encode()
DELETED = json.dumps(
    {"data": {"deleteArtifact": {"artifact": {"id": "x", "state": "DELETED"}}}}
).encode()


@pytest.fixture
def proxy() -> Iterator[FaultProxy]:
    """A server of its own: every exchange is answered by a plan."""
    with FaultProxy(("127.0.0.1", 1)) as made:
        yield made


def _answers(*acts: Act) -> Act:
    """One after the other; the last one stays."""
    return lambda exchange: acts[min(exchange.number, len(acts) - 1)](exchange)


def _fine(headers: list[tuple[str, str]] | None = None, content: bytes = VIEWER) -> Act:
    return spoiling.status(200, content, [*JSON, *(headers or [])])


def _ask(proxy: FaultProxy, act: Act, **options: Any) -> list[RequestEvent]:  # noqa: ANN401 -- the client's own
    proxy.plans = [Plan("Viewer", act)]
    events: list[RequestEvent] = []
    options = {"retry": QUICK, "on_request": events.append, **options}
    with Client(proxy.url, "k" * 40, **options) as client:
        assert client.queries.viewer().viewer
    return events


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_query_is_sent_again(proxy: FaultProxy, status: int) -> None:
    bad = spoiling.words(status, "not now")
    events = _ask(proxy, _answers(bad, bad, _fine()))
    assert [(event.attempt, event.status) for event in events] == [
        (1, status),
        (2, status),
        (3, 200),
    ]
    assert [type(event.error).__name__ != "NoneType" for event in events] == [True, True, False]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 422, 501])
def test_what_is_final_is_asked_once(proxy: FaultProxy, status: int) -> None:
    with pytest.raises(ArtifactsError, match="never do this"):
        _ask(proxy, spoiling.words(status, "never do this"))
    assert len(proxy.requests) == 1


def test_no_retries_are_none(proxy: FaultProxy) -> None:
    with pytest.raises(ServerError):
        _ask(proxy, spoiling.words(503, "no"), retry=NO_RETRIES)
    assert len(proxy.requests) == 1


@pytest.mark.parametrize(
    "wait", ["0", formatdate(time.time() - 60, usegmt=True)], ids=["number", "date"]
)
@pytest.mark.parametrize("status", [408, 429, 503])
def test_retry_after_wins_over_the_policy(proxy: FaultProxy, status: int, wait: str) -> None:
    # By its own waits this policy would not come to a second attempt in an hour.
    slow = RetryPolicy(tries=2, first_wait=7200, longest_wait=7200, total_seconds=3600)
    _ask(proxy, _answers(spoiling.words(status, "later", lambda: wait), _fine()), retry=slow)
    assert len(proxy.requests) == 2


@pytest.mark.parametrize(
    "wait",
    ["3600", "inf", formatdate(time.time() + 7200, usegmt=True)],
    ids=["number", "infinite", "date"],
)
def test_a_wait_beyond_the_total_is_not_begun(proxy: FaultProxy, wait: str) -> None:
    patient = RetryPolicy(tries=2, first_wait=3600, longest_wait=3600, total_seconds=60)
    with pytest.raises(RateLimited, match="too many") as caught:
        _ask(proxy, spoiling.words(429, "too many", lambda: wait), retry=patient)
    assert len(proxy.requests) == 1
    assert wait == "inf" or (caught.value.retry_after or 0) >= 3600


def _delete(proxy: FaultProxy, act: Act) -> None:
    proxy.plans = [Plan("DeleteArtifact", act)]
    with Client(proxy.url, "k" * 40, retry=QUICK) as client:
        client.queries.delete_artifact(id="x")


@pytest.mark.parametrize("status", [425, 429])
def test_a_mutation_that_was_turned_away_is_sent_again(proxy: FaultProxy, status: int) -> None:
    _delete(proxy, _answers(spoiling.words(status, "wait"), _fine(content=DELETED)))
    assert len(proxy.requests) == 2


@pytest.mark.parametrize(
    "act",
    [spoiling.reset_before, spoiling.words(408, ""), spoiling.words(503, ""), spoiling.garbage],
)
def test_a_mutation_that_may_have_run_is_not(proxy: FaultProxy, act: Act) -> None:
    with pytest.raises((ConnectionFailed, ServerError)):
        _delete(proxy, act)
    assert len(proxy.requests) == 1


def test_a_mutation_that_found_nobody_is_sent_again() -> None:
    events: list[RequestEvent] = []
    with FaultProxy(("127.0.0.1", 1)) as gone:
        url = gone.url

    def note(event: RequestEvent) -> None:
        events.append(event)
        assert isinstance(event.error, ConnectionFailed)
        assert not event.error.request_sent

    with (
        Client(url, "k" * 40, retry=QUICK, on_request=note) as client,
        pytest.raises(ConnectionFailed, match="refused"),
    ):
        client.queries.delete_artifact(id="x")
    assert len(events) == QUICK.tries


def test_what_is_harmless_to_repeat_is_a_mutation_of_ours() -> None:
    for name, why in HARMLESS_TO_REPEAT.items():
        found = next(
            value
            for value in vars(catalog).values()
            if getattr(value, "name", None) == name.removesuffix("Batch")
        )
        assert found.kind == "mutation"
        assert repeatable(name, "mutation")
        assert len(why.split()) > 5
    assert not repeatable("SaveArtifact", "mutation")


def _endless(send: Callable[[Exchange], None]) -> Act:
    def act(exchange: Exchange) -> None:
        while not exchange.proxy.closing.is_set():
            send(exchange)

    return act


def _header_by_header(exchange: Exchange) -> None:
    exchange.client.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n")


def _byte_by_byte(exchange: Exchange) -> None:
    exchange.client.sendall(b" ")
    exchange.wait(0.01)


def _body_without_end(exchange: Exchange) -> None:
    exchange.reply(Response(200, JSON, b"", 1 << 40))
    _endless(_byte_by_byte)(exchange)


@pytest.mark.parametrize("act", [_endless(_header_by_header), _body_without_end])
async def test_an_answer_without_end_is_a_timeout(proxy: FaultProxy, act: Act) -> None:
    with pytest.raises(RequestTimeout, match="WANDB_HTTP_TIMEOUT"):
        _ask(proxy, act, timeout=0.2, retry=NO_RETRIES)
    proxy.plans = [Plan("Viewer", act)]
    async with AsyncClient(proxy.url, "k" * 40, timeout=0.2, retry=NO_RETRIES) as client:
        with pytest.raises(RequestTimeout, match="WANDB_HTTP_TIMEOUT"):
            await client.queries.viewer()


async def test_a_broken_connection_is_told_in_the_words_of_the_system(proxy: FaultProxy) -> None:
    proxy.plans = [Plan("Viewer", spoiling.reset_before)]
    with (
        Client(proxy.url, "k" * 40, retry=NO_RETRIES) as client,
        pytest.raises(ConnectionFailed, match="reset by peer"),
    ):
        client.queries.viewer()
    async with AsyncClient(proxy.url, "k" * 40, retry=NO_RETRIES) as client:
        with pytest.raises(ConnectionFailed, match="reset by peer"):
            await client.queries.viewer()


def test_a_call_ends_with_its_total(proxy: FaultProxy) -> None:
    # Each attempt may take a minute; all of them together less than a second.
    policy = RetryPolicy(tries=100, total_seconds=0.5, first_wait=0.001, longest_wait=0.002)
    hanging = _answers(spoiling.words(503, ""), lambda exchange: exchange.wait(60))
    with pytest.raises(RequestTimeout):
        _ask(proxy, hanging, timeout=60, retry=policy)
    assert len(proxy.requests) == 2


def test_one_attempt_may_take_longer_than_the_total(proxy: FaultProxy) -> None:
    def slow(exchange: Exchange) -> None:
        exchange.wait(0.3)
        _fine()(exchange)

    _ask(proxy, slow, timeout=60, retry=RetryPolicy(total_seconds=0.01))
    assert len(proxy.requests) == 1


def test_the_environment_sets_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_HTTP_TIMEOUT", "7.5")
    assert Client("http://localhost").settings.timeout == 7.5
    assert Client("http://localhost", timeout=3).settings.timeout == 3


def _limits(remaining: int, seconds: str, limit: int | None = None) -> list[tuple[str, str]]:
    given = [("RateLimit-Remaining", str(remaining)), ("RateLimit-Reset", seconds)]
    return [*given, *([("RateLimit-Limit", str(limit))] if limit else [])]


def test_requests_slow_down_before_they_are_refused(proxy: FaultProxy) -> None:
    proxy.plans = [Plan("Viewer", _fine(_limits(1, "0.04")))]
    events: list[RequestEvent] = []
    with Client(proxy.url, "k" * 40, retry=QUICK, on_request=events.append) as client:
        for _ in range(3):
            client.queries.viewer()
    assert [event.waited > 0 for event in events] == [False, True, True]
    assert all(event.waited <= QUICK.longest_wait for event in events)


async def test_coroutines_slow_down_too(proxy: FaultProxy) -> None:
    proxy.plans = [Plan("Viewer", _fine(_limits(0, "0.04")))]
    events: list[RequestEvent] = []
    async with AsyncClient(proxy.url, "k" * 40, retry=QUICK, on_request=events.append) as client:
        for _ in range(2):
            await client.queries.viewer()
    assert [event.waited > 0 for event in events] == [False, True]


@pytest.mark.parametrize(
    ("remaining", "seconds", "limit", "interval"),
    [
        (100, "60", None, 0.0),
        (9, "60", None, 6.0),
        (0, "60", None, 60.0),
        (99, "60", 1000, 0.6),
        (500, "60", 1000, 0.0),
        (0, "in 1000", None, 1000.0),
        (0, "in -1000", None, 0.0),
        (-5, "60", None, 60.0),
    ],
)
def test_what_is_left_is_spread(
    remaining: int, seconds: str, limit: int | None, interval: float
) -> None:
    if seconds.startswith("in "):  # a moment, not a number of seconds
        seconds = str(time.time() + float(seconds.removeprefix("in ")))
    headers = {name.lower(): value for name, value in _limits(remaining, seconds, limit)}
    found = allowance(headers)
    assert found is not None
    assert found.interval == pytest.approx(interval, abs=interval / 10)


def test_the_end_of_a_limit_is_read_by_the_clock_of_the_server() -> None:
    there = int(time.time()) - 86_400
    headers = dict(_limits(0, str(there + 20)), Date=formatdate(there, usegmt=True))
    assert allowance({name.lower(): value for name, value in headers.items()}) == (0, 20, None)


@pytest.mark.parametrize("limit", ["100", "100, 100;w=60", "100;w=60", "100;w=60, 50;w=1"])
def test_of_several_limits_the_first_counts(limit: str) -> None:
    found = allowance(
        {
            "ratelimit-remaining": "3, 80;w=60",
            "ratelimit-reset": "2, 50",
            "ratelimit-limit": limit,
        }
    )
    assert found == (3, 2, 100)


@pytest.mark.parametrize("text", ["", "soon", "nan", "inf", "1e999", "-", "٣"])
def test_odd_limits_are_no_limits(text: str) -> None:
    found = allowance({"ratelimit-remaining": "0", "ratelimit-reset": text})
    assert found is None or 0 <= found.interval < math.inf
    pace = RateLimiter(RetryPolicy(longest_wait=0.001))
    pace.note(found)
    assert pace.hold() <= 0.001


def test_requests_that_are_sent_before_an_answer_comes_are_spread_too() -> None:
    pace = RateLimiter(RetryPolicy(longest_wait=5))
    pace.note(allowance({"ratelimit-remaining": "3", "ratelimit-reset": "0.4"}))
    began = time.monotonic()
    assert all(pace.hold() > 0 for _ in range(3))
    assert time.monotonic() - began >= 0.29


def test_a_policy_may_ignore_limits() -> None:
    pace = RateLimiter(NO_RETRIES)
    pace.note(allowance({"ratelimit-remaining": "0", "ratelimit-reset": "60"}))
    assert pace.hold() == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("tries", value) for value in (0, -1, 1.5, "3", None, True)),
        *(
            (name, value)
            for name in ("total_seconds", "first_wait", "longest_wait")
            for value in (-1, "3", None, True, float("nan"), 10**400)
        ),
        ("first_wait", float("inf")),
    ],
)
def test_a_policy_that_cannot_be_kept_is_refused_where_it_is_made(name: str, value: object) -> None:
    """And not by the first request that fails, in place of what failed."""
    options: dict[str, Any] = {name: value}
    with pytest.raises(InvalidInput, match=f"{name} is "):
        RetryPolicy(**options)


def test_a_policy_may_have_no_end() -> None:
    endless = float("inf")
    assert RetryPolicy(total_seconds=endless, longest_wait=endless).total_seconds == endless
    assert RetryPolicy(total_seconds=0, first_wait=0, longest_wait=0).tries == 6
