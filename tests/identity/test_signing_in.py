# ruff: noqa: ASYNC240 -- small files on the local disk
"""Requests without a key carry an access token: exchanged once, renewed in time, told in errors."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.client.flavours import Flavour
from tests.identity.signing import Issuer, Spoil, Watched, answering, cut, opened
from typed_artifacts import (
    AccessToken,
    Api,
    ArtifactsError,
    AsyncApi,
    AuthenticationError,
    Client,
    ConnectionFailed,
    InvalidInput,
    RateLimited,
    RequestEvent,
    ServerError,
)


async def _user(api: AsyncApi) -> str | None:
    return (await api.viewer()).username


async def test_a_file_with_an_identity_token(
    flavour: Flavour, watched: Watched, identity: Path
) -> None:
    api = opened(flavour, watched)
    assert watched.assertions == []  # making one sends nothing
    assert [await _user(api), await _user(api)] == ["alice", "alice"]
    assert watched.assertions == [identity.read_text().strip()]
    assert watched.carried == [f"Bearer {watched.tokens[0]}"] * 2
    assert api.api_key is None
    assert "identity token file" in str(api.client.settings.token_source)


async def test_the_file_is_read_anew_for_each_exchange(
    flavour: Flavour, watched: Watched, identity: Path, issuer: Issuer
) -> None:
    api = opened(flavour, watched)
    await _user(api)
    identity.write_text(issuer.token("bob"))
    watched.refuse = [answering(401)]
    assert await _user(api) == "bob"
    assert len(watched.assertions) == 2


@pytest.mark.parametrize(
    ("seconds", "exchanges"), [(300, 3), (420, 1), (30, 3), (0, 3), (10**400, 1), (-(10**400), 3)]
)
async def test_it_is_renewed_five_minutes_early(
    flavour: Flavour, watched: Watched, identity: Path, seconds: float, exchanges: int
) -> None:
    del identity
    watched.expires_in = seconds
    api = opened(flavour, watched)
    for _ in range(3):
        await _user(api)
    assert len(watched.assertions) == exchanges
    assert watched.carried == [f"Bearer {token}" for token in watched.tokens * 3][:3]


async def test_a_401_is_met_with_another_token_once(
    flavour: Flavour, watched: Watched, identity: Path
) -> None:
    del identity
    api = opened(flavour, watched)
    watched.refuse = [answering(401)]
    assert await _user(api) == "alice"
    assert watched.carried == [f"Bearer {token}" for token in watched.tokens]
    watched.refuse = [answering(401, '{"error": "who is that"}')] * 5
    with pytest.raises(AuthenticationError, match=r"who is that.*identity token file"):
        await _user(api)
    assert len(watched.refuse) == 3
    watched.refuse.clear()
    assert await _user(api) == "alice"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 418, 422])
async def test_a_refused_exchange_ends_at_once_with_its_words(
    flavour: Flavour, watched: Watched, identity: Path, status: int
) -> None:
    del identity
    watched.spoil = [
        answering(status, '{"error": "invalid_grant", "error_description": "too old"}')
    ] * 5
    with pytest.raises(AuthenticationError, match="invalid_grant: too old") as caught:
        await _user(opened(flavour, watched))
    assert (len(watched.spoil), watched.carried) == (4, [])
    assert caught.value.operation == "TokenExchange"


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (answering(429, **{"Retry-After": "0"}), RateLimited),
        (answering(500), ServerError),
        (answering(503), ServerError),
        (cut, ConnectionFailed),
    ],
)
async def test_what_passes_is_tried_again_like_other_requests(
    flavour: Flavour, watched: Watched, identity: Path, spoil: Spoil, error: type[ArtifactsError]
) -> None:
    del identity
    events: list[RequestEvent] = []
    api = opened(flavour, watched, on_request=events.append)
    watched.spoil = [spoil] * 2
    assert await _user(api) == "alice"
    assert [(event.operation, event.attempt) for event in events] == [
        ("TokenExchange", 1),
        ("TokenExchange", 2),
        ("TokenExchange", 3),
        ("Viewer", 1),
    ]
    watched.refuse, watched.spoil = [answering(401)], [spoil] * 9
    with pytest.raises(error):
        await _user(api)
    assert len(watched.spoil) == 9 - 3  # the tries of the policy, and not their square


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>sign in</html>",
        "[]",
        "{}",
        '{"access_token": ""}',
        '{"access_token": "a b", "expires_in": 9}',
        '{"access_token": "sEcReT-tOkEn\\n", "expires_in": 9}',
        '{"access_token": "sEcReT-tOkEn", "expires_in": NaN}',
        '{"access_token": "sEcReT-tOkEn", "expires_in": "soon"}',
        '{"access_token": "sEcReT-tOkEn", "expires_in": true}',
    ],
)
async def test_an_answer_without_a_token_is_an_error_that_does_not_quote_it(
    flavour: Flavour, watched: Watched, identity: Path, body: str
) -> None:
    del identity
    watched.spoil = [answering(200, body)] * 9
    with pytest.raises(ServerError, match="no access token in") as caught:
        await _user(opened(flavour, watched))
    assert "sEcReT" not in repr(caught.value)
    assert watched.carried == []


@pytest.mark.parametrize("content", [None, b"", b" \n", b"a.b.c d", "jwt-é".encode(), b"\xff"])
async def test_a_file_without_a_token(
    flavour: Flavour, watched: Watched, identity: Path, content: bytes | None
) -> None:
    identity.unlink()
    if content is not None:
        identity.write_bytes(content)
    with pytest.raises(InvalidInput, match=str(identity)):
        await _user(opened(flavour, watched))
    assert watched.assertions == []


def _tokens(*given: object) -> Callable[[], Any]:
    left = list(given)
    return lambda: left.pop(0)


def _soon(minutes: float) -> datetime:
    return datetime.now(UTC) + timedelta(minutes=minutes)


async def test_a_function_gives_tokens(flavour: Flavour, watched: Watched) -> None:
    key = watched.server.api_key  # the server takes one as Bearer as well
    api = opened(flavour, watched, token=_tokens(key))
    assert [await _user(api) for _ in range(3)] == ["local"] * 3
    assert watched.carried == [f"Bearer {key}"] * 3
    assert api.client.settings.token_source == "the argument token"


async def test_a_function_is_asked_again_when_it_is_time_and_after_a_401(
    flavour: Flavour, watched: Watched
) -> None:
    key = watched.server.api_key
    due, lasting = AccessToken(key, _soon(4.9)), AccessToken(key, _soon(6))
    left = [due, "unknown", key, due, lasting]
    api = opened(flavour, watched, token=lambda: left.pop(0))
    assert await _user(api) == "local"  # with one that is due: asked again next time
    assert await _user(api) == "local"  # the unknown one is refused
    assert len(left) == 2
    watched.refuse = [answering(401)]
    assert await _user(api) == "local"
    assert [await _user(api), await _user(api)] == ["local", "local"]
    assert left == []


async def test_coroutine_functions_are_for_the_async_flavour(
    flavour: Flavour, watched: Watched
) -> None:
    async def token() -> str:
        return watched.server.api_key

    if flavour.blocking:
        with pytest.raises(InvalidInput, match="AsyncApi"):
            opened(flavour, watched, token=token)
        return
    assert await _user(opened(flavour, watched, token=token)) == "local"

    def returns_an_awaitable() -> Awaitable[str]:
        return token()

    assert await _user(opened(flavour, watched, token=returns_an_awaitable)) == "local"


@pytest.mark.parametrize("given", [None, 3, b"bytes", "", "sEcReT tOkEn", "sEcReT\n", "sEcReT-é"])
async def test_a_function_that_gives_no_token(
    flavour: Flavour, watched: Watched, given: object
) -> None:
    with pytest.raises(InvalidInput, match="access token") as caught:
        await _user(opened(flavour, watched, token=lambda: given))
    assert "sEcReT" not in repr(caught.value)
    assert watched.carried == []


@pytest.mark.parametrize("spoil", [answering(400), answering(503), cut])
async def test_while_no_new_token_comes_the_old_one_is_used(
    flavour: Flavour, watched: Watched, identity: Path, spoil: Spoil
) -> None:
    """That is what it is renewed early for: the issuer may be away for a while."""
    del identity
    watched.expires_in = 200
    api = opened(flavour, watched)
    assert await _user(api) == "alice"
    watched.spoil = [spoil] * 9
    assert [await _user(api) for _ in range(3)] == ["alice"] * 3
    assert watched.carried == [f"Bearer {watched.tokens[0]}"] * 4
    assert len(watched.spoil) >= 9 - 3  # one exchange, which was tried again: not one for each call
    watched.refuse = [answering(401)]
    with pytest.raises((AuthenticationError, ServerError, ConnectionFailed)):
        await _user(api)  # it was refused, and is used no more
    watched.spoil.clear()
    assert await _user(api) == "alice"


@pytest.mark.parametrize("written", [0, 40])
async def test_an_identity_token_that_is_half_written_costs_no_call(
    flavour: Flavour, watched: Watched, identity: Path, written: int
) -> None:
    watched.expires_in = 200
    api = opened(flavour, watched)
    assert await _user(api) == "alice"
    identity.write_text(identity.read_text()[:written])
    assert await _user(api) == "alice"


@pytest.mark.parametrize(("minutes", "works"), [(4, True), (-1, False)])
async def test_a_function_that_fails_while_its_last_token_is_good(
    flavour: Flavour, watched: Watched, minutes: float, works: bool
) -> None:
    left = [AccessToken(watched.server.api_key, _soon(minutes))]

    def token() -> AccessToken:
        if left:
            return left.pop()
        raise KeyError("vault")

    api = opened(flavour, watched, token=token)
    assert await _user(api) == "local"
    if works:
        assert await _user(api) == "local"
    else:
        with pytest.raises(KeyError, match="vault"):
            await _user(api)


async def test_what_a_function_raises_is_its_own(flavour: Flavour, watched: Watched) -> None:
    def token() -> str:
        raise KeyError("vault")

    with pytest.raises(KeyError, match="vault"):
        await _user(opened(flavour, watched, token=token))


@pytest.mark.parametrize("kind", [Api, AsyncApi, Client])
def test_key_and_token_together_are_refused(
    kind: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidInput, match="both given"):
        kind(base_url="https://x.example", api_key="k" * 40, token=lambda: "t")
    monkeypatch.setenv("WANDB_API_KEY", "k" * 40)
    monkeypatch.setenv("WANDB_IDENTITY_TOKEN_FILE", "/nowhere")
    with pytest.raises(InvalidInput, match="WANDB_API_KEY and WANDB_IDENTITY_TOKEN_FILE"):
        kind(base_url="https://x.example")
    # An argument is an answer, whatever the environment says.
    kind(base_url="https://x.example", api_key="k" * 40)
    kind(base_url="https://x.example", token=lambda: "t")


@pytest.mark.parametrize("kind", [Api, AsyncApi])
def test_a_token_that_is_no_function_is_refused_and_not_shown(kind: Callable[..., object]) -> None:
    with pytest.raises(InvalidInput, match="function") as caught:
        kind(base_url="https://x.example", token="sEcReT")
    assert "sEcReT" not in repr(caught.value)


def test_a_token_does_not_travel_unencrypted() -> None:
    with pytest.raises(InvalidInput, match="unencrypted"):
        Client("http://x.example", token=lambda: "t")
    Client("http://x.example", token=lambda: "t", allow_http=True)


def test_a_token_file_comes_before_netrc(
    identity: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"default login user password {'n' * 40}\n")
    monkeypatch.setenv("NETRC", str(netrc))
    settings = Client("https://x.example").settings
    assert (settings.api_key, settings.identity_token_file) == (None, identity)
