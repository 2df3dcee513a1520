"""Acts of the head: plan a campaign with its teams, assign inspections, reassign, cancel, close.

A planned surprise stays a secret of its team, the head and the leaders until it starts: the audit log therefore
names the inspection by its random id only, never its unit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session, selectinload

from inspect_app.domain.inspections import KINDS
from inspect_app.domain.people import Act, Role
from inspect_app.domain.problems import N_, BadValue, Conflict, NotFound
from inspect_app.domain.text import nfc
from inspect_app.domain.units import Unit
from inspect_app.storage.base import new_id
from inspect_app.storage.checklists import list_offered
from inspect_app.storage.inspections import (
    CampaignRow,
    InspectionMemberRow,
    InspectionRow,
    TeamMemberRow,
    TeamRow,
    get_inspection,
    lock_inspection,
)
from inspect_app.storage.people import PersonRow

from .desk import Desk
from .inspecting import note_event

LONGEST_NUMBER = 60
LONGEST_TITLE = 200
LONGEST_TEAM = 80


@dataclass(frozen=True)
class WantedTeam:
    """A team by name; the first person leads."""

    name: str
    people: tuple[int, ...]


@dataclass(frozen=True)
class WantedCampaign:
    number: str
    title: str
    starts: date | None
    ends: date | None
    teams: tuple[WantedTeam, ...] = ()


def get_campaign(session: Session, campaign_id: str) -> CampaignRow:
    row = session.scalar(
        select(CampaignRow).where(CampaignRow.id == campaign_id).options(selectinload(CampaignRow.teams))
    )
    if row is None:
        raise NotFound(N_("Không tìm thấy đợt kiểm tra này."))
    return row


def create_campaign(desk: Desk, wanted: WantedCampaign, page_id: str | None = None) -> CampaignRow:
    """Plan a campaign, once a page: `page_id` becomes its id. BadValue with `fields` naming everything missing."""
    desk.require(Act.PLAN)
    desk.one_at_a_time()
    made = desk.session.get(CampaignRow, page_id or "")
    if made is not None and made.created_by == desk.viewer.person_id:
        return made
    _check_campaign(wanted)
    campaign = CampaignRow(
        id=page_id if page_id and made is None else new_id(), created_by=desk.viewer.person_id, created_at=desk.now,
        number=nfc(wanted.number).strip(), title=nfc(wanted.title).strip(), starts=wanted.starts, ends=wanted.ends,
    )  # fmt: skip
    desk.session.add(campaign)
    for team in wanted.teams:
        add_team(desk, campaign, team)
    desk.audit("campaign_planned", "campaign", campaign.id)
    desk.session.flush()
    return campaign


def change_campaign(desk: Desk, campaign_id: str, wanted: WantedCampaign) -> CampaignRow:
    """Change number, title and period of a campaign that is not closed."""
    desk.require(Act.PLAN)
    _check_campaign(wanted)
    campaign = open_campaign(desk, campaign_id)
    campaign.number, campaign.title = nfc(wanted.number).strip(), nfc(wanted.title).strip()
    assert wanted.starts and wanted.ends
    campaign.starts, campaign.ends = wanted.starts, wanted.ends
    desk.audit("campaign_changed", "campaign", campaign.id)
    desk.session.flush()
    return campaign


def _check_campaign(wanted: WantedCampaign) -> None:
    faults: dict[str, str] = {}
    if not wanted.number.strip() or len(wanted.number) > LONGEST_NUMBER:
        faults["number"] = N_("Hãy ghi số quyết định hoặc kế hoạch, dưới 60 chữ.")
    if not wanted.title.strip() or len(wanted.title) > LONGEST_TITLE:
        faults["title"] = N_("Hãy ghi tên đợt kiểm tra, dưới 200 chữ.")
    if wanted.starts is None:
        faults["starts"] = N_("Hãy ghi ngày bắt đầu.")
    if wanted.ends is None or (wanted.starts and wanted.ends < wanted.starts):
        faults["ends"] = N_("Hãy ghi ngày kết thúc, không trước ngày bắt đầu.")
    if faults:
        raise BadValue(N_("Đợt kiểm tra còn thiếu thông tin."), fields=faults)


def add_team(desk: Desk, campaign: CampaignRow, wanted: WantedTeam) -> TeamRow:
    """A team of a campaign; the one it has already if name and people are the same."""
    desk.require(Act.PLAN)
    desk.one_at_a_time()
    if inspect(campaign).persistent:
        desk.session.refresh(campaign, ["teams"])
    people = team_people(desk, wanted)
    team = TeamRow(name=nfc(wanted.name).strip())
    for known in campaign.teams:
        if known.name == team.name and {m.person_id for m in known.members} == {p.id for p in people}:
            return known
    team.members = [
        TeamMemberRow(person_id=person.id, lead=person.id == wanted.people[0]) for person in people
    ]
    campaign.teams.append(team)
    desk.session.flush()
    return team


def team_people(desk: Desk, wanted: WantedTeam) -> list[PersonRow]:
    """The people of a team as wanted; BadValue without a name or a person who may be in one."""
    found = desk.session.scalars(
        select(PersonRow).where(
            PersonRow.id.in_(wanted.people),
            PersonRow.active,
            PersonRow.role.in_([Role.INSPECTOR, Role.HEAD]),
        )
    ).all()
    faults: dict[str, str] = {}
    if not wanted.name.strip() or len(wanted.name) > LONGEST_TEAM:
        faults["name"] = N_("Hãy ghi tên đoàn, dưới 80 chữ.")
    if not found or len(found) != len(set(wanted.people)):
        faults["people"] = N_("Hãy chọn ít nhất một người đang làm nhiệm vụ kiểm tra.")
    if faults:
        raise BadValue(N_("Đoàn kiểm tra cần có tên và ít nhất một người."), fields=faults)
    return list(found)


@dataclass(frozen=True)
class Assignment:
    """Inspections of one kind for one team: each unit code is one inspection on `day`."""

    team_id: int
    kind: str
    checklist_key: str
    day: date | None
    unit_codes: tuple[str, ...]


def assign(desk: Desk, campaign_id: str, wanted: Assignment) -> list[InspectionRow]:
    """Plan an inspection of each unit, all or none; BadValue with `fields` for what is wrong.

    What the team has planned already in the very same way is not planned twice.
    """
    desk.require(Act.PLAN)
    desk.one_at_a_time()
    campaign = open_campaign(desk, campaign_id)
    team = next((team for team in campaign.teams if team.id == wanted.team_id), None)
    if team is None:
        raise BadValue(
            N_("Hãy chọn đoàn kiểm tra."), fields={"team_id": N_("Hãy chọn một đoàn của đợt này.")}
        )
    if wanted.day is None or not campaign.starts <= wanted.day <= campaign.ends:
        raise BadValue(
            N_("Ngày kiểm tra phải nằm trong đợt."), fields={"day": N_("Chọn ngày trong thời gian của đợt.")}
        )
    if wanted.kind not in KINDS:
        raise BadValue(N_("Hãy chọn hình thức kiểm tra."), fields={"kind": N_("Hãy chọn một hình thức.")})
    units = [_office(desk, code, wanted.day) for code in dict.fromkeys(wanted.unit_codes)]
    if not units:
        raise BadValue(
            N_("Hãy chọn ít nhất một đơn vị."), fields={"units": N_("Hãy chọn ít nhất một đơn vị.")}
        )
    rows = [_planned(desk, campaign, team, wanted, unit) for unit in units]
    desk.session.flush()
    return rows


def _planned(
    desk: Desk, campaign: CampaignRow, team: TeamRow, wanted: Assignment, unit: Unit
) -> InspectionRow:
    assert wanted.day
    offered = list_offered(desk.session, wanted.day, unit.level, wanted.kind)
    version = next((row for row in offered if row.checklist.key == wanted.checklist_key), None)
    if version is None:
        raise BadValue(
            N_("Biểu mẫu này không dùng cho %(unit)s với hình thức đã chọn."),
            fields={"checklist_key": N_("Hãy chọn biểu mẫu khác.")},
            unit=unit.full_name,
        )
    same = {
        "campaign_id": campaign.id, "team_id": team.id, "unit_id": unit.id, "kind": wanted.kind, "day": wanted.day,
        "checklist_version_id": version.id, "state": "planned",
    }  # fmt: skip
    known = desk.session.scalars(select(InspectionRow).filter_by(**same).limit(1)).first()
    if known is not None:
        return known
    inspection = InspectionRow(
        id=new_id(), kind=wanted.kind, state="", unit_id=unit.id, day=wanted.day, month=f"{wanted.day:%Y-%m}", campaign_id=campaign.id,
        team_id=team.id, checklist_version_id=version.id, created_by=desk.viewer.person_id, created_at=desk.now,
    )  # fmt: skip
    inspection.members = [InspectionMemberRow(person_id=m.person_id, lead=m.lead) for m in team.members]
    desk.session.add(inspection)
    desk.session.flush()
    note_event(desk, inspection, "planned")
    desk.audit("inspection_planned", "inspection", inspection.id)
    return inspection


def _office(desk: Desk, code: str, day: date) -> Unit:
    unit = desk.gazetteer.on(code.strip(), day)
    if unit is None or unit not in desk.gazetteer.offices(day):
        raise BadValue(
            N_("Mã %(code)s không phải đơn vị có Bộ phận Một cửa vào ngày này."),
            fields={"units": N_("Có đơn vị không hợp lệ vào ngày đã chọn.")},
            code=code,
        )
    return unit


def reassign(desk: Desk, inspection_id: str, team_id: int) -> InspectionRow:
    """Give a planned inspection to another team of its campaign; the old team no longer sees it if it is a secret."""
    desk.require(Act.PLAN)
    inspection = _planned_inspection(desk, inspection_id)
    campaign = open_campaign(desk, inspection.campaign_id or "")
    team = next((team for team in campaign.teams if team.id == team_id), None)
    if team is None:
        raise BadValue(
            N_("Hãy chọn đoàn kiểm tra."), fields={"team_id": N_("Hãy chọn một đoàn của đợt này.")}
        )
    inspection.team_id = team.id
    give_to(inspection, team)
    desk.audit("inspection_reassigned", "inspection", inspection.id)
    desk.session.flush()
    return inspection


def give_to(inspection: InspectionRow, team: TeamRow) -> None:
    """Make the people of a team those of an inspection."""
    wanted = {member.person_id: member.lead for member in team.members}
    kept = [member for member in inspection.members if member.person_id in wanted]
    for member in kept:
        member.lead = wanted.pop(member.person_id)
    added = [InspectionMemberRow(person_id=person, lead=lead) for person, lead in wanted.items()]
    inspection.members = kept + added


def cancel(desk: Desk, inspection_id: str, reason: str) -> InspectionRow:
    desk.require(Act.PLAN)
    inspection = get_inspection(desk.session, desk.viewer, inspection_id)
    lock_inspection(desk.session, inspection_id)
    if not reason.strip():
        raise BadValue(N_("Hãy ghi lý do hủy."), fields={"reason": N_("Hãy ghi lý do.")})
    note_event(desk, inspection, "cancelled", reason=nfc(reason).strip())
    desk.audit("inspection_cancelled", "inspection", inspection.id)
    desk.session.flush()
    return inspection


def close_campaign(desk: Desk, campaign_id: str) -> CampaignRow:
    """Close a campaign: what arrives for it from now on is kept for a person to settle."""
    desk.require(Act.PLAN)
    campaign = open_campaign(desk, campaign_id)
    campaign.closed_at = desk.now
    desk.audit("campaign_closed", "campaign", campaign.id)
    desk.session.flush()
    return campaign


def reopen_campaign(desk: Desk, campaign_id: str) -> CampaignRow:
    desk.require(Act.PLAN)
    campaign = get_campaign(desk.session, campaign_id)
    campaign.closed_at = None
    desk.audit("campaign_reopened", "campaign", campaign.id)
    desk.session.flush()
    return campaign


def open_campaign(desk: Desk, campaign_id: str) -> CampaignRow:
    """The campaign; Conflict when it is closed."""
    campaign = get_campaign(desk.session, campaign_id)
    if campaign.closed_at is not None:
        raise Conflict(N_("Đợt kiểm tra này đã đóng. Hãy mở lại trước khi sửa."))
    return campaign


def _planned_inspection(desk: Desk, inspection_id: str) -> InspectionRow:
    inspection = get_inspection(desk.session, desk.viewer, inspection_id)
    lock_inspection(desk.session, inspection_id)
    if inspection.state != "planned":
        raise Conflict(N_("Cuộc kiểm tra đã bắt đầu nên không đổi đoàn được."))
    return inspection


def list_campaigns(session: Session) -> Sequence[CampaignRow]:
    return session.scalars(select(CampaignRow).order_by(CampaignRow.starts.desc(), CampaignRow.id)).all()
