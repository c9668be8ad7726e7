"""Servers on this machine: one that speaks S3, and one of the standard library that does what it is told."""

from __future__ import annotations

import hashlib
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

_LOGGED = re.compile(r'"(GET|HEAD|PUT|DELETE) (\S+) HTTP')


class S3:
    """A server that speaks S3, and a bucket ``photos`` in it."""

    def __init__(self, port: int, log: Path) -> None:
        self.endpoint, self._log = f"http://127.0.0.1:{port}", log

    def put(self, key: str, content: bytes) -> None:
        """Store an object."""
        self._request("PUT", key, content)

    def delete(self, key: str) -> None:
        """Remove one."""
        self._request("DELETE", key)

    def _request(self, method: str, key: str, content: bytes | None = None) -> None:
        address = f"{self.endpoint}/{quote(key)}"
        signed = "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request"
        headers = {"Authorization": signed, "Content-Type": "application/octet-stream"}
        request = urllib.request.Request(address, content, headers, method=method)  # noqa: S310
        urllib.request.urlopen(request).close()  # noqa: S310

    @contextmanager
    def counting(self) -> Iterator[Counter[str]]:
        """How often each object was asked for in the meantime, and with what: ``GET photos/a.png``; else ``LIST``."""
        counts: Counter[str] = Counter()
        start = self._log.stat().st_size
        yield counts
        for method, target in _LOGGED.findall(self._log.read_text()[start:]):
            path, _, query = target.partition("?")
            counts["LIST" if "list-type" in query else f"{method} {unquote(path[1:])}"] += 1


@contextmanager
def s3(folder: Path) -> Iterator[S3]:
    """It, until one is done with it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "requests.log"
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            server = S3(port, log)
            for _ in range(300):
                with suppress(urllib.error.URLError):
                    server.put("photos", b"")
                    break
                time.sleep(0.1)
            yield server
        finally:
            process.terminate()


@contextmanager
def ftp(folder: Path) -> Iterator[str]:
    """The URL of an FTP server of a folder, for ``user`` with the password ``t0p``, until one is done with it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = ["-i", "127.0.0.1", "-p", str(port), "-d", str(folder), "-u", "user", "-P", "t0p"]
    command = [sys.executable, "-W", "ignore", "-m", "pyftpdlib", *said]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(300):
                with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                time.sleep(0.1)
            yield f"ftp://user:t0p@127.0.0.1:{port}"
        finally:
            process.terminate()


class Web(ThreadingHTTPServer):
    """A web server of what is in ``contents``, by path.

    Attributes:
        contents: By path, without the slash at its beginning.
        answer: Called with a request before it is answered, the path and how often that was asked for; what it returns
            is the status to answer with, or the number of bytes to send before the connection drops; None for neither.
        requests: Method and path, in order.
        sent: Where each answer began and ended in its content, by path.
        ranges: Whether it sends parts of a content.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.contents: dict[str, bytes] = {}
        self.answer: Callable[[str, int], tuple[str, int] | None] = lambda path, count: None
        self.requests: list[tuple[str, str]] = []
        self.asked: Counter[tuple[str, str]] = Counter()
        self.sent: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        self.tags = self.ranges = True
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients may leave."""


class _Handler(BaseHTTPRequestHandler):
    server: Web
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        """It is in ``requests``."""

    def do_GET(self) -> None:
        path = unquote(self.path.partition("?")[0]).lstrip("/")
        self.server.requests.append((self.command, path))
        self.server.asked[self.command, path] += 1
        kind, number = self.server.answer(path, self.server.asked[self.command, path]) or ("", 0)
        content = self.server.contents.get(path)
        if kind == "status" or content is None:
            self.send_response(number if kind == "status" else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        asked = re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")) if self.server.ranges else None
        start = int(asked[1]) if asked else 0
        end = min(int(asked[2]) + 1, len(content)) if asked and asked[2] else len(content)
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(content)}")
        self.send_header("Content-Length", str(end - start))
        if self.server.tags:
            self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()[:16]}"')
        self.end_headers()
        if self.command == "HEAD":
            return
        if kind == "drop":
            self.wfile.write(content[start : start + number])
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.server.sent[path].append((start, end))
        self.wfile.write(content[start:end])

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_PROPFIND(self) -> None:
        """What a listing asks for; few web servers know it."""
        path = unquote(self.path).strip("/")
        self.server.requests.append((self.command, path))
        kind, number = self.server.answer(path, len(self.server.requests)) or ("status", 501)
        self.send_response(number if kind == "status" else 501)
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextmanager
def web() -> Iterator[Web]:
    """It, until one is done with it."""
    with Web() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
