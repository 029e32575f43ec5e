"""A TCP proxy that cuts connections in the middle."""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import Event, Thread


class Proxy:
    """Passes bytes on to a port of this machine; each item of `cuts` ends one connection.

    Attributes:
        cuts: after how many bytes of answers a connection is cut; taken one after the other by
            connections that get that far.
        stop_at: after how many bytes of requests on one connection `stopped` is set and nothing
            is passed on any more.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self.cuts: list[int] = []
        self.cut = 0
        self.stop_at: int | None = None
        self.stopped = Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._closing = Event()
        Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        self._closing.set()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while not self._closing.is_set():
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                for work in (self._forward, self._back):
                    Thread(target=work, args=(client, server), daemon=True).start()

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        passed = 0
        with suppress(OSError):
            while data := client.recv(1 << 16):
                passed += len(data)
                if self.stop_at is not None and passed > self.stop_at:
                    self.stopped.set()
                    self._closing.wait(60)
                    break
                server.sendall(data)
        _end(client, server)

    def _back(self, client: socket.socket, server: socket.socket) -> None:
        passed = 0
        with suppress(OSError):
            while data := server.recv(1 << 16):
                passed += len(data)
                if self.cuts and passed > self.cuts[0]:
                    self.cuts.pop(0)
                    self.cut += 1
                    break
                client.sendall(data)
        _end(client, server)


def _end(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
