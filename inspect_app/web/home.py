"""The home of one's role, and the choice of language."""

from flask import Blueprint, redirect, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from inspect_app.domain.people import Act

from .access import ANYONE, SIGNED_IN, open_to, safe_next
from .language import LANGUAGES

bp = Blueprint("home", __name__)


@bp.get("/")
@open_to(SIGNED_IN)
def index() -> Response:
    """Each role lands where its work is."""
    for act, endpoint in (
        (Act.MANAGE_PEOPLE, "people.list_people"),
        (Act.REVIEW, "review.queue"),
        (Act.INSPECT, "inspect.list_work"),
        (Act.SEE_SECRET, "totals.page"),
    ):
        if current_user.may(act):
            return redirect(url_for(endpoint))
    return redirect(url_for("findings.list_findings"))


@bp.post("/language")
@open_to(ANYONE)
def language() -> Response:
    wanted = request.form.get("language", "vi")
    session["language"] = wanted if wanted in LANGUAGES else "vi"
    return redirect(safe_next(request.form.get("next")))
