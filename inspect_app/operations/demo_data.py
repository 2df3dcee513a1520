"""Fills an empty database with a believable history of inspections, through the operations, from a fixed seed.

The 2021 campaign after directive 6166 (13 districts, 60 communes by surprise), smaller ones in 2022-2024, and 2025-26
on the new map. All acts carry the time at which they would have happened.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.domain.documents import Document
from inspect_app.domain.units import Unit
from inspect_app.storage.checklists import read_checklist
from inspect_app.storage.evidence import EvidenceStore
from inspect_app.storage.findings import FindingRow, findings_of
from inspect_app.storage.inspections import CampaignRow, InspectionRow
from inspect_app.storage.people import PersonRow
from inspect_app.storage.submissions import SubmissionRow

from . import planning, reviewing
from .demo_stage import Demo
from .demo_visits import fill_in
from .desk import Desk
from .inspecting import start_planned, start_surprise
from .receiving import receive

REFORM = date(2025, 7, 1)


@dataclass(frozen=True)
class Season:
    """A campaign: how many districts scheduled and how many communes by surprise (or scheduled, on the new map)."""

    number: str
    title: str
    starts: date
    ends: date
    districts: int
    communes: int
    checklist: str = "dot-xuat"
    kind: str = "surprise"


SEASONS = (
    Season("318/QĐ-UBND", "Kiểm tra theo Công văn 6166/UBND-KSTTHC", date(2021, 3, 1), date(2021, 11, 30), 13, 60),
    Season("205/KH-UBND", "Kiểm tra công tác kiểm soát TTHC năm 2022", date(2022, 4, 4), date(2022, 10, 28), 4, 18),
    Season("187/KH-UBND", "Kiểm tra công tác kiểm soát TTHC năm 2023", date(2023, 3, 6), date(2023, 11, 24), 3, 22),
    Season("96/KH-UBND", "Kiểm tra hồ sơ trễ hạn năm 2024", date(2024, 3, 4), date(2024, 11, 22), 6, 26),
    Season("41/KH-UBND", "Kiểm tra đầu năm 2025", date(2025, 2, 10), date(2025, 5, 30), 2, 10),
    Season("112/KH-UBND", "Kiểm tra Trung tâm Phục vụ hành chính công cấp xã", date(2025, 8, 11), date(2025, 12, 19), 0, 34),
    Season("18/KH-UBND", "Kiểm tra định kỳ năm 2026", date(2026, 2, 23), date(2026, 10, 30), 0, 22, "cap-xa", "scheduled"),
    Season("27/QĐ-UBND", "Kiểm tra đột xuất năm 2026", date(2026, 3, 2), date(2026, 11, 6), 0, 30),
)  # fmt: skip


def fill(session: Session, evidence: EvidenceStore, zone: ZoneInfo, now: datetime) -> int:
    """Make the demo history; gives the number of inspections, 0 when there are some already."""
    if session.scalar(select(InspectionRow.id).limit(1)) is not None:
        return 0
    demo = Demo(session, evidence, zone, now.astimezone(zone).date())
    demo.add_inspectors(now)
    count = 0
    for season in SEASONS:
        count += len(play_season(demo, season))
    count += play_today(demo, now)
    session.flush()
    return count


def play_season(demo: Demo, season: Season) -> list[InspectionRow]:
    """Plan a campaign, visit its offices, review what was found, close it when its end has passed."""
    pairs = [("doan.a", "kiemtra1"), ("doan.b", "kiemtra2"), ("doan.c", "doan.d")]
    head = demo.desk("truongphong", demo.moment(season.starts - timedelta(days=20), 9))
    ids = {name: _person_id(demo, name) for pair in pairs for name in pair}
    teams = tuple(
        planning.WantedTeam(f"Đoàn {number}", (ids[lead], ids[member]))
        for number, (lead, member) in enumerate(pairs, start=1)
    )
    campaign = planning.create_campaign(
        head, planning.WantedCampaign(season.number, season.title, season.starts, season.ends, teams)
    )
    done = [
        play_visit(demo, season, campaign.id, campaign.teams[turn % 3].id, pairs[turn % 3][0], unit, turn)
        for turn, unit in enumerate(chosen_units(demo, season))
    ]
    if season.ends < demo.today - timedelta(days=30):
        planning.close_campaign(
            demo.desk("truongphong", demo.moment(season.ends + timedelta(days=25), 15)), campaign.id
        )
    return done


def _person_id(demo: Demo, username: str) -> int:
    return demo.desk(username, datetime.now(UTC)).viewer.person_id


def chosen_units(demo: Demo, season: Season) -> Sequence[Unit]:
    """Districts first, then communes spread over them; Bình Thanh is always among them, to show its repeat."""
    districts = demo.gazetteer.in_force(season.starts, "district")
    ours = [unit for unit in districts if unit.parent_code == "51"]
    communes = [
        unit
        for unit in demo.gazetteer.in_force(season.starts, "commune")
        if season.starts >= REFORM or unit.parent_code in {district.code for district in ours}
    ]
    shown = [unit for unit in communes if is_binh_thanh(demo, unit)]
    others = [unit for unit in communes if unit not in shown]
    return [
        *demo.rng.sample(ours, min(season.districts, len(ours))),
        *shown,
        *demo.rng.sample(others, season.communes - len(shown)),
    ]


def is_binh_thanh(demo: Demo, unit: Unit) -> bool:
    """Xã Bình Thanh (21091) and what became of it: the finding of 2021 and its repeat of 2025."""
    old = demo.gazetteer.on("21091", date(2021, 6, 30))
    return old is not None and (unit == old or unit.id in demo.gazetteer.successors(old))


def play_visit(
    demo: Demo, season: Season, campaign_id: str, team_id: int, lead: str, unit: Unit, turn: int
) -> InspectionRow:
    """Plan, start, fill in, send and review one visit of a campaign."""
    day = demo.workday(season.starts, season.ends)
    district = unit.level == "district"
    wanted = planning.Assignment(
        team_id,
        "scheduled" if district else season.kind,
        "cap-huyen" if district else season.checklist,
        day,
        (unit.code,),
    )
    planned = planning.assign(
        demo.desk("truongphong", demo.moment(day - timedelta(days=12), 10)), campaign_id, wanted
    )[0]
    start_planned(demo.desk(lead, demo.moment(day, 7, 10 + demo.rng.randrange(50))), planned.id)
    at = demo.desk(lead, demo.moment(day, 10, demo.rng.randrange(60)))
    fill_in(demo, at, planned, certain=("NS-03",) if is_binh_thanh(demo, unit) else ())
    if day < demo.today - timedelta(days=24) or turn % 3 == 0:
        review(demo, planned, day + timedelta(days=2 + demo.rng.randrange(9)))
    return planned


def review(demo: Demo, inspection: InspectionRow, day: date) -> None:
    """Decide every finding as a reviewer would, and approve."""
    at = demo.desk("chuyenvien", demo.moment(min(day, demo.today), 14, demo.rng.randrange(60)))
    for finding in findings_of(demo.session, inspection.id):
        _decide(demo, at, finding)
    reviewing.approve(at, inspection.id)


def _decide(demo: Demo, at: Desk, finding: FindingRow) -> None:
    draw = demo.rng.random()
    if finding.criterion == "NS-03" or draw < 0.80:
        reviewing.decide(at, finding.id, finding.version, "confirm")
    elif draw < 0.88:
        reviewing.decide(at, finding.id, finding.version, "reject", "Đơn vị đã cung cấp tài liệu chứng minh.")
    else:
        wanted = {"severity": str(max(1, finding.severity - 1))}
        changed = reviewing.change(
            at, finding.id, finding.version, wanted, "Số lượng ít, đã khắc phục tại chỗ."
        )
        reviewing.decide(at, changed.id, changed.version, "confirm")


def play_today(demo: Demo, now: datetime) -> int:
    """What lies open now: planned visits, a secret one, one under way, one returned, some waiting for review."""
    names = ("kiemtra1", "kiemtra2")
    ids = {name: _person_id(demo, name) for name in names}
    head = demo.desk("truongphong", now - timedelta(days=3))
    campaign = planning.create_campaign(
        head,
        planning.WantedCampaign(
            "133/QĐ-UBND", "Kiểm tra cuối năm 2026", demo.today - timedelta(days=10), demo.today + timedelta(days=38),
            (planning.WantedTeam("Đoàn Kiểm tra 1", (ids["kiemtra1"],)), planning.WantedTeam("Đoàn Kiểm tra 2", (ids["kiemtra2"],))),
        ),
    )  # fmt: skip
    first, second = (team.id for team in campaign.teams)
    soon = demo.today + timedelta(days=2)
    plans = [
        planning.Assignment(first, "surprise", "dot-xuat", soon, (_code(demo, "Ia Đal"),)),
        planning.Assignment(second, "surprise", "dot-xuat", soon, (_code(demo, "Lý Sơn"),)),
        planning.Assignment(
            first, "scheduled", "cap-xa", soon + timedelta(days=5), (_code(demo, "Đức Phổ"),)
        ),
        planning.Assignment(
            second, "scheduled", "cap-xa", soon + timedelta(days=6), (_code(demo, "Măng Đen"),)
        ),
    ]
    for plan in plans:
        planning.assign(head, campaign.id, plan)
    visits = list(_open_visits(demo, now))
    _come_late(demo, now)
    return len(plans) + len(visits)


def _open_visits(demo: Demo, now: datetime) -> Iterator[InspectionRow]:
    communes = demo.rng.sample(demo.gazetteer.in_force(demo.today, "commune"), 7)
    for turn, unit in enumerate(communes):
        lead = ("kiemtra1", "kiemtra2")[turn % 2]
        begun = now - timedelta(days=6 - min(turn, 5), hours=3)
        inspection = start_surprise(
            demo.desk(lead, begun), unit.code, "dot-xuat", "Theo phản ánh của người dân."
        )
        yield inspection
        if turn == 6:
            continue  # under way: nothing sent yet
        fill_in(demo, demo.desk(lead, begun + timedelta(hours=2)), inspection, certain=("TN-03", "GQ-04"))
        if turn < 2:
            comments = {
                findings_of(demo.session, inspection.id)[
                    0
                ].question: "Cần chụp rõ hơn và ghi số hồ sơ đã rút."
            }
            at = demo.desk("chuyenvien", begun + timedelta(days=1))
            reviewing.return_inspection(at, inspection.id, comments, "")


def _come_late(demo: Demo, now: datetime) -> None:
    """A phone that was off for a season sends a checklist again, after the campaign was closed: a person must look."""
    closed = select(CampaignRow.id).where(CampaignRow.closed_at.is_not(None))
    visit = demo.session.scalars(
        select(InspectionRow)
        .where(InspectionRow.campaign_id.in_(closed), InspectionRow.visited.is_(True))
        .order_by(InspectionRow.day.desc(), InspectionRow.number)
        .limit(1)
    ).one()
    sent = demo.session.get_one(SubmissionRow, visit.current_submission_id)
    checklist = read_checklist(demo.session, visit.checklist_version_id)
    sender = demo.session.get_one(PersonRow, sent.person_id)
    changed = {**sent.answers, "good_practice": "Nhắn tin báo kết quả cho người dân mỗi cuối ngày."}
    document = Document(
        id=str(UUID(int=demo.rng.getrandbits(128))), inspection=visit.id,
        checklist=checklist.key, version=checklist.version, answers=changed, door="json",
        replaces=sent.id, started_at=sent.started_at, finished_at=sent.finished_at,
    )  # fmt: skip
    receive(demo.desk(sender.username, now - timedelta(hours=20)), document)


def _code(demo: Demo, name: str) -> str:
    found = [unit for unit in demo.gazetteer.in_force(demo.today, "commune") if unit.name == name]
    chosen = found[0] if found else demo.rng.choice(demo.gazetteer.in_force(demo.today, "commune"))
    return chosen.code
