"""The embedded server's `/oidc/token`: whose tokens it takes, and what those that it gives are."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.identity.signing import AUDIENCE, ISSUER, Issuer
from typed_artifacts.local import LocalServer, Registry, RegistryRefused, TrustedIssuer, open_local

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
VIEWER = {"query": "{ viewer { username entity } }"}


def _exchange(issuer: TrustedIssuer | None, assertion: str, grant: str = GRANT) -> httpx.Response:
    with open_local(issuer=issuer) as server, httpx.Client(transport=server.transport) as raw:
        form = {"grant_type": grant, "assertion": assertion}
        return raw.post("http://localhost/oidc/token", data=form)


def test_a_good_token(trusted: TrustedIssuer, issuer: Issuer) -> None:
    reply = _exchange(trusted, issuer.token())
    assert (reply.status_code, reply.json()["expires_in"]) == (200, 3600)
    assert isinstance(reply.json()["expires_in"], int)  # the official client reads no 3600.0
    assert reply.headers["cache-control"] == "no-store"


def _later(seconds: float) -> int:
    return int(time.time() + seconds)


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"exp": _later(-3600)}, "expired"),
        ({"exp": None}, "exp"),
        ({"sub": None}, "sub"),
        ({"aud": "others"}, "udience"),
        ({"aud": None}, "aud"),
        ({"iss": "https://evil.example"}, "ssuer"),
        ({"iss": None}, "iss"),
        ({"nbf": _later(3600)}, "not yet valid"),
        ({"sub": "a/b"}, "a/b"),
        ({"sub": "alice-org-of-none/.."}, "alice-org-of-none"),
    ],
)
def test_a_token_that_says_the_wrong_thing(
    trusted: TrustedIssuer, issuer: Issuer, claims: dict[str, Any], words: str
) -> None:
    reply = _exchange(trusted, issuer.token(**claims))
    assert reply.status_code == 400
    assert words in reply.json()["error"]


def _by(key: Any, algorithm: str) -> str:  # noqa: ANN401 -- any private key
    claims = {"sub": "alice", "iss": ISSUER, "aud": AUDIENCE, "exp": _later(600)}
    return jwt.encode(claims, key, algorithm=algorithm)


@pytest.mark.parametrize(
    "forge",
    [
        lambda: _by(Ed25519PrivateKey.generate(), "EdDSA"),
        lambda: _by(rsa.generate_private_key(65537, 2048), "RS256"),
        lambda: _by(ec.generate_private_key(ec.SECP256R1()), "ES256"),
        lambda: _by("k" * 64, "HS256"),
        lambda: _by(None, "none"),
        lambda: "no.token.atall",
        lambda: "",
    ],
)
def test_a_token_that_somebody_else_signed(
    trusted: TrustedIssuer, forge: Callable[[], str]
) -> None:
    reply = _exchange(trusted, forge())
    assert reply.status_code == 400
    assert reply.json()["error"]


@pytest.mark.parametrize(
    ("make", "algorithm"),
    [
        (lambda: rsa.generate_private_key(65537, 2048), "RS256"),
        (lambda: ec.generate_private_key(ec.SECP256R1()), "ES256"),
    ],
)
def test_other_kinds_of_keys(make: Callable[[], Any], algorithm: str) -> None:
    key = make()
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    issuer = TrustedIssuer(pem.decode(), issuer=ISSUER, audience=AUDIENCE)
    assert _exchange(issuer, _by(key, algorithm)).status_code == 200


def test_a_server_without_an_issuer(issuer: Issuer) -> None:
    reply = _exchange(None, issuer.token())
    assert (reply.status_code, "trusts no issuer" in reply.text) == (404, True)


def test_another_grant(trusted: TrustedIssuer, issuer: Issuer) -> None:
    reply = _exchange(trusted, issuer.token(), "password")
    assert (reply.status_code, "grant_type" in reply.text) == (400, True)


def test_subjects_are_mapped_to_users(issuer: Issuer) -> None:
    mapped = TrustedIssuer(
        issuer.public_key, issuer=ISSUER, audience=AUDIENCE, users={"repo:x/y:main": "robot"}
    )
    assert _exchange(mapped, issuer.token("alice")).status_code == 400
    with open_local(issuer=mapped) as server, httpx.Client(transport=server.transport) as raw:
        form = {"grant_type": GRANT, "assertion": issuer.token("repo:x/y:main")}
        given = raw.post("http://localhost/oidc/token", data=form).json()["access_token"]
        headers = {"authorization": f"Bearer {given}"}
        reply = raw.post("http://localhost/graphql", json=VIEWER, headers=headers).json()
        assert reply["data"]["viewer"] == {"username": "robot", "entity": "robot"}
        other = raw.post(
            "http://localhost/graphql", json=VIEWER, headers={"authorization": "Bearer x"}
        )
        assert other.status_code == 401


def test_an_access_token_ends(issuer: Issuer) -> None:
    short = TrustedIssuer(issuer.public_key, issuer=ISSUER, audience=AUDIENCE, lifetime=0.001)
    with open_local(issuer=short) as server, httpx.Client(transport=server.transport) as raw:
        form = {"grant_type": GRANT, "assertion": issuer.token()}
        given = raw.post("http://localhost/oidc/token", data=form).json()["access_token"]
        time.sleep(0.05)
        headers = {"authorization": f"Bearer {given}"}
        reply = raw.post("http://localhost/graphql", json=VIEWER, headers=headers)
        assert reply.status_code == 401


def test_over_http_the_same_and_a_large_form_is_refused(served_url: str, issuer: Issuer) -> None:
    url = f"{served_url}/oidc/token"
    form = {"grant_type": GRANT, "assertion": issuer.token()}
    with httpx.Client() as raw:
        given = raw.post(url, data=form).json()["access_token"]
        reply = raw.post(
            f"{served_url}/graphql", json=VIEWER, headers={"authorization": f"Bearer {given}"}
        )
        assert reply.json()["data"]["viewer"]["username"] == "alice"
        assert raw.post(url, data={"assertion": "x" * (65 << 10)}).status_code == 413
        assert raw.get(url).status_code == 404


def test_who_signs_in_sees_what_is_theirs(trusted: TrustedIssuer, issuer: Issuer) -> None:
    with Registry(issuer=trusted) as registry:
        registry.team("hidden", ["bob"])
        registry.log_version("hidden/p/things", type="dataset", files={"a": "b"})
        asked = {"query": '{ project(name: "p", entityName: "hidden") { name } }'}
        server = LocalServer(registry)
        with httpx.Client(transport=server.transport) as raw:
            found = {}
            for name in ("alice", "bob"):
                form = {"grant_type": GRANT, "assertion": issuer.token(name)}
                given = raw.post("http://localhost/oidc/token", data=form).json()["access_token"]
                headers = {"authorization": f"Bearer {given}"}
                reply = raw.post("http://localhost/graphql", json=asked, headers=headers).json()
                found[name] = reply["data"]["project"]
    assert found == {"alice": None, "bob": {"name": "p"}}


@pytest.mark.parametrize(
    "key", ["", "no key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"]
)
def test_what_is_no_public_key_is_refused(key: str) -> None:
    with pytest.raises(RegistryRefused, match="public key"):
        TrustedIssuer(key)


def test_a_private_key_is_refused_and_not_shown() -> None:
    pem = (
        Ed25519PrivateKey.generate()
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )
    with pytest.raises(RegistryRefused, match="no public key") as caught:
        TrustedIssuer(pem)
    assert pem.splitlines()[1] not in str(caught.value)


@pytest.mark.parametrize("lifetime", [0, -1, float("nan"), 10**9])
def test_a_lifetime_that_is_none(issuer: Issuer, lifetime: float) -> None:
    with pytest.raises(RegistryRefused, match="lifetime"):
        TrustedIssuer(issuer.public_key, lifetime=lifetime)
