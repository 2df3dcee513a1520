"""Acts of the head on the teams of a campaign after it was planned: other people, another name, or no team any more."""

from sqlalchemy import select

from inspect_app.domain.people import Act
from inspect_app.domain.problems import N_, Conflict, NotFound
from inspect_app.domain.text import nfc
from inspect_app.storage.campaign_list import count_in_team
from inspect_app.storage.inspections import CampaignRow, InspectionRow, TeamMemberRow, TeamRow

from .desk import Desk
from .planning import WantedTeam, give_to, open_campaign, team_people


def get_team(campaign: CampaignRow, team_id: int) -> TeamRow:
    team = next((team for team in campaign.teams if team.id == team_id), None)
    if team is None:
        raise NotFound(N_("Không tìm thấy đoàn kiểm tra này."))
    return team


def change_team(desk: Desk, campaign_id: str, team_id: int, wanted: WantedTeam) -> TeamRow:
    """Other people or another name. What the team has not started yet goes with it; what has begun keeps its people."""
    desk.require(Act.PLAN)
    team = get_team(open_campaign(desk, campaign_id), team_id)
    people = team_people(desk, wanted)
    team.name = nfc(wanted.name).strip()
    leader = wanted.people[0]
    kept = [member for member in team.members if member.person_id in {person.id for person in people}]
    for member in kept:
        member.lead = member.person_id == leader
    known = {member.person_id for member in kept}
    team.members = kept + [
        TeamMemberRow(person_id=person.id, lead=person.id == leader)
        for person in people
        if person.id not in known
    ]
    desk.session.flush()
    for inspection in _planned_of(desk, team):
        give_to(inspection, team)
    desk.audit("team_changed", "campaign", campaign_id)
    desk.session.flush()
    return team


def remove_team(desk: Desk, campaign_id: str, team_id: int) -> None:
    """Only a team that was never given an inspection: the others are part of the record."""
    desk.require(Act.PLAN)
    campaign = open_campaign(desk, campaign_id)
    team = get_team(campaign, team_id)
    if count_in_team(desk.session, team.id):
        raise Conflict(N_("Đoàn này đã được giao kiểm tra nên không xóa được. Hãy sửa người trong đoàn."))
    campaign.teams.remove(team)
    desk.audit("team_removed", "campaign", campaign_id)
    desk.session.flush()


def _planned_of(desk: Desk, team: TeamRow) -> list[InspectionRow]:
    return list(
        desk.session.scalars(
            select(InspectionRow)
            .where(InspectionRow.team_id == team.id, InspectionRow.state == "planned")
            .with_for_update(of=InspectionRow)
        )
    )
