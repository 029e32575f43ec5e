"""A minimal server that sends given bytes for any request."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

import pytest

Reply: TypeAlias = bytes | tuple[bytes, ...]


class Heard(list[bytes]):
    """The requests, as they came.

    Attributes:
        connections: how many connections were accepted.
    """

    connections = 0


@contextmanager
def scripted(
    *connections: bytes | Sequence[Reply], context: ssl.SSLContext | None = None
) -> Generator[tuple[str, Heard], None, None]:
    """Serve one connection after the other: each sends its replies in turn, then closes.

    Args:
        connections: for each, its replies, or the only one; pieces of one are sent a tenth of a
            second apart.
        context: for https.
    """
    server = socket.create_server(("127.0.0.1", 0))
    heard = Heard()

    def serve() -> None:
        for replies in connections:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            heard.connections += 1
            with suppress(OSError):
                if context is not None:
                    connection = context.wrap_socket(connection, server_side=True)
                for reply in [replies] if isinstance(replies, bytes) else replies:
                    heard.append(_request(connection))
                    _send(connection, [reply] if isinstance(reply, bytes) else reply)
            connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    scheme = "http" if context is None else "https"
    try:
        yield f"{scheme}://127.0.0.1:{server.getsockname()[1]}", heard
    finally:
        # Closing alone does not wake a thread that waits for a connection.
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(5)


def self_signed(folder: Path) -> tuple[str, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that nobody vouches for: its file, and a server's context."""
    certificate, key = str(folder / "certificate"), str(folder / "key")
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1"]
    files = ["-keyout", key, "-out", certificate, "-addext", "subjectAltName=IP:127.0.0.1"]
    try:
        subprocess.run([*make, *files], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs openssl")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return certificate, context


def _send(connection: socket.socket, pieces: Sequence[bytes]) -> None:
    for number, piece in enumerate(pieces):
        if number:
            time.sleep(0.1)
        connection.sendall(piece)


def _request(connection: socket.socket) -> bytes:
    """One request with its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return data
        data += piece
    length = re.search(rb"(?im)^content-length: *(\d+)", data)
    whole = data.index(b"\r\n\r\n") + 4 + (int(length[1]) if length else 0)
    while len(data) < whole and (piece := connection.recv(65536)):
        data += piece
    return data
