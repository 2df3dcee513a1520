"""Planning: campaigns, teams and assignments, all or none; a planned surprise stays with its team."""

from datetime import date

import pytest

from inspect_app.domain.people import Role
from inspect_app.domain.problems import BadValue, Conflict, Forbidden, NotFound
from inspect_app.operations import inspecting, planning, teams
from inspect_app.operations.planning import Assignment, WantedCampaign, WantedTeam
from inspect_app.storage.audit import AuditRow
from inspect_app.storage.campaign_list import count_by_state, inspections_of, last_visits
from inspect_app.storage.inspections import InspectionRow, find_inspection
from tests.builders import BINH_SON, Office

STARTS, ENDS = date(2026, 11, 20), date(2026, 12, 20)
DUC_PHO = "21439"  # phường Đức Phổ, since 2025-07-01


def campaign(office: Office, *members: str, starts: date = STARTS, ends: date = ENDS) -> tuple[str, int]:
    """A campaign with one team; its id and the team's."""
    people = tuple(office.person(name) for name in members or ("kiemtra1",))
    with office.desk("head", Role.HEAD) as desk:
        row = planning.create_campaign(
            desk, WantedCampaign("12/QĐ-UBND", "Đợt cuối năm", starts, ends, (WantedTeam("Đoàn 1", people),))
        )
        return row.id, row.teams[0].id


def assign(
    office: Office, where: tuple[str, int], *units: str, kind: str = "surprise", day: date = STARTS
) -> list[str]:
    with office.desk("head", Role.HEAD) as desk:
        wanted = Assignment(where[1], kind, "dot-xuat" if kind != "scheduled" else "cap-xa", day, units)
        return [row.id for row in planning.assign(desk, where[0], wanted)]


def seen_by(
    office: Office, where: tuple[str, int], username: str, role: Role
) -> tuple[list[str], dict[str, int]]:
    with office.desk(username, role) as desk:
        rows = inspections_of(desk.session, desk.viewer, where[0])
        counts = count_by_state(desk.session, desk.viewer, [where[0]])[where[0]]
        return [row.id for row in rows], dict(counts)


def test_everything_that_a_campaign_lacks_is_told_at_once(office: Office) -> None:
    with office.desk("head", Role.HEAD) as desk:
        with pytest.raises(BadValue) as told:
            planning.create_campaign(desk, WantedCampaign(" ", "x" * 201, None, None))
        assert set(told.value.fields) == {"number", "title", "starts", "ends"}
        with pytest.raises(BadValue) as told:
            planning.create_campaign(desk, WantedCampaign("1", "Đợt", ENDS, STARTS))
        assert set(told.value.fields) == {"ends"}


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.LEADER, Role.INSPECTOR, Role.ADMIN])
def test_only_the_head_plans(office: Office, role: Role) -> None:
    where = campaign(office)
    with office.desk("somebody", role) as desk:
        with pytest.raises(Forbidden):
            planning.create_campaign(desk, WantedCampaign("1", "Đợt", STARTS, ENDS))
        with pytest.raises(Forbidden):
            planning.assign(desk, where[0], Assignment(where[1], "surprise", "dot-xuat", STARTS, (BINH_SON,)))
        with pytest.raises(Forbidden):
            teams.change_team(desk, where[0], where[1], WantedTeam("Đoàn", (1,)))


def test_a_planned_surprise_is_neither_listed_nor_counted_for_others_until_it_starts(office: Office) -> None:
    where = campaign(office)
    secret = assign(office, where, BINH_SON)
    open_one = assign(office, where, DUC_PHO, kind="scheduled")
    both = sorted(secret + open_one)
    for username, role in (("head", Role.HEAD), ("lanhdao", Role.LEADER), ("kiemtra1", Role.INSPECTOR)):
        listed, counts = seen_by(office, where, username, role)
        assert (sorted(listed), counts) == (both, {"planned": 2})
    for username, role in (
        ("chuyenvien", Role.REVIEWER),
        ("kiemtra2", Role.INSPECTOR),
        ("quantri", Role.ADMIN),
    ):
        assert seen_by(office, where, username, role) == (open_one, {"planned": 1})
        with office.desk(username, role) as desk:
            assert find_inspection(desk.session, desk.viewer, secret[0]) is None
    with office.desk("kiemtra1") as desk:
        inspecting.start_planned(desk, secret[0])
    listed, counts = seen_by(office, where, "chuyenvien", Role.REVIEWER)
    assert (sorted(listed), counts) == (both, {"planned": 1, "started": 1})


def test_a_planned_inspection_has_no_number_until_it_starts(office: Office) -> None:
    number_of = {}
    secret = assign(office, campaign(office), BINH_SON)[0]
    visit = office.visit(DUC_PHO, by="kiemtra2")
    with office.desk("kiemtra1") as desk:
        assert desk.session.get_one(InspectionRow, secret).number is None
        inspecting.start_planned(desk, secret)
        number_of = {id: desk.session.get_one(InspectionRow, id).number for id in (visit, secret)}
    assert number_of == {visit: "KT-2026-0001", secret: "KT-2026-0002"}


def test_the_log_names_a_planned_inspection_by_nothing_but_its_id(office: Office) -> None:
    where = campaign(office)
    secret = assign(office, where, BINH_SON)[0]
    with office.database.reading() as session:
        lines = session.query(AuditRow).filter(AuditRow.act.like("inspection_%")).all()
        assert [(line.act, line.subject_id, line.detail) for line in lines] == [
            ("inspection_planned", secret, {})
        ]
        others = session.query(AuditRow).filter(AuditRow.subject != "inspection").all()
        assert not [line for line in others if secret in f"{line.subject_id} {line.detail}"]


@pytest.mark.parametrize(
    ("units", "kind", "day", "field"),
    [
        ((BINH_SON, "524"), "surprise", STARTS, "units"),  # huyện Bình Sơn has ended
        ((BINH_SON, "51"), "surprise", STARTS, "units"),  # a province has no one-stop shop of this kind
        ((), "surprise", STARTS, "units"),
        ((BINH_SON,), "secret", STARTS, "kind"),
        ((BINH_SON,), "surprise", date(2027, 1, 1), "day"),
        ((BINH_SON,), "surprise", None, "day"),
    ],
)
def test_a_wrong_assignment_plans_nothing_at_all(
    office: Office, units: tuple[str, ...], kind: str, day: date | None, field: str
) -> None:
    where = campaign(office)
    with pytest.raises(BadValue) as told, office.desk("head", Role.HEAD) as desk:
        planning.assign(desk, where[0], Assignment(where[1], kind, "dot-xuat", day, units))
    assert set(told.value.fields) == {field}
    assert seen_by(office, where, "head", Role.HEAD) == ([], {})


def test_a_checklist_for_districts_is_refused_at_a_commune_by_name(office: Office) -> None:
    where = campaign(office)
    with pytest.raises(BadValue, match="xã Bình Sơn") as told, office.desk("head", Role.HEAD) as desk:
        planning.assign(desk, where[0], Assignment(where[1], "scheduled", "cap-huyen", STARTS, (BINH_SON,)))
    assert set(told.value.fields) == {"checklist_key"}


def test_districts_and_the_island_without_communes_are_visited_while_they_last(office: Office) -> None:
    where = campaign(office, starts=date(2025, 6, 1), ends=date(2025, 8, 1))
    with office.desk("head", Role.HEAD) as desk:
        june = Assignment(where[1], "scheduled", "cap-huyen", date(2025, 6, 30), ("524", "536"))
        assert len(planning.assign(desk, where[0], june)) == 2
        with pytest.raises(BadValue):
            planning.assign(
                desk, where[0], Assignment(where[1], "scheduled", "cap-huyen", date(2025, 7, 1), ("536",))
            )


def test_reassigning_moves_the_secret_from_team_to_team(office: Office) -> None:
    where = campaign(office)
    secret = assign(office, where, BINH_SON)[0]
    people = (office.person("kiemtra2"), office.person("kiemtra1"))
    with office.desk("head", Role.HEAD) as desk:
        row = planning.get_campaign(desk.session, where[0])
        other = planning.add_team(desk, row, WantedTeam("Đoàn 2", people))
        planning.reassign(desk, secret, other.id)
    with office.database.reading() as session:
        members = session.get_one(InspectionRow, secret).members
        leads = {member.person.username: member.lead for member in members}
    assert leads == {"kiemtra1": False, "kiemtra2": True}


def test_a_changed_team_takes_its_planned_visits_along_and_leaves_the_started_ones(office: Office) -> None:
    where = campaign(office, "kiemtra1", "kiemtra3")
    planned, started = assign(office, where, BINH_SON, DUC_PHO)
    with office.desk("kiemtra1") as desk:
        inspecting.start_planned(desk, started)
    order = WantedTeam("Đoàn mới", (office.person("kiemtra2"), office.people["kiemtra3"]))
    with office.desk("head", Role.HEAD) as desk:
        team = teams.change_team(desk, where[0], where[1], order)
        assert {m.person_id: m.lead for m in team.members} == {
            office.people["kiemtra2"]: True, office.people["kiemtra3"]: False,
        }  # fmt: skip
    for username, sees in (("kiemtra1", [started]), ("kiemtra2", sorted([planned, started]))):
        listed, _ = seen_by(office, where, username, Role.INSPECTOR)
        assert sorted(listed) == sees


def test_a_team_is_made_of_active_inspectors_only(office: Office) -> None:
    where = campaign(office)
    reviewer = office.person("chuyenvien", Role.REVIEWER)
    for people in ((), (reviewer,), (office.people["kiemtra1"], 999_999)):
        with pytest.raises(BadValue) as told, office.desk("head", Role.HEAD) as desk:
            teams.change_team(desk, where[0], where[1], WantedTeam("Đoàn", people))
        assert set(told.value.fields) == {"people"}


def test_a_team_that_was_given_a_visit_cannot_vanish(office: Office) -> None:
    where = campaign(office)
    assign(office, where, BINH_SON)
    with office.desk("head", Role.HEAD) as desk:
        with pytest.raises(Conflict):
            teams.remove_team(desk, where[0], where[1])
        spare = planning.add_team(
            desk,
            planning.get_campaign(desk.session, where[0]),
            WantedTeam("Thừa", (office.people["kiemtra1"],)),
        )
        teams.remove_team(desk, where[0], spare.id)
    with office.desk("head", Role.HEAD) as desk:
        assert [team.id for team in planning.get_campaign(desk.session, where[0]).teams] == [where[1]]


def test_cancelling_needs_a_reason_and_ends_it(office: Office) -> None:
    where = campaign(office)
    secret = assign(office, where, BINH_SON)[0]
    with pytest.raises(BadValue), office.desk("head", Role.HEAD) as desk:
        planning.cancel(desk, secret, "  ")
    with office.desk("head", Role.HEAD) as desk:
        planning.cancel(desk, secret, "Bão số 12")
    with pytest.raises(Conflict), office.desk("kiemtra1") as desk:
        inspecting.start_planned(desk, secret)
    assert seen_by(office, where, "chuyenvien", Role.REVIEWER) == ([], {}), "a cancelled secret stays one"


def test_a_closed_campaign_takes_no_plans_until_it_is_reopened(office: Office) -> None:
    where = campaign(office)
    secret = assign(office, where, BINH_SON)[0]
    with office.desk("head", Role.HEAD) as desk:
        planning.close_campaign(desk, where[0])
        with pytest.raises(Conflict):
            planning.reassign(desk, secret, where[1])
    with pytest.raises(Conflict):
        assign(office, where, DUC_PHO)
    with office.desk("head", Role.HEAD) as desk:
        planning.reopen_campaign(desk, where[0])
    assert assign(office, where, DUC_PHO)


def test_the_last_visit_of_an_office_does_not_tell_of_secrets(office: Office) -> None:
    where = campaign(office)
    assign(office, where, BINH_SON)
    with office.desk("chuyenvien", Role.REVIEWER) as desk:
        unit = desk.gazetteer.on(BINH_SON, STARTS)
        assert unit is not None
        assert last_visits(desk.session, desk.viewer, [unit.id]) == {}
    visit = office.visit(BINH_SON, by="kiemtra2")
    office.send(visit, {"ny_01": "pass"}, by="kiemtra2")
    with office.desk("chuyenvien", Role.REVIEWER) as desk:
        row = desk.session.get_one(InspectionRow, visit)
        expected = {unit.id: row.day} if row.visited else {}
        assert last_visits(desk.session, desk.viewer, [unit.id]) == expected


def test_an_unknown_team_or_campaign_is_not_found(office: Office) -> None:
    where = campaign(office)
    with office.desk("head", Role.HEAD) as desk:
        with pytest.raises(NotFound):
            teams.change_team(desk, where[0], 999, WantedTeam("Đoàn", (1,)))
        with pytest.raises(NotFound):
            planning.get_campaign(desk.session, "x")
