"""The program as users meet it: real gunicorn with two processes on a free port, on stores of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60


def free_port() -> int:
    """A port nobody listens on now. Another program may take it a moment later; the start then fails loudly."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def server_env(folder: Path, database_url: str, **settings: str) -> dict[str, str]:
    """This process's environment without its own INSPECT_ settings, with those of a server that keeps to `folder`."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("INSPECT_")}
    return env | {
        "INSPECT_SECRET_KEY": "a key of tests only, long enough to be taken",
        "INSPECT_DEMO": "0",
        "INSPECT_VAR": str(folder / "var"),
        "INSPECT_DATABASE_URL": database_url,
        "INSPECT_EVIDENCE_URL": str(folder / "evidence"),
        **settings,
    }


def flask(env: Mapping[str, str], *words: str) -> str:
    """Run `flask --app wsgi <words>`; gives what it printed, raises AssertionError with its complaint."""
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *words],
        cwd=ROOT, env=dict(env), capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, f"flask {' '.join(words)} failed:\n{done.stdout}{done.stderr}"
    return done.stdout


@dataclass
class LiveServer:
    """One running gunicorn. `url` is its address without a slash at the end; `log` is what it has said so far."""

    env: dict[str, str]
    log_file: Path
    app: str = "wsgi:app"
    cwd: Path = ROOT
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def start(self) -> "LiveServer":
        """Start and wait until /healthz answers. May be called again after `kill` or `stop`: same port and stores."""
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "-c", "python:inspect_app.gunicorn", "--no-control-socket",
                 "-b", f"127.0.0.1:{self.port}", self.app],
                cwd=self.cwd, env={"INSPECT_BASE_URL": self.url, "PYTHONPATH": str(ROOT), **self.env},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._wait_for_health()
        return self

    def _wait_for_health(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"gunicorn ended at once:\n{self.log}"
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.05)
        self.kill()
        raise AssertionError(f"no answer from /healthz within {START_SECONDS} s:\n{self.log}")

    def kill(self) -> None:
        """SIGKILL to all its processes at once, as a power cut would."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """End it as an administrator would; what hangs longer than five seconds is killed."""
        self._signal(signal.SIGTERM)

    def _signal(self, sign: signal.Signals) -> None:
        if self.process is None:
            return
        try:
            # The group, not the leader: it holds the workers, and no process of anybody else.
            os.killpg(self.process.pid, sign)
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(5)
        except ProcessLookupError:
            self.process.wait(5)
        self.process = None
        self._wait_for_silence()

    def _wait_for_silence(self) -> None:
        """The leader is gone, but a dying worker may still hold the port for some milliseconds."""
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) != 0:
                    return
            time.sleep(0.01)
        raise AssertionError(f"somebody still listens on port {self.port}")
