"""Tokens are as secret as a key: in no error, its local variables, log, event, repr or pickle."""

from __future__ import annotations

import copy
import logging
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.client.flavours import Flavour
from tests.identity.signing import QUICK, Watched, answering, cut, opened
from tests.reliability.expectations import shown
from tests.scripted import scripted
from typed_artifacts import AccessToken, Api, ArtifactsError, AsyncApi, InvalidInput, RequestEvent

TOKEN = "tOkEn-of-the-users-own-0123456789"


def echo(status: int) -> Callable[[httpx.Request], httpx.Response]:
    """An answer that quotes all that it was sent."""

    def act(request: httpx.Request) -> httpx.Response:
        said = request.headers.get("authorization", "")  # first: only a beginning is shown
        text = f"{said} {request.content.decode()}"
        return httpx.Response(status, text=text)

    return act


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 409, 422, 500])
@pytest.mark.parametrize("place", ["exchange", "graphql"])
async def test_a_server_that_quotes_what_it_was_sent(
    flavour: Flavour,
    watched: Watched,
    identity: Path,
    caplog: pytest.LogCaptureFixture,
    status: int,
    place: str,
) -> None:
    events: list[RequestEvent] = []
    api = opened(flavour, watched, on_request=events.append)
    (watched.spoil if place == "exchange" else watched.refuse)[:] = [echo(status)] * 9
    with caplog.at_level(logging.DEBUG), pytest.raises(ArtifactsError) as caught:
        await api.viewer()
    _look(watched, identity, f"{shown(caught.value)}{caplog.text}{events!r}{vars(api.client)!r}")
    pickled = pickle.dumps(caught.value)
    _look(watched, identity, pickled.decode("latin-1"))


@pytest.mark.parametrize("place", ["exchange", "graphql"])
async def test_a_connection_that_breaks(
    flavour: Flavour, watched: Watched, identity: Path, place: str
) -> None:
    api = opened(flavour, watched)
    (watched.spoil if place == "exchange" else watched.refuse)[:] = [cut] * 9
    with pytest.raises(ArtifactsError) as caught:
        await api.viewer()
    _look(watched, identity, shown(caught.value))


async def test_an_answer_that_ends_too_early(
    flavour: Flavour, watched: Watched, identity: Path
) -> None:
    # Chunked, and the last chunk never comes: what came was read, and has a token in it.
    reply = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n22\r\n"
    reply += b'{"access_token": "tat_0123456789"}\r\n'
    with scripted(*[reply] * 3) as (url, heard):
        api = opened(flavour, watched, base_url=url, transport=None)
        with pytest.raises(ArtifactsError) as caught:
            await api.viewer()
    assert heard.connections == 3
    _look(watched, identity, shown(caught.value))


def _look(watched: Watched, identity: Path, text: str) -> None:
    assert len(text) > 100
    jwt = identity.read_text().strip()
    for secret in [*watched.tokens, jwt, jwt[:60], jwt[-60:], "tat_"]:
        assert secret not in text


async def test_a_token_of_a_function(
    flavour: Flavour, watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    for token in (TOKEN, AccessToken(TOKEN, datetime(2100, 1, 1, tzinfo=UTC))):
        api = opened(flavour, watched, token=lambda token=token: token)
        watched.refuse[:] = [echo(500)] * 9
        with caplog.at_level(logging.DEBUG), pytest.raises(ArtifactsError) as caught:
            await api.viewer()
        assert TOKEN not in shown(caught.value) + caplog.text
        assert "[the token]" in str(caught.value)


def test_a_token_shows_itself_to_nobody() -> None:
    token = AccessToken(TOKEN)
    assert TOKEN not in f"{token!r} {token} {[token]!r} {[token.value]!r}"
    assert token.value == TOKEN
    assert token == AccessToken(TOKEN)
    assert AccessToken(TOKEN, datetime(2030, 1, 1)).expires_at == datetime(2030, 1, 1, tzinfo=UTC)  # noqa: DTZ001 -- UTC is meant


@pytest.mark.parametrize("kind", [Api, AsyncApi])
def test_a_function_stays_in_its_process(kind: Callable[..., object]) -> None:
    api = kind(base_url="https://x.example", token=lambda: TOKEN)
    with pytest.raises(InvalidInput, match="token="):
        pickle.dumps(api)
    assert copy.deepcopy(api) is api


def test_a_pickled_client_finds_its_identity_again(served_url: str, identity: Path) -> None:
    with Api(base_url=served_url, retry=QUICK) as api:
        assert api.viewer.username == "alice"
        kept = pickle.dumps(api)
    assert identity.read_text().strip().encode() not in kept
    assert b"tat_" not in kept
    with pickle.loads(kept) as again:  # noqa: S301 -- of this test
        assert again.viewer.username == "alice"


async def test_what_other_answers_say_is_not_changed(
    flavour: Flavour, watched: Watched, identity: Path
) -> None:
    del identity
    watched.refuse = [answering(403, '{"error": "ask the owner"}')]
    with pytest.raises(ArtifactsError, match="ask the owner"):
        await opened(flavour, watched).viewer()
