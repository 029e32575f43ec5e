"""The trusted certificates for https connections."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from .paths import user_path

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
        InvalidInput: it names a home that is nobody's here.
    """
    import ssl

    if not verify:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    file, folder = _named()
    folders = [] if folder is None else folder.split(os.pathsep)
    for path in (file, *folders):
        if path is not None:
            Path(path).stat()  # a missing folder would be accepted, and no certificate trusted
    if file or folder:
        return ssl.create_default_context(cafile=file, capath=folder)
    context = ssl.create_default_context()
    if not context.cert_store_stats()["x509_ca"]:
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def _named() -> tuple[str | None, str | None]:
    """The file and the folder of certificates that the environment names."""
    file, folders = _path("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR") or None
    if folders is not None:
        named = (folder for folder in folders.split(os.pathsep) if folder)  # as OpenSSL does
        each = (user_path(folder, "SSL_CERT_DIR") for folder in named)
        folders = os.pathsep.join(str(folder) for folder in each)
    if file or folders:
        return file, folders
    bundle = _path("REQUESTS_CA_BUNDLE") or _path("CURL_CA_BUNDLE")
    if bundle is not None and os.path.isdir(bundle):  # noqa: PTH112 -- Path's may raise
        return None, bundle
    return bundle, None


def _path(name: str) -> str | None:
    """The path that a variable names."""
    given = os.environ.get(name)
    return str(user_path(given, name)) if given else None
