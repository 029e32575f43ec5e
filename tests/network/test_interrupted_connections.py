"""Files whose transfer is cancelled while a connection is made, or that come through SOCKS."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

import pytest

from tests.transfer.bucket import entry_of
from typed_artifacts._environment.network import Network
from typed_artifacts._transfer import (
    FixedUrls,
    ManifestEntry,
    UploadItem,
    UploadTarget,
    read_bytes,
    upload,
)
from typed_artifacts._transfer.concurrency.cancellation import Cancellation, Cancelled
from typed_artifacts._transfer.http.urllib3_source import Urllib3Source
from typed_artifacts._transfer.uploads.file_uploads import UploadReport

TUNNEL = b"HTTP/1.1 200 Connection established\r\n\r\n"
REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
HINT = b"HTTP/1.1 103 Early Hints\r\n\r\n"
LONG = 60.0  # seconds, longer than any test waits


def source_through(proxy: str | None) -> Urllib3Source:
    network = Network(timeout=LONG, proxies={"https": proxy, "http": proxy} if proxy else None)
    network.connect_seconds = LONG
    return Urllib3Source(network)


@contextmanager
def one_connection(talk: Callable[[socket.socket], None]) -> Generator[tuple[int, threading.Event]]:
    """Accept one connection, talk on it, then be silent; the port, and when it became silent."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        silent = threading.Event()
        ended = threading.Event()

        def serve() -> None:
            with suppress(OSError):
                connection, _ = server.accept()
                with connection:
                    connection.settimeout(LONG / 6)
                    talk(connection)
                    silent.set()
                    ended.wait(LONG)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1], silent
        finally:
            ended.set()
            with suppress(OSError):  # wakes a thread that waits for a connection
                server.shutdown(socket.SHUT_RDWR)
            thread.join()


def read_until(connection: socket.socket, end: bytes) -> None:
    data = b""
    while not data.endswith(end):
        if not (piece := connection.recv(65536)):
            raise ConnectionAbortedError("it hung up")
        data += piece


def say_nothing(connection: socket.socket) -> None:
    """Accept the connection, and no more."""


def hear_hello(connection: socket.socket) -> None:
    connection.recv(1)  # of a client that greets in TLS


def open_tunnel(connection: socket.socket) -> None:
    read_until(connection, b"\r\n\r\n")
    connection.sendall(TUNNEL)
    hear_hello(connection)


def keep_tunnel_closed(connection: socket.socket) -> None:
    read_until(connection, b"\r\n\r\n")


def speak_socks(connection: socket.socket) -> None:
    connection.recv(3)  # the version, and ways to sign in
    connection.sendall(b"\x05\x00")
    connection.recv(512)  # where to
    connection.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50")


def speak_socks_and_hear_hello(connection: socket.socket) -> None:
    speak_socks(connection)
    hear_hello(connection)


@pytest.mark.parametrize(
    ("proxy", "talk"),
    [
        (None, hear_hello),
        ("http://127.0.0.1:{port}", keep_tunnel_closed),
        ("http://127.0.0.1:{port}", open_tunnel),
        ("socks5h://127.0.0.1:{port}", speak_socks_and_hear_hello),
    ],
)
def test_a_handshake_without_an_end_is_cut(
    proxy: str | None, talk: Callable[[socket.socket], None]
) -> None:
    with one_connection(talk) as (port, silent):
        host = f"127.0.0.1:{port}" if proxy is None else "files.test"
        source = source_through(proxy.format(port=port) if proxy else None)
        reading = Reading(source, f"https://{host}/x")
        assert silent.wait(LONG / 6)
        reading.cancel.set()
        assert reading.was_cancelled()


def test_a_connection_that_is_made_after_the_cut_is_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = socket.getaddrinfo

    def interrupted(
        host: str, port: int, family: int = 0, kind: int = 0, protocol: int = 0, flags: int = 0
    ) -> object:
        reading.cancel.set()
        return found(host, port, family, kind, protocol, flags)

    with one_connection(say_nothing) as (port, _):
        reading = Reading(source_through(None), f"http://127.0.0.1:{port}/x", begin=False)
        monkeypatch.setattr(socket, "getaddrinfo", interrupted)
        reading.thread.start()
        assert reading.was_cancelled()


@pytest.mark.parametrize(
    "head",
    ["200 OK", "403 Forbidden", "404 Not Found", "302 Found\r\nLocation: /y", "500 Of no use"],
)
@pytest.mark.parametrize("sends", [False, True])
def test_a_body_without_an_end_is_cut_whatever_the_reply_is_worth(head: str, sends: bool) -> None:
    """What is refused is closed, and what little of it is left is read for that."""

    def begin_reply(connection: socket.socket) -> None:
        read_until(connection, b"hello" if sends else b"\r\n\r\n")
        connection.sendall(f"HTTP/1.1 {head}\r\nContent-Length: 999\r\n\r\n{{".encode())

    with one_connection(begin_reply) as (port, silent):
        url = f"http://127.0.0.1:{port}/x"
        reading = Reading(source_through(None), url, begin=False, sends=sends)
        reading.thread.start()
        assert silent.wait(LONG / 6)
        time.sleep(0.05)  # the head arrives
        reading.cancel.set()
        assert reading.was_cancelled()


class Reading:
    """A file that is read, or sent, in a thread."""

    def __init__(
        self, source: Urllib3Source, url: str, *, begin: bool = True, sends: bool = False
    ) -> None:
        self.cancel = Cancellation()
        self.result: list[object] = []
        self._source, self._url = source, url
        self.thread = threading.Thread(target=self._run, args=(sends,), daemon=True)
        if begin:
            self.thread.start()

    def _run(self, sends: bool) -> None:
        try:
            self.result.append(self._send() if sends else self._read())
        except Cancelled as error:
            self.result.append(type(error))
        except Exception as error:  # noqa: BLE001 -- what it is, the test says
            self.result.append(error)

    def _read(self) -> bytes:
        urls, entry = FixedUrls({"x": self._url}), ManifestEntry("x", "", 5)
        return read_bytes(entry, urls, source=self._source, cancel=self.cancel)

    def _send(self) -> UploadReport:
        entry = entry_of("x", b"hello")
        item = UploadItem(entry, b"hello", UploadTarget(self._url))
        return upload([item], source=self._source, cancel=self.cancel)

    def was_cancelled(self) -> bool:
        self.thread.join(LONG / 6)
        return self.result == [Cancelled]


def test_an_early_hint_comes_through_socks() -> None:
    def talk(connection: socket.socket) -> None:
        speak_socks(connection)
        for _ in range(2):
            read_until(connection, b"\r\n\r\n")
            connection.sendall(HINT + REPLY)

    with one_connection(talk) as (port, _):
        source = source_through(f"socks5h://127.0.0.1:{port}")
        for _ in range(2):  # the second on the connection of the first
            urls = FixedUrls({"x": "http://files.test/x"})
            assert read_bytes(ManifestEntry("x", "", 5), urls, source=source) == b"hello"
        source.close()
