"""Files of models from a hub: a server of the same paths and headers on this machine, asked by the real client."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import attrs
import pytest

from tamis import Embedder, Progress, Registry, errors
from tamis.embedding.choosing import choose
from tamis.progress import Monitor
from tamis_plugins.models import hub

constants = pytest.importorskip("huggingface_hub.constants")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")

COMMITS = {"main": "a" * 40, "v1": "b" * 40}
WEIGHTS = bytes(range(256)) * 20_000
FILES = {
    "main": {"config.json": b'{"now": 1}', "model.safetensors": WEIGHTS, "pytorch_model.bin": b"code", "x.onnx": b"x"},
    "v1": {"config.json": b'{"then": 1}', "model.safetensors": WEIGHTS[::-1]},
}


@attrs.define
class Server:
    """What was asked of it, and what it says to all that asks for weights."""

    asked: list[str] = attrs.field(factory=list)
    failing: int = 0


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A hub with one model, ``acme/small``, of two revisions."""
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            state.asked.append(f"{self.command} {self.path}")
            parts = self.path.split("?")[0].strip("/").split("/")
            if parts[:4] == ["api", "models", "acme", "small"]:
                revision = parts[5] if len(parts) > 5 else "main"
                self.describe(revision)
            elif parts[:3] == ["acme", "small", "resolve"]:
                self.file(parts[3], "/".join(parts[4:]))
            else:
                self.send(404, b"", {"X-Error-Code": "RepoNotFound"})

        def describe(self, revision: str) -> None:
            if revision not in FILES:
                return self.send(404, b"", {"X-Error-Code": "RevisionNotFound"})
            siblings = [{"rfilename": name, "size": len(content)} for name, content in FILES[revision].items()]
            body = {"id": "acme/small", "sha": COMMITS[revision], "siblings": siblings}
            return self.send(200, json.dumps(body).encode(), {"Content-Type": "application/json"})

        def file(self, revision: str, name: str) -> None:
            if state.failing and name.endswith(".safetensors"):
                return self.send(state.failing, b"", {})
            content = FILES[revision][name]
            tag = f'"{hashlib.sha256(content).hexdigest()}"'
            return self.send(200, content, {"ETag": tag, "X-Repo-Commit": COMMITS[revision]})

        def send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    at(f"http://127.0.0.1:{server.server_address[1]}", tmp_path, monkeypatch)
    yield state
    server.shutdown()
    server.server_close()


def at(endpoint: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client asks there, and keeps what it gets in a folder of the test."""
    monkeypatch.setattr(constants, "ENDPOINT", endpoint)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", endpoint + "/{repo_id}/resolve/{revision}/{filename}")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    for name in hub.OFFLINE:
        monkeypatch.delenv(name, raising=False)


def test_a_model_is_downloaded_once(server: Server) -> None:
    """Weights that are safe and what describes them, and nothing else; then nothing is asked any more."""
    folder, chosen = hub.fetched("acme/small", None)

    assert chosen == ["model.safetensors"]
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors"]
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert server.asked
    server.asked.clear()
    assert hub.fetched("acme/small", None) == (folder, chosen)
    assert server.asked == []


def test_a_revision_is_what_it_was(server: Server) -> None:
    """Each has its own files."""
    then, _ = hub.fetched("acme/small", "v1")
    now, _ = hub.fetched("acme/small", None)

    assert (then / "model.safetensors").read_bytes() == WEIGHTS[::-1]
    assert (now / "config.json").read_bytes() == b'{"now": 1}'
    with pytest.raises(errors.ParameterError, match="has no revision 'v2'"):
        hub.fetched("acme/small", "v2")


def test_a_download_that_failed_is_taken_up_again(server: Server) -> None:
    """Though part of it is there."""
    server.failing = 403
    with pytest.raises(errors.ParameterError, match=r"is not on this machine, and can't be downloaded: .*403"):
        hub.fetched("acme/small", None)
    server.failing = 0

    assert hub.fetched("acme/small", None)[1] == ["model.safetensors"]


@pytest.mark.parametrize("variable", hub.OFFLINE)
def test_nothing_is_asked_where_it_is_forbidden(server: Server, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By any of the variables; what is here is found all the same, and named if it is near."""
    folder, _ = hub.fetched("acme/small", None)
    server.asked.clear()
    monkeypatch.setenv(variable, "1")

    assert hub.fetched("acme/small", None)[0] == folder
    with pytest.raises(errors.ParameterError, match=f"{variable} says not to .*. Did you mean 'acme/small'?"):
        hub.fetched("acme/smal", None)
    assert server.asked == []


def test_an_unknown_model_is_named(server: Server) -> None:
    """Whether or not its name could be one."""
    with pytest.raises(errors.ParameterError, match="there is no model 'acme/large' on the hub"):
        hub.fetched("acme/large", None)
    with pytest.raises(errors.ParameterError, match="'a/b/c' is no name of a model"):
        hub.fetched("a/b/c", None)


def test_a_hub_that_is_not_reached_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the model."""
    at("http://127.0.0.1:9", tmp_path, monkeypatch)
    with pytest.raises(errors.ParameterError, match="'acme/small' is not on this machine, and can't be downloaded"):
        hub.fetched("acme/small", None)


def embedder() -> Embedder:
    """One that downloads the model as it prepares."""

    def embed(images: Any) -> Any:
        raise NotImplementedError

    return Embedder("acme", embed, dim=1, version="1", prepare=lambda params: hub.fetched("acme/small", None))


def test_whoever_runs_it_is_told_how_far_a_download_is(server: Server, capfd: pytest.CaptureFixture[str]) -> None:
    """In megabytes, up to all of it; and nothing is printed."""
    registry, seen = Registry(autoload=False), list[Progress]()
    registry.register(embedder())
    choose("acme", registry, Monitor(seen.append))

    assert {each.stage for each in seen} == {"downloading"}
    assert (seen[-1].done, seen[-1].total) == (5, 6)
    assert [each.done for each in seen] == sorted(each.done for each in seen)
    assert capfd.readouterr() == ("", "")


def test_a_download_is_cancelled(server: Server) -> None:
    """It is no failure of the embedder."""
    registry, cancel = Registry(autoload=False), threading.Event()
    registry.register(embedder())
    cancel.set()
    with pytest.raises(errors.Cancelled):
        choose("acme", registry, Monitor(None, cancel))
