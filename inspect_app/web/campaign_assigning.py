"""Giving inspections of a campaign to a team: which units, when, how, with which checklist. Works without JavaScript."""

import uuid
from datetime import date

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import DateField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice

from inspect_app.domain.inspections import KINDS
from inspect_app.domain.people import Act
from inspect_app.domain.problems import Problem
from inspect_app.domain.text import fold
from inspect_app.operations import planning
from inspect_app.operations.desk import Desk
from inspect_app.storage.campaign_list import inspections_of, last_visits
from inspect_app.storage.checklists import list_versions
from inspect_app.storage.inspections import CampaignRow

from .access import open_to
from .campaigns import DAY_FORMATS, bp, first_day
from .errors import say, say_fields
from .language import term
from .services import desk
from .unit_picker import Group, office_groups

LEVELS = {"district": _l("cấp huyện"), "commune": _l("cấp xã")}


class AssignScreen(FlaskForm):  # type: ignore[misc]
    team_id = SelectField(_l("Đoàn"))
    kind = RadioField(_l("Hình thức"))
    checklist_key = SelectField(_l("Biểu mẫu"))
    day = DateField(_l("Ngày kiểm tra"), format=DAY_FORMATS)
    find = StringField(_l("Tìm đơn vị, không cần dấu"))
    units = SelectMultipleField(_l("Đơn vị"))

    def wanted(self) -> planning.Assignment:
        return planning.Assignment(
            team_id=int(self.team_id.data) if (self.team_id.data or "").isdecimal() else 0,
            kind=self.kind.data or "",
            checklist_key=self.checklist_key.data or "",
            day=self.day.data,
            unit_codes=tuple(self.units.data or ()),
        )


@bp.route("/campaigns/<uuid:campaign_id>/assign", methods=["GET", "POST"])
@open_to(Act.PLAN)
def assign(campaign_id: uuid.UUID) -> Response | str:
    at = desk()
    campaign = planning.get_campaign(at.session, str(campaign_id))
    screen = AssignScreen(data={"day": first_day(campaign, at.today)})
    if request.method == "GET" or request.form.get("action") == "find":
        return render_template("campaigns/assign.html", **_context(at, screen, campaign), faults={})
    try:
        rows = planning.assign(at, campaign.id, screen.wanted())
    except Problem as problem:
        faults = say_fields(problem) or {"units": say(problem)}
        if problem.params:  # the sentence names the unit, the field's own does not
            faults = dict.fromkeys(faults, say(problem))
        page = render_template("campaigns/assign.html", **_context(at, screen, campaign), faults=faults)
        return make_response(page, 422 if problem.status == 400 else problem.status)
    flash(_("Đã giao %(count)s cuộc kiểm tra.", count=len(rows)))
    return redirect(url_for("campaigns.show_campaign", campaign_id=campaign.id), 303)


def _context(at: Desk, screen: AssignScreen, campaign: CampaignRow) -> dict[str, object]:
    day = screen.day.data or first_day(campaign, at.today)
    chosen = [code for code in screen.units.data or () if at.gazetteer.on(code, day)]
    groups = office_groups(at.gazetteer, day, chosen)
    query = (screen.find.data or "").strip()
    teams = [(str(team.id), team.name) for team in campaign.teams]
    screen.team_id.choices = _choices([("", _("Chọn đoàn")), *teams])
    screen.kind.choices = _choices([(key, term(label)) for key, label in KINDS.items()])
    screen.checklist_key.choices = _choices([("", _("Chọn biểu mẫu")), *_checklists(at)])
    return {
        "screen": screen,
        "campaign": campaign,
        "groups": _narrowed(groups, query),
        "total": sum(len(group.choices) for group in groups),
        "query": query,
        "chosen": len(chosen),
        "known": _known(at, campaign),
        "visits": _visits(at, day),
        "day": day,
    }


def _choices(pairs: list[tuple[str, str]]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in pairs]


def _narrowed(groups: list[Group], query: str) -> list[Group]:
    """Only the units that fit, and those chosen already, so that a search never loses a tick."""
    words = fold(query)
    if not words:
        return groups
    kept = [
        Group(
            group.label,
            tuple(c for c in group.choices if c.checked or f" {words}" in f" {c.search}"),
        )
        for group in groups
    ]
    return [group for group in kept if group.choices]


def _checklists(at: Desk) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for row in list_versions(at.session):
        levels = ", ".join(str(LEVELS[level]) for level in row.levels.split())
        kinds = ", ".join(term(KINDS[kind]).lower() for kind in row.kinds.split())
        found.setdefault(row.checklist.key, f"{row.title} ({levels}; {kinds})")
    return list(found.items())


def _known(at: Desk, campaign: CampaignRow) -> dict[str, date]:
    """Codes of units that this campaign visits already, with the day."""
    rows = inspections_of(at.session, at.viewer, campaign.id)
    return {row.unit.code: row.day for row in rows if row.state != "cancelled"}


def _visits(at: Desk, day: date) -> dict[str, date]:
    """Codes of offices with the day of their last visit, so that none is visited twice for want of knowing."""
    offices = {unit.id: unit.code for unit in at.gazetteer.offices(day)}
    return {offices[id]: last for id, last in last_visits(at.session, at.viewer, offices).items()}
