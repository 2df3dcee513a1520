"""The teams of a campaign, for the head: who goes together, and who leads."""

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectMultipleField, StringField

from inspect_app.domain.people import Act
from inspect_app.domain.problems import Problem
from inspect_app.operations import planning, teams
from inspect_app.operations.desk import Desk
from inspect_app.storage.campaign_list import count_in_team, list_team_people
from inspect_app.storage.inspections import CampaignRow, TeamRow

from .access import open_to
from .campaigns import bp, refused
from .services import desk


class TeamScreen(FlaskForm):  # type: ignore[misc]
    name = StringField(_l("Tên đoàn"))
    people = SelectMultipleField(_l("Người trong đoàn"))
    lead = StringField(_l("Trưởng đoàn"))

    def wanted(self) -> planning.WantedTeam:
        """The leader first, and in the team even if not ticked; without one the first ticked leads."""
        ids = [int(id) for id in (self.lead.data, *(self.people.data or ())) if id and id.isdecimal()]
        return planning.WantedTeam(self.name.data or "", tuple(dict.fromkeys(ids)))


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
        return refused("campaigns/team.html", problem, "name", **context)
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
        return refused("campaigns/team.html", problem, "name", **context)
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
