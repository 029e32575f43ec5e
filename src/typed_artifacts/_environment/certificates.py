"""Whom to trust: the certificates that an https connection is checked against."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl


def tls_context(*, verify: bool = True) -> ssl.SSLContext:
    """A context for connections to servers.

    ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` name the certificates to trust; without them
    ``REQUESTS_CA_BUNDLE``, then ``CURL_CA_BUNDLE`` (a file or a folder); without those it is the
    system's, and where the system has none, certifi's.

    Args:
        verify: whether certificates are checked at all.

    Raises:
        OSError: the certificates that the environment names cannot be read.
    """
    import ssl

    if not verify:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    file, folder = _named()
    for path in (file, folder):
        if path is not None:
            Path(path).stat()  # a folder that is not there would be accepted, and nobody trusted
    if file or folder:
        return ssl.create_default_context(cafile=file, capath=folder)
    context = ssl.create_default_context()
    if not context.cert_store_stats()["x509_ca"]:
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def _named() -> tuple[str | None, str | None]:
    """The file and the folder of certificates that the environment names."""
    file, folder = (os.environ.get(f"SSL_CERT_{kind}") or None for kind in ("FILE", "DIR"))
    if file or folder:
        return file, folder
    bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or None
    if bundle is not None and os.path.isdir(bundle):  # noqa: PTH112 -- Path's may raise
        return None, bundle
    return bundle, None
