"""For whom a page was made, told by its own CSRF token even when the session it was made in has ended.

Such a token never lets anything be done. It only proves that we drew this page for this person, so that what was typed
on it may be kept for them; nobody else can have one.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from flask import Response, current_app, request
from itsdangerous import BadData, URLSafeSerializer, URLSafeTimedSerializer

OPENED = "trang"  # the cookie of a browser in which a checklist was opened; names its session, signed
OPENED_FOR = 400 * 86400  # seconds: longer than any session, since it is asked for when a session has ended


@dataclass(frozen=True)
class PageAuthor:
    person_id: int
    made_at: datetime  # when the page was drawn, to the second


def new_csrf_secret(person_id: int) -> str:
    """What a session's CSRF tokens sign: random, and naming the person of the session."""
    return f"{person_id}:{secrets.token_urlsafe(24)}"


def find_page_author(token: str | None) -> PageAuthor | None:
    """The author of a posted CSRF token, of this or an ended session; None if it is not ours or was nobody's."""
    signer = URLSafeTimedSerializer(str(current_app.secret_key), salt="wtf-csrf-token")  # as flask_wtf signs
    try:
        text, made_at = signer.loads(token or "", return_timestamp=True)
    except BadData:
        return None
    person_id = _person_in(text)
    return PageAuthor(person_id, made_at) if person_id is not None else None


def _person_in(text: object) -> int | None:
    number, colon, _ = str(text).partition(":")
    return int(number) if colon and number.isdecimal() else None


def names_a_person(secret: object) -> bool:
    return _person_in(secret) is not None


def note_opened(response: Response, session_token: str) -> None:
    """Let this browser's large posts be read later, should its session have ended by then."""
    if find_opened() != session_token:
        response.set_cookie(
            OPENED, _opener().dumps(session_token), max_age=OPENED_FOR, path="/inspect", httponly=True,
            samesite="Strict", secure=current_app.config["SESSION_COOKIE_SECURE"],
        )  # fmt: skip


def find_opened() -> str | None:
    """The session in which a checklist was opened in this browser last; None for a stranger's."""
    try:
        return str(_opener().loads(request.cookies.get(OPENED, "")))
    except BadData:
        return None


def _opener() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="opened-checklist")
