"""Drives a headless Chromium over a pipe, by the DevTools protocol: nothing but the browser is needed."""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: What the browser may be called.
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
#: Seconds that an answer may take.
PATIENCE = 60
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)


def installed() -> str | None:
    """The browser of this machine."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """A browser, until it is closed."""

    def __init__(self, executable: str, profile: Path) -> None:
        # The protocol has its descriptors: 3 to read from, 4 to write to.
        ends = [*os.pipe(), *os.pipe()]
        # These numbers may be 3 or 4 themselves, and are moved out of the way.
        pipes = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends]
        for end in ends:
            os.close(end)
        theirs_in, ours_out, ours_in, theirs_out = pipes

        def connect() -> None:
            os.dup2(theirs_in, 3)
            os.dup2(theirs_out, 4)

        self._process = subprocess.Popen(
            [executable, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=False,
            preexec_fn=connect,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._out, self._in = os.fdopen(ours_out, "wb", buffering=0), os.fdopen(ours_in, "rb", buffering=0)
        self._rest, self._number = b"", 0
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """Ask for something, and return the answer; events that come first are kept."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        self._out.write(json.dumps(message).encode() + b"\0")
        while True:
            found = self._next()
            if found.get("id") == self._number:
                assert "error" not in found, found
                result: dict[str, Any] = found["result"]
                return result
            self.events.append(found)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            assert select.select([self._in], [], [], PATIENCE)[0], "the browser does not answer"
            block = self._in.read(1 << 20)
            assert block, "the browser has ended"
            self._rest += block
        line, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        return message

    def close(self) -> None:
        """End it."""
        try:
            self.call("Browser.close")
            self._process.wait(20)
        except (AssertionError, OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        self._out.close()
        self._in.close()


class Tab:
    """A page in the browser, of some size and colour scheme."""

    def __init__(self, browser: Browser, page: Path, width: int, *, dark: bool = False) -> None:
        self._browser = browser
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 500
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.address = page.absolute().as_uri()
        self.call("Page.navigate", url=self.address)
        self.wait("document.readyState === 'complete' && [...document.images].every((each) => each.loading = 'eager')")
        self.wait("[...document.images].every((each) => each.complete)")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Ask the page for something."""
        return self._browser.call(method, self._session, **params)

    def evaluate(self, code: str) -> Any:
        """The value of an expression of JavaScript, a promise awaited."""
        found = self.call("Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def wait(self, code: str) -> None:
        """Until an expression is true, or ten seconds."""
        waiting = (
            f"(async () => {{ for (let i = 0; i < 500 && !({code}); i++) await new Promise((r) => setTimeout(r, 20)); "
            f"return Boolean({code}); }})()"
        )
        assert self.evaluate(waiting), f"still not: {code}"

    def events(self, wanted: Callable[[str], bool]) -> list[dict[str, Any]]:
        """What has happened on the page, by the name of the event."""
        self.evaluate("1")  # whatever came before is here then
        return [
            event
            for event in self._browser.events
            if event.get("sessionId") == self._session and wanted(event["method"])
        ]

    def said(self) -> list[dict[str, Any]]:
        """What is in the console, errors of the page and refusals of its policy among them."""
        return self.events(
            lambda name: name in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
        )

    def requests(self) -> set[str]:
        """Addresses that the page has asked for, but for its own and what is in it."""
        sent = self.events(lambda name: name == "Network.requestWillBeSent")
        addresses = {event["params"]["request"]["url"] for event in sent}
        return {each for each in addresses if each != self.address and not each.startswith("data:")}

    def mouse(self, kind: str, x: float, y: float, **params: Any) -> None:
        """An event of the mouse."""
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **params)

    def press(self, key: str) -> None:
        """A key."""
        text = {"text": key} if len(key) == 1 else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)
