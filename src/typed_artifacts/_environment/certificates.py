"""Whom to trust: the certificates that an https connection is checked against."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl


def tls_context(*, verify: bool = True) -> ssl.SSLContext:
    """A context for connections to servers.

    ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` name the certificates to trust; without them it is the
    system's, and where the system has none, certifi's.

    Args:
        verify: whether certificates are checked at all.

    Raises:
        OSError: the certificates that the environment names cannot be read.
    """
    import ssl

    file, folder = (os.environ.get(f"SSL_CERT_{kind}") or None for kind in ("FILE", "DIR"))
    if not verify:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif file or folder:
        context = ssl.create_default_context(cafile=file, capath=folder)
    else:
        context = ssl.create_default_context()
        if not context.cert_store_stats()["x509_ca"]:
            import certifi

            context.load_verify_locations(certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    return context
