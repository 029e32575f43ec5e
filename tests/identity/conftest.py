"""An issuer, a server that trusts it, and an identity token in a file of the environment."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.identity.signing import AUDIENCE, ISSUER, Issuer, Watched
from tests.reliability.matrix import serving
from typed_artifacts.local import Registry, TrustedIssuer, open_local


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture(scope="session")
def trusted(issuer: Issuer) -> TrustedIssuer:
    return TrustedIssuer(issuer.public_key, issuer=ISSUER, audience=AUDIENCE)


@pytest.fixture
def watched(trusted: TrustedIssuer) -> Iterator[Watched]:
    with open_local(issuer=trusted) as server:
        yield Watched(server)


@pytest.fixture
def identity(issuer: Issuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file with alice's identity token, named in the environment."""
    path = tmp_path / "identity"
    path.write_text(f"\n {issuer.token()}\n")
    monkeypatch.setenv("WANDB_IDENTITY_TOKEN_FILE", str(path))
    return path


@pytest.fixture
def served_registry(trusted: TrustedIssuer) -> Iterator[tuple[Registry, str]]:
    """A registry that trusts the issuer, and its address over HTTP."""
    with Registry(issuer=trusted) as registry, serving(registry) as (host, port):
        yield registry, f"http://{host}:{port}"


@pytest.fixture
def served_url(served_registry: tuple[Registry, str]) -> str:
    return served_registry[1]
