"""What was typed on a page, carried through signing in inside the pages themselves: nothing of it is stored.

Sealed by us, so that it is surely what a person typed on a page we drew for them; offered to that person only, who sees
it and sends it with a button of their own.
"""

import re
from dataclasses import dataclass

from flask import current_app, g, make_response, render_template, request
from flask_wtf.csrf import validate_csrf
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response
from wtforms import ValidationError

CARRIED_FOR = 86400  # seconds
LARGEST = 256 * 1024  # bytes of a post that is carried; no office form comes near
NOBODY = 0
_CODE = re.compile(r"[a-z0-9_.:-]*")


@dataclass(frozen=True)
class Carried:
    author: int
    address: str
    fields: list[tuple[str, str]]
    files: bool = False  # whether files came with them, which cannot be carried

    @property
    def words(self) -> list[str]:
        """What a person wrote, without ids and values of choices."""
        return [value for _, value in self.fields if not _CODE.fullmatch(value.strip())]


def is_of_passwords() -> bool:
    """Whether the post at hand is of a page where passwords are typed. Nothing of those is ever given back."""
    return request.blueprint == "sign_in"


def of_request(author: int) -> Carried:
    """The post at hand. A checklist is carried as a draft: it may not be sent without the photos chosen with it."""
    checklist = request.endpoint == "inspect.checklist"
    fields = [
        (name, "save" if checklist and name == "action" else value)
        for name, value in request.form.items(multi=True)
        if name != "csrf_token"
    ]
    files = any(file.filename for file in request.files.values())
    return Carried(author, request.full_path.rstrip("?"), fields, files)


def of_failed_request() -> Carried | None:
    """What an error page gives back: of a post from our own page in this very session, and never a password."""
    if request.method != "POST" or is_of_passwords():
        return None
    try:
        validate_csrf(request.form.get("csrf_token"))
        return of_request(NOBODY)
    except (ValidationError, HTTPException):  # not our page, or a body that cannot be read
        return None


def seal(carried: Carried) -> str:
    return str(_sealer().dumps([carried.author, carried.address, carried.fields]))


def unseal(text: str | None) -> Carried | None:
    try:
        author, address, fields = _sealer().loads(text or "", max_age=CARRIED_FOR)
    except BadData:
        return None
    return Carried(author, address, [(name, value) for name, value in fields])


def offer(carried: Carried, status: int = 200) -> Response:
    """The page on which its author sees what was typed and sends it on."""
    g.pop("csrf_token", None)  # made for the session before signing in
    return make_response(render_template("sign_in/carried.html", typed=carried), status)


def _sealer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="carried-form")
