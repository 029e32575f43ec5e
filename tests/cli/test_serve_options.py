"""Each option of `serve` reaches the argument of `typed_artifacts.local.serve` that it is for."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import signature
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from typer.testing import CliRunner

import typed_artifacts.local
from typed_artifacts.cli.app import app
from typed_artifacts.local import TrustedIssuer, serve


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What the command calls with; a server of its own is started elsewhere, with few options."""
    arguments: dict[str, object] = {}

    def record(*args: object, **options: object) -> None:
        bound = signature(serve).bind(*args, **options)
        bound.apply_defaults()
        arguments.update(bound.arguments)

    monkeypatch.setattr(typed_artifacts.local, "serve", record)
    return arguments


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["serve", *arguments])
    return result.exit_code, result.stderr


@pytest.fixture
def key(tmp_path: Path) -> Path:
    public = Ed25519PrivateKey.generate().public_key()
    path = tmp_path / "key.pem"
    path.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return path


def test_the_defaults_are_those_of_python(given: Mapping[str, object]) -> None:
    assert run() == (0, "")
    defaults = {name: each.default for name, each in signature(serve).parameters.items()}
    assert given == defaults | {"root": Path("typed-artifacts-registry")}


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("--database postgresql+psycopg://x", "database", "postgresql+psycopg://x"),
        ("--files s3://b/p", "files", "s3://b/p"),
        ("--host ::1", "host", "::1"),
        ("--port 0", "port", 0),
        ("--port 65535", "port", 65_535),
        ("--open", "open_", True),
        ("--features none", "features", "none"),
        ("--allow-host a --allow-host b", "allow_hosts", ["a", "b"]),
        ("--allow-origin https://a", "allow_origins", ["https://a"]),
        ("--max-file-size 1", "most_file_bytes", 1 << 30),
        ("--region a --region b", "regions", ["a", "b"]),
        ("--grace 0", "grace", 0),
        ("--grace 1000000", "grace", 1_000_000),
        ("--gc-every 1000000", "gc_hours", 1_000_000),
    ],
)
def test_an_option_is_passed_on(
    given: Mapping[str, object], line: str, name: str, value: object
) -> None:
    assert run("--root", "shelf", *line.split()) == (0, "")
    assert given[name] == value


def test_whose_tokens_are_taken(given: Mapping[str, object], key: Path) -> None:
    named = ("--issuer", "https://i", "--audience", "aud", "--issuer-user", "s=ann")
    assert run("--issuer-key", str(key), *named, "--issuer-user", "t=b=c") == (0, "")
    text = key.read_text()
    users = {"s": "ann", "t": "b=c"}
    assert given["issuer"] == TrustedIssuer(text, issuer="https://i", audience="aud", users=users)
    assert run("--issuer-key", str(key)) == (0, "")
    assert given["issuer"] == TrustedIssuer(text)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--issuer https://i", "Name the key of the issuer as well: --issuer-key FILE."),
        ("--audience aud", "Name the key of the issuer as well: --issuer-key FILE."),
        ("--issuer-user s=ann", "Name the key of the issuer as well: --issuer-key FILE."),
        ("--issuer-key {key} --issuer-user ann", "Say --issuer-user SUBJECT=USER."),
        ("--issuer-key {key} --issuer-user =ann", "Say --issuer-user SUBJECT=USER."),
        ("--issuer-key {key} --issuer-user s=", "Say --issuer-user SUBJECT=USER."),
        ("--issuer-key {key} --issuer-user s=a --issuer-user s=b", "names a subject twice."),
        ("--issuer-key {key} --audience=", "It is empty; for the default, leave the option out."),
        ("--issuer=", "It is empty; for the default, leave the option out."),
        ("--issuer-key {key}.none", "key.pem.none cannot be read: "),
        ("--issuer-key {key}.words", "key.pem.words cannot be read: "),
        ("--max-file-size 0", "'--max-file-size'"),
    ],
)
def test_what_cannot_be_served(
    given: Mapping[str, object], key: Path, line: str, words: str
) -> None:
    key.with_name("key.pem.words").write_text("키", encoding="utf-8")
    code, err = run(*line.format(key=key).split())
    assert (code, given) == (2, {})
    assert words in err
