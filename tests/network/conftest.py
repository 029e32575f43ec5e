"""A registry over real TLS, with certificates that were made for the test."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from tests.network.serving import KEY, running
from typed_artifacts.local import Registry, create_app


@dataclass(frozen=True)
class Secure:
    """A registry that is served over TLS.

    Attributes:
        port: where.
        authority: the file of the certificate that vouches for the server's.
        issuer: what made it, and can make others.
    """

    port: int
    authority: Path
    issuer: trustme.CA

    def url(self, host: str = "registry.test") -> str:
        return f"https://{host}:{self.port}"


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    folder = tmp_path_factory.mktemp("tls")
    issuer = trustme.CA()
    made = issuer.issue_cert("registry.test", "127.0.0.1")
    pem, authority = folder / "server.pem", folder / "authority.pem"
    made.private_key_and_cert_chain_pem.write_to_path(str(pem))
    issuer.cert_pem.write_to_path(str(authority))
    options = {"ssl_certfile": str(pem), "ssl_keyfile": str(pem), "ssl_ca_certs": str(authority)}
    with Registry(folder / "registry") as registry:
        registry.register_key("local", KEY)
        with running(create_app(registry), ssl_cert_reqs=ssl.CERT_OPTIONAL, **options) as port:
            yield Secure(port, authority, issuer)
