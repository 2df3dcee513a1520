"""Every setting of the program: environment variables `INSPECT_*`, read once at start and checked at once.

A demo (INSPECT_DEMO=1) makes its own secret key and password and keeps them in var/; without it a missing key stops
the start, because a guessed key would open every session.
"""

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent


class SettingsError(SystemExit):
    """A setting is missing or wrong; the text says which and what to write."""


@dataclass(frozen=True)
class Settings:
    secret_key: str
    demo: bool
    demo_password: str | None
    database_url: str
    evidence_url: str
    scratch: Path
    base_url: str
    timezone: ZoneInfo
    smtp_url: str | None
    metrics_token: str | None
    trusted_proxies: int
    period_day: int  # KSTTHC quarters start on this day of the month before (domain/periods.py)
    minimum_visits: int  # units with fewer visits are shown but not ranked
    upload_limit: int  # bytes of one request to /inspect/
    session_days: int

    @property
    def https(self) -> bool:
        return self.base_url.startswith("https://")


def read_settings(env: Mapping[str, str] = os.environ) -> Settings:
    """Read and check all settings; raises SettingsError with a sentence a person can act on."""
    var = Path(env.get("INSPECT_VAR", ROOT / "var"))
    demo = env.get("INSPECT_DEMO", "0") == "1"
    evidence_url = env.get("INSPECT_EVIDENCE_URL", str(var / "evidence"))
    return Settings(
        secret_key=_secret_key(env, var, demo),
        demo=demo,
        demo_password=_demo_password(env, var) if demo else None,
        database_url=env.get("INSPECT_DATABASE_URL") or f"sqlite:///{_made(var) / 'inspect.sqlite'}",
        evidence_url=evidence_url,
        scratch=Path(env.get("INSPECT_SCRATCH") or _scratch(evidence_url, var)),
        base_url=env.get("INSPECT_BASE_URL", "http://127.0.0.1:8000").rstrip("/"),
        timezone=ZoneInfo(env.get("INSPECT_TIMEZONE", "Asia/Ho_Chi_Minh")),
        smtp_url=env.get("INSPECT_SMTP_URL"),
        metrics_token=env.get("INSPECT_METRICS_TOKEN"),
        trusted_proxies=_whole(env, "INSPECT_TRUSTED_PROXIES", 0),
        period_day=_whole(env, "INSPECT_PERIOD_DAY", 15),
        minimum_visits=_whole(env, "INSPECT_MINIMUM_VISITS", 3),
        upload_limit=_whole(env, "INSPECT_UPLOAD_LIMIT_MB", 1024) * 1024 * 1024,
        session_days=_whole(env, "INSPECT_SESSION_DAYS", 60),
    )


def _secret_key(env: Mapping[str, str], var: Path, demo: bool) -> str:
    key = env.get("INSPECT_SECRET_KEY", "")
    if key:
        if len(key) < 32:
            raise SettingsError("INSPECT_SECRET_KEY is too short: give at least 32 random characters.")
        return key
    if not demo:
        raise SettingsError(
            "INSPECT_SECRET_KEY is not set. Give at least 32 random characters, for example the output of\n"
            '  python3 -c "import secrets; print(secrets.token_urlsafe(48))"\n'
            "and keep it: changing it signs everybody out."
        )
    return _kept_once(var / "secret_key", lambda: secrets.token_urlsafe(48))


def _demo_password(env: Mapping[str, str], var: Path) -> str:
    given = env.get("INSPECT_DEMO_PASSWORD")
    return given or _kept_once(var / "demo_password", lambda: secrets.token_urlsafe(9))


def _kept_once(path: Path, make: Callable[[], str]) -> str:
    """The content of `path`; made by the first process that asks, the same for all that follow."""
    _made(path.parent)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    if not path.exists():
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "w") as file:
            file.write(make())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()


def _scratch(evidence_url: str, var: Path) -> Path:
    """Uploads land beside the evidence folder, so that keeping one is a rename and no copy."""
    return (var if evidence_url.startswith("s3://") else Path(evidence_url)) / "scratch"


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _whole(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, str(default))
    if not text.isdecimal():
        raise SettingsError(f"{name} must be a whole number, not {text!r}.")
    return int(text)
