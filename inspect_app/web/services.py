"""What every door shares: settings, database, evidence store; and the desk of the current request.

One transaction a request: reading for GET, writing for the rest, begun at first use (so never while a body still
arrives), committed when the answer's status is below 400 (DESIGN part 7).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask, Response, current_app, g, request
from sqlalchemy.orm import Session

from inspect_app.operations.desk import Desk
from inspect_app.settings import Settings
from inspect_app.storage.engine import Database
from inspect_app.storage.evidence import EvidenceStore
from inspect_app.storage.inspections import Viewer

from .signed_in import viewer


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Services:
    settings: Settings
    database: Database
    evidence: EvidenceStore
    clock: Callable[[], datetime] = utc_now  # the only thing tests replace


def services() -> Services:
    found: Services = current_app.extensions["inspect"]
    return found


def db() -> Session:
    """The session of this request."""
    if "session" not in g:
        database = services().database
        reading = request.method in ("GET", "HEAD", "OPTIONS")
        g.session = database.reading() if reading else database.writing()
    session: Session = g.session
    return session


def desk() -> Desk:
    """The desk of the signed-in person for this request."""
    return desk_on(db(), viewer())


def desk_on(session: Session, who: Viewer) -> Desk:
    return Desk(session, who, services().clock(), services().settings.timezone)


@contextmanager
def fresh_desk(*, writing: bool) -> Iterator[Desk]:
    """A desk on a session of its own: for streams that outlive the request, and writes that a GET must make."""
    database = services().database
    with (database.writing if writing else database.reading).begin() as session:
        yield desk_on(session, viewer())


def install(app: Flask) -> None:
    @app.after_request
    def _finish(response: Response) -> Response:
        session: Session | None = g.get("session")
        if session is not None:
            if response.status_code < 400:
                session.commit()
            else:
                session.rollback()
        return response

    @app.teardown_request
    def _close(_error: BaseException | None) -> None:
        session: Session | None = g.pop("session", None)
        if session is not None:
            session.close()
