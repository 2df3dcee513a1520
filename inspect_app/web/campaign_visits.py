"""One inspection of a campaign: who goes where and when, what happened to it; given to another team or cancelled."""

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspect_app.domain.inspections import KINDS, STATES
from inspect_app.domain.people import Act
from inspect_app.domain.problems import N_, NotFound, Problem
from inspect_app.operations import planning
from inspect_app.operations.desk import Desk
from inspect_app.storage.inspections import CampaignRow, InspectionRow, get_inspection, list_events
from inspect_app.storage.people import PersonRow

from .access import open_to
from .campaigns import address, bp, may_review, refused, unit_name
from .services import desk

EVENTS = {
    "planned": N_("Đã lập kế hoạch"), "started": N_("Đã bắt đầu kiểm tra"), "submitted": N_("Đã nộp phiếu"),
    "returned": N_("Đã trả lại phiếu"), "approved": N_("Đã duyệt"), "concluded": N_("Đã kết luận"),
    "cancelled": N_("Đã hủy"), "placed": N_("Đã xếp xã trên bản đồ mới"),
    "submission_placed": N_("Đã xếp phiếu vào cuộc kiểm tra"), "set_aside": N_("Đã để phiếu ra ngoài"),
}  # fmt: skip


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
        "name": unit_name(inspection),
        "team": next((team.name for team in campaign.teams if team.id == inspection.team_id), ""),
        "events": events,
        "who": {id: person.full_name for id in people if (person := at.session.get(PersonRow, id))},
        "event_labels": EVENTS,
        "states": STATES,
        "kinds": KINDS,
        "faults": {},
        "reason": "",
        "review": address(inspection) if may_review(inspection) else "",
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
        return refused("campaigns/inspection.html", problem, "team_id", **context)
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
        return refused("campaigns/inspection.html", problem, "reason", **context)
    flash(_("Đã hủy cuộc kiểm tra."))
    return redirect(url_for("campaigns.show_campaign", campaign_id=campaign.id), 303)
