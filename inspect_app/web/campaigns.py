"""Campaigns: what is planned and how far it is, for the office; written, closed and reopened by the head.

A viewer sees and counts only what `visible_to` lets them know of: a reviewer finds no trace of a planned surprise.
"""

import uuid
from datetime import date

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import DateField, HiddenField, StringField

from inspect_app.domain.inspections import KINDS, STATES
from inspect_app.domain.people import Act
from inspect_app.domain.problems import Problem
from inspect_app.domain.text import capital, fold, search_text
from inspect_app.operations import planning
from inspect_app.storage.base import new_id
from inspect_app.storage.campaign_list import count_by_state, inspections_of
from inspect_app.storage.inspections import CampaignRow, InspectionRow

from .access import open_to
from .errors import say, say_fields
from .page_ids import read_id
from .services import desk

bp = Blueprint("campaigns", __name__)

DAY_FORMATS = ["%Y-%m-%d", "%d/%m/%Y"]
VISITED = ("submitted", "returned", "approved", "concluded")


class CampaignScreen(FlaskForm):  # type: ignore[misc]
    page_id = HiddenField(default=new_id)
    number = StringField(_l("Số quyết định hoặc kế hoạch"))
    title = StringField(_l("Tên đợt kiểm tra"))
    starts = DateField(_l("Từ ngày"), format=DAY_FORMATS)
    ends = DateField(_l("Đến hết ngày"), format=DAY_FORMATS)

    def wanted(self) -> planning.WantedCampaign:
        return planning.WantedCampaign(
            self.number.data or "", self.title.data or "", self.starts.data, self.ends.data
        )


@bp.get("/campaigns")
@open_to(Act.SEE_PLANS)
def list_campaigns() -> str:
    at = desk()
    rows = planning.list_campaigns(at.session)
    counts = count_by_state(at.session, at.viewer, [row.id for row in rows])
    return render_template(
        "campaigns/list.html", rows=[(row, *_progress(counts[row.id])) for row in rows], today=at.today
    )


def _progress(counts: dict[str, int]) -> tuple[int, int]:
    """(visited, all that were not cancelled)"""
    return sum(counts.get(state, 0) for state in VISITED), sum(counts.values()) - counts.get("cancelled", 0)


@bp.get("/campaigns/<uuid:campaign_id>")
@open_to(Act.SEE_PLANS)
def show_campaign(campaign_id: uuid.UUID) -> str:
    at = desk()
    campaign = planning.get_campaign(at.session, str(campaign_id))
    counts = count_by_state(at.session, at.viewer, [campaign.id])[campaign.id]
    visited, total = _progress(counts)
    query, state = request.args.get("q", "").strip(), request.args.get("state", "")
    rows = [row for row in inspections_of(at.session, at.viewer, campaign.id) if _fits(row, query, state)]
    return render_template(
        "campaigns/detail.html",
        campaign=campaign,
        counts=counts,
        visited=visited,
        total=total,
        rows=rows,
        query=query,
        state=state,
        teams={team.id: team.name for team in campaign.teams},
        states=STATES,
        kinds=KINDS,
        unit_name=unit_name,
        address=address,
        today=at.today,
    )


def _fits(row: InspectionRow, query: str, state: str) -> bool:
    if state and row.state != state:
        return False
    text = f"{row.unit.search_key} {search_text(row.number or '')}"
    return all(word in text for word in fold(query).split())


def unit_name(row: InspectionRow) -> str:
    return capital(f"{row.unit.kind} {row.unit.name}")


def may_review(row: InspectionRow) -> bool:
    """Whether there is something to review, and the reader reviews: leaders only read plans."""
    return row.state in VISITED and bool(current_user.may(Act.REVIEW))


def address(row: InspectionRow) -> str:
    """Where the reader may see an inspection: its review page once something was sent, else its page of the plan."""
    if may_review(row):
        return url_for("review.inspection", inspection_id=row.id)
    return url_for("campaigns.show_inspection", campaign_id=row.campaign_id, inspection_id=row.id)


@bp.route("/campaigns/new", methods=["GET", "POST"])
@open_to(Act.PLAN)
def new_campaign() -> Response | str:
    screen = CampaignScreen()
    if request.method == "GET":
        return render_template("campaigns/form.html", screen=screen, campaign=None, faults={})
    at = desk()
    try:
        campaign = planning.create_campaign(at, screen.wanted(), read_id(screen.page_id.data) or None)
    except Problem as problem:
        return refused("campaigns/form.html", problem, "number", screen=screen, campaign=None)
    flash(_("Đã lập đợt kiểm tra. Tiếp theo: thêm đoàn, rồi giao kiểm tra."))
    return redirect(url_for("campaigns.show_campaign", campaign_id=campaign.id), 303)


@bp.route("/campaigns/<uuid:campaign_id>/edit", methods=["GET", "POST"])
@open_to(Act.PLAN)
def edit_campaign(campaign_id: uuid.UUID) -> Response | str:
    at = desk()
    campaign = planning.get_campaign(at.session, str(campaign_id))
    screen = CampaignScreen(obj=campaign)
    if request.method == "GET":
        return render_template("campaigns/form.html", screen=screen, campaign=campaign, faults={})
    try:
        planning.change_campaign(at, campaign.id, screen.wanted())
    except Problem as problem:
        return refused("campaigns/form.html", problem, "number", screen=screen, campaign=campaign)
    flash(_("Đã lưu đợt kiểm tra."))
    return redirect(url_for("campaigns.show_campaign", campaign_id=campaign.id), 303)


@bp.post("/campaigns/<uuid:campaign_id>/close")
@open_to(Act.PLAN)
def close_campaign(campaign_id: uuid.UUID) -> Response:
    planning.close_campaign(desk(), str(campaign_id))
    flash(_("Đã đóng đợt kiểm tra. Phiếu nộp từ nay được giữ lại chờ người xử lý."))
    return redirect(url_for("campaigns.show_campaign", campaign_id=campaign_id), 303)


@bp.post("/campaigns/<uuid:campaign_id>/reopen")
@open_to(Act.PLAN)
def reopen_campaign(campaign_id: uuid.UUID) -> Response:
    planning.reopen_campaign(desk(), str(campaign_id))
    flash(_("Đã mở lại đợt kiểm tra."))
    return redirect(url_for("campaigns.show_campaign", campaign_id=campaign_id), 303)


def refused(template: str, problem: Problem, field: str, **context: object) -> Response:
    """The same page with its faults; what concerns no field of its own is told at `field`."""
    faults = say_fields(problem) or {field: say(problem)}
    page = render_template(template, **{**context, "faults": faults})
    return make_response(page, 422 if problem.status == 400 else problem.status)


def first_day(campaign: CampaignRow, today: date) -> date:
    """The day to offer for a new assignment: today, as far as the campaign lasts."""
    return min(max(today, campaign.starts), campaign.ends)
