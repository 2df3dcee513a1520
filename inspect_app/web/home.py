"""The home of one's role, and the choice of language."""

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from inspect_app.domain.people import Act

from .access import ANYONE, SIGNED_IN, open_to, safe_next
from .language import LANGUAGES
from .services import desk
from .waiting import waiting

bp = Blueprint("home", __name__)


@bp.get("/")
@open_to(SIGNED_IN)
def index() -> Response | str:
    """Who has one kind of work lands at it; who has several sees what waits in each."""
    if current_user.may(Act.PLAN) or current_user.may(Act.MANAGE_PEOPLE):
        return render_template("home.html", duties=waiting(desk()))
    for act, endpoint in (
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
