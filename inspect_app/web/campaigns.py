"""Campaigns: what is planned and how far it is, for the office; planning, teams and assignments for the head.

A viewer sees and counts only what `visible_to` lets them know of: a reviewer finds no trace of a planned surprise.
"""

import uuid
from datetime import date

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import DateField, SelectMultipleField, StringField

from inspect_app.domain.inspections import KINDS, STATES
from inspect_app.domain.people import Act
from inspect_app.domain.problems import N_, NotFound, Problem
from inspect_app.domain.text import fold, search_text
from inspect_app.operations import planning, teams
from inspect_app.operations.desk import Desk
from inspect_app.storage.campaign_list import (
    count_by_state,
    count_in_team,
    inspections_of,
    list_team_people,
)
from inspect_app.storage.inspections import (
    CampaignRow,
    InspectionRow,
    TeamRow,
    get_inspection,
    list_events,
)
from inspect_app.storage.people import PersonRow

from .access import open_to
from .errors import say, say_fields
from .services import desk
from .unit_picker import capital

bp = Blueprint("campaigns", __name__)

DAY_FORMATS = ["%Y-%m-%d", "%d/%m/%Y"]
VISITED = ("submitted", "returned", "approved", "concluded")
EVENTS = {
    "planned": N_("Lập kế hoạch"), "started": N_("Bắt đầu"), "submitted": N_("Nộp phiếu"), "returned": N_("Trả lại"),
    "approved": N_("Duyệt"), "concluded": N_("Kết luận"), "cancelled": N_("Hủy"),
}  # fmt: skip


class CampaignScreen(FlaskForm):  # type: ignore[misc]
    number = StringField(_l("Số quyết định hoặc kế hoạch"))
    title = StringField(_l("Tên đợt kiểm tra"))
    starts = DateField(_l("Từ ngày"), format=DAY_FORMATS)
    ends = DateField(_l("Đến hết ngày"), format=DAY_FORMATS)

    def wanted(self) -> planning.WantedCampaign:
        return planning.WantedCampaign(
            self.number.data or "", self.title.data or "", self.starts.data, self.ends.data
        )


class TeamScreen(FlaskForm):  # type: ignore[misc]
    name = StringField(_l("Tên đoàn"))
    people = SelectMultipleField(_l("Người trong đoàn"))
    lead = StringField(_l("Trưởng đoàn"))

    def wanted(self) -> planning.WantedTeam:
        """The leader first, and in the team even if not ticked; without one the first ticked leads."""
        ids = [int(id) for id in (self.lead.data, *(self.people.data or ())) if id and id.isdecimal()]
        return planning.WantedTeam(self.name.data or "", tuple(dict.fromkeys(ids)))


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
        unit_name=_unit_name,
        address=_address,
        today=at.today,
    )


def _fits(row: InspectionRow, query: str, state: str) -> bool:
    if state and row.state != state:
        return False
    text = f"{row.unit.search_key} {search_text(row.number or '')}"
    return all(word in text for word in fold(query).split())


def _unit_name(row: InspectionRow) -> str:
    return capital(f"{row.unit.kind} {row.unit.name}")


def _address(row: InspectionRow) -> str:
    """Where an inspection is read: its review page once something was sent, else its page of the plan."""
    doors = ("review.show_inspection", "review.inspection")
    door = next((name for name in doors if name in current_app.view_functions), None)
    if row.state in VISITED and door:
        return url_for(door, inspection_id=row.id)
    return url_for("campaigns.show_inspection", campaign_id=row.campaign_id, inspection_id=row.id)


@bp.route("/campaigns/new", methods=["GET", "POST"])
@open_to(Act.PLAN)
def new_campaign() -> Response | str:
    screen = CampaignScreen()
    if request.method == "GET":
        return render_template("campaigns/form.html", screen=screen, campaign=None, faults={})
    at = desk()
    try:
        campaign = planning.create_campaign(at, screen.wanted())
    except Problem as problem:
        return _refused("campaigns/form.html", problem, "number", screen=screen, campaign=None)
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
        return _refused("campaigns/form.html", problem, "number", screen=screen, campaign=campaign)
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


@bp.route("/campaigns/<uuid:campaign_id>/teams/new", methods=["GET", "POST"])
@open_to(Act.PLAN)
def new_team(campaign_id: uuid.UUID) -> Response | str:
    at, screen = desk(), TeamScreen()
    campaign = planning.get_campaign(at.session, str(campaign_id))
    if request.method == "GET":
        screen.name.data = _("Đoàn %(number)s", number=len(campaign.teams) + 1)
        return render_template("campaigns/team.html", **_team_context(at, screen, campaign, None), faults={})
    try:
        team = planning.add_team(at, planning.open_campaign(at, campaign.id), screen.wanted())
    except Problem as problem:
        context = _team_context(at, screen, campaign, None)
        return _refused("campaigns/team.html", problem, "name", **context)
    flash(_("Đã thêm %(team)s.", team=team.name))
    return redirect(url_for("campaigns.show_campaign", campaign_id=campaign.id), 303)


@bp.route("/campaigns/<uuid:campaign_id>/teams/<int:team_id>", methods=["GET", "POST"])
@open_to(Act.PLAN)
def edit_team(campaign_id: uuid.UUID, team_id: int) -> Response | str:
    at = desk()
    campaign = planning.get_campaign(at.session, str(campaign_id))
    team = teams.get_team(campaign, team_id)
    screen = TeamScreen(data=_team_data(team))
    if request.method == "GET":
        return render_template("campaigns/team.html", **_team_context(at, screen, campaign, team), faults={})
    try:
        if request.form.get("action") == "remove":
            teams.remove_team(at, campaign.id, team_id)
            flash(_("Đã xóa đoàn."))
        else:
            teams.change_team(at, campaign.id, team_id, screen.wanted())
            flash(_("Đã lưu đoàn. Các cuộc chưa bắt đầu của đoàn đổi theo."))
    except Problem as problem:
        context = _team_context(at, screen, campaign, team)
        return _refused("campaigns/team.html", problem, "name", **context)
    return redirect(url_for("campaigns.show_campaign", campaign_id=campaign.id), 303)


def _team_data(team: TeamRow) -> dict[str, object]:
    leads = [str(member.person_id) for member in team.members if member.lead]
    return {
        "name": team.name,
        "people": [str(member.person_id) for member in team.members],
        "lead": leads[0] if leads else "",
    }


def _team_context(
    at: Desk, screen: TeamScreen, campaign: CampaignRow, team: TeamRow | None
) -> dict[str, object]:
    return {
        "screen": screen,
        "campaign": campaign,
        "team": team,
        "people": [(str(row.id), row) for row in list_team_people(at.session)],
        "ticked": set(screen.people.data or ()),
        "removable": team is not None and not count_in_team(at.session, team.id),
    }


@bp.get("/campaigns/<uuid:campaign_id>/inspections/<uuid:inspection_id>")
@open_to(Act.SEE_PLANS)
def show_inspection(campaign_id: uuid.UUID, inspection_id: uuid.UUID) -> str:
    """One inspection of the plan: who goes where and when, with what happened to it so far."""
    at = desk()
    return render_template(
        "campaigns/inspection.html", **_inspection_context(at, *_found(at, campaign_id, inspection_id))
    )


def _found(at: Desk, campaign_id: uuid.UUID, inspection_id: uuid.UUID) -> tuple[CampaignRow, InspectionRow]:
    inspection = get_inspection(at.session, at.viewer, str(inspection_id))
    if inspection.campaign_id != str(campaign_id):
        raise NotFound(N_("Không tìm thấy cuộc kiểm tra này."))
    return planning.get_campaign(at.session, str(campaign_id)), inspection


def _inspection_context(at: Desk, campaign: CampaignRow, inspection: InspectionRow) -> dict[str, object]:
    events = list_events(at.session, inspection.id)
    people = {event.person_id for event in events if event.person_id}
    return {
        "campaign": campaign,
        "inspection": inspection,
        "name": _unit_name(inspection),
        "team": next((team.name for team in campaign.teams if team.id == inspection.team_id), ""),
        "events": events,
        "who": {id: person.full_name for id in people if (person := at.session.get(PersonRow, id))},
        "event_labels": EVENTS,
        "states": STATES,
        "kinds": KINDS,
        "faults": {},
        "reason": "",
        "review": _address(inspection) if inspection.state in VISITED else "",
    }


@bp.post("/campaigns/<uuid:campaign_id>/inspections/<uuid:inspection_id>/reassign")
@open_to(Act.PLAN)
def reassign(campaign_id: uuid.UUID, inspection_id: uuid.UUID) -> Response:
    at = desk()
    campaign, inspection = _found(at, campaign_id, inspection_id)
    team_id = request.form.get("team_id", "")
    try:
        planning.reassign(at, inspection.id, int(team_id) if team_id.isdecimal() else 0)
    except Problem as problem:
        context = _inspection_context(at, campaign, inspection)
        return _refused("campaigns/inspection.html", problem, "team_id", **context)
    flash(_("Đã giao cho đoàn khác."))
    return redirect(
        url_for("campaigns.show_inspection", campaign_id=campaign.id, inspection_id=inspection.id), 303
    )


@bp.post("/campaigns/<uuid:campaign_id>/inspections/<uuid:inspection_id>/cancel")
@open_to(Act.PLAN)
def cancel(campaign_id: uuid.UUID, inspection_id: uuid.UUID) -> Response:
    at = desk()
    campaign, inspection = _found(at, campaign_id, inspection_id)
    reason = request.form.get("reason", "")
    try:
        planning.cancel(at, inspection.id, reason)
    except Problem as problem:
        context = _inspection_context(at, campaign, inspection) | {"reason": reason}
        return _refused("campaigns/inspection.html", problem, "reason", **context)
    flash(_("Đã hủy cuộc kiểm tra."))
    return redirect(url_for("campaigns.show_campaign", campaign_id=campaign.id), 303)


def _refused(template: str, problem: Problem, field: str, **context: object) -> Response:
    """The same page with its faults; what concerns no field of its own is told at `field`."""
    faults = say_fields(problem) or {field: say(problem)}
    page = render_template(template, **{**context, "faults": faults})
    return make_response(page, 422 if problem.status == 400 else problem.status)


def first_day(campaign: CampaignRow, today: date) -> date:
    """The day to offer for a new assignment: today, as far as the campaign lasts."""
    return min(max(today, campaign.starts), campaign.ends)
