"""What was typed on a page, carried through signing in inside the pages themselves: nothing of it is stored.

Sealed by us, so that it is surely what a person typed on a page we drew for them; offered to that person only, who sees
it and sends it with a button of their own.
"""

from dataclasses import dataclass

from flask import current_app, g, make_response, render_template, request
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response

CARRIED_FOR = 86400  # seconds
LARGEST = 256 * 1024  # bytes of a post that is carried; no office form comes near
ENVELOPE = ("csrf_token",)


@dataclass(frozen=True)
class Carried:
    author: int
    address: str
    fields: list[tuple[str, str]]


def of_request(author: int) -> Carried | None:
    """The post at hand; None if it holds files, which cannot be carried."""
    if any(file.filename for file in request.files.values()):
        return None
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in ENVELOPE]
    return Carried(author, request.full_path.rstrip("?"), fields)


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
    return make_response(render_template("sign_in/carried.html", carried=carried), status)


def _sealer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="carried-form")
