"""A real WebKit to test in: Debian's WebKitWebDriver and MiniBrowser on a screen of their own, spoken to by WebDriver.

The engine of every browser on an iPhone. Its profile lives as long as the session (an automated WebKitGTK keeps nothing
on disk), so what needs a restart of the browser is proven in Chromium. Protocol: w3.org/TR/webdriver2.
"""

import base64
import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from tests.servers import free_port

MINI_BROWSERS = "*/webkit2gtk-4.*/MiniBrowser"
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
PATIENCE = 40.0
# What a failed wait tells of the page.
STANDING = """
const locks = await navigator.locks?.query();
const { readyState, body, documentElement: { dataset } } = document;
const resources = performance.getEntriesByType("resource").map(({ name, duration }) => [name.replace(/.*\\//, ""), Math.round(duration)]);
const notes = { url: location.href, readyState, dataset: { ...dataset }, locks, worker: navigator.serviceWorker?.controller?.state };
return JSON.stringify({ ...notes, resources, text: body?.innerText.slice(0, 400) });
"""

T = TypeVar("T")


class WebDriverFault(AssertionError):
    """What the driver says went wrong."""


class WebKit:
    """One session: `go`, `run` a script, `open_window`, ..."""

    def __init__(self, driver: str) -> None:
        self._driver = driver
        options = {"binary": mini_browser(), "args": ["--automation"]}
        wanted = {"webkitgtk:browserOptions": options, "timeouts": {"script": int(PATIENCE * 1000)}}
        made = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._session = f"/session/{made['sessionId']}"
        self._tell("/window/rect", width=390, height=844)

    def go(self, url: str) -> None:
        self._tell("/url", url=url)

    def reload(self) -> None:
        self._tell("/refresh")

    @property
    def url(self) -> str:
        return str(self._ask("GET", f"{self._session}/url"))

    def run(self, script: str, *given: Any) -> Any:
        """The value of an async function body; a script that throws fails the test."""
        wrapped = (
            "const done = arguments[arguments.length - 1]; const given = [...arguments].slice(0, -1);"
            f"(async () => {{ {script} }})().then((value) => done({{ value }}), (fault) => done({{ fault: String(fault) }}));"
        )
        answer = self._tell("/execute/async", script=wrapped, args=list(given))
        if "fault" in answer:
            raise WebDriverFault(answer["fault"])
        return answer.get("value")

    def wait_for(self, script: str, *given: Any, seconds: float = PATIENCE) -> Any:
        """Run it until it gives something true."""
        try:
            return until(lambda: self.run(script, *given), f"in WebKit: {script}", seconds)
        except AssertionError as fault:
            raise AssertionError(f"{fault}\nat {self.run(STANDING)}") from None

    def click(self, selector: str) -> None:
        # By script: the driver scrolls once, and what is drawn only in sight (content-visibility) then moves away.
        self.run("document.querySelector(given[0]).click()", selector)

    def type(self, selector: str, text: str) -> None:
        found = self._tell("/element", using="css selector", value=selector)
        self._tell(f"/element/{found[ELEMENT]}/value", text=text)

    def text(self, selector: str) -> str:
        return str(self.run("return document.querySelector(given[0])?.innerText ?? ''", selector))

    def open_window(self) -> str:
        """Another tab, which is from now on the one spoken to; gives the handle of the one before."""
        before = str(self._ask("GET", f"{self._session}/window"))
        self.switch(self._tell("/window/new", type="tab")["handle"])
        return before

    def switch(self, handle: str) -> None:
        self._tell("/window", handle=handle)

    def close_window(self) -> None:
        """Close this one; another becomes the one spoken to."""
        (first, *_) = self._ask("DELETE", f"{self._session}/window")
        self.switch(first)

    def picture(self, file: Path) -> None:
        file.write_bytes(base64.b64decode(self._ask("GET", f"{self._session}/screenshot")))

    def end(self) -> None:
        self._ask("DELETE", self._session)

    def _tell(self, path: str, **body: Any) -> Any:
        return self._ask("POST", self._session + path, body)

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self._driver + path, data, {"Content-Type": "application/json"}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=4 * PATIENCE) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as fault:
            said = json.load(fault)["value"]
            raise WebDriverFault(f"{method} {path}: {said['error']}: {said['message']}") from None


def until(look: Callable[[], T], what: str, seconds: float = PATIENCE) -> T:
    """What `look` gives as soon as it is true."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.1)
    return found


def mini_browser() -> str:
    found = sorted(Path("/usr/lib").glob(MINI_BROWSERS))
    assert found, "no WebKit on this machine: apt-get install webkit2gtk-driver xvfb"
    return str(found[-1])


@contextmanager
def running_webkit(folder: Path) -> Iterator[WebKit]:
    """A browser on a screen of its own; its log is in `folder`."""
    driver = shutil.which("WebKitWebDriver")
    assert driver, "no WebKitWebDriver on this machine: apt-get install webkit2gtk-driver xvfb"
    port = free_port()
    with (folder / "webkit.log").open("ab") as log, _screen(log) as display:
        env = os.environ | {
            "DISPLAY": display,
            "XDG_DATA_HOME": str(folder),
            "NO_AT_BRIDGE": "1",
            "GDK_BACKEND": "x11",
        }
        command = [driver, "--host=127.0.0.1", f"--port={port}"]
        process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            browser = until(lambda: _session(f"http://127.0.0.1:{port}"), "WebKitWebDriver answers")
            yield browser
            browser.end()
        finally:
            process.terminate()
            process.wait(10)


def _session(driver: str) -> WebKit | None:
    try:
        return WebKit(driver)
    except urllib.error.URLError:
        return None


@contextmanager
def _screen(log: Any) -> Iterator[str]:
    """An X server without a monitor; it chooses a free number itself."""
    server = shutil.which("Xvfb")
    assert server, "no Xvfb on this machine: apt-get install xvfb"
    read, write = os.pipe()
    command = [server, "-displayfd", str(write), "-screen", "0", "800x900x24", "-nolisten", "tcp"]
    process = subprocess.Popen(command, pass_fds=[write], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    os.close(write)
    try:
        with os.fdopen(read) as told:
            yield f":{told.readline().strip()}"
    finally:
        process.terminate()
        process.wait(10)
