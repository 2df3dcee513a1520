"""Reviewing: one reviewer wins, nothing is overwritten, repeats follow the decisions through merged units."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest

from inspect_app.domain.maps import Map
from inspect_app.domain.people import Role
from inspect_app.domain.problems import BadValue, Conflict, Forbidden, NotFound
from inspect_app.operations import placing, reviewing
from inspect_app.operations.desk import Desk
from inspect_app.storage.findings import FindingRow, findings_of, list_finding_events
from inspect_app.storage.inspections import InspectionRow, list_events
from inspect_app.storage.review_queue import (
    QueueFilter,
    count_queue,
    find_next_inspection,
    list_previous,
    list_queue,
    next_undecided,
)
from inspect_app.storage.units import get_gazetteer
from tests.builders import BINH_SON, Office

EIGHT = {
    f"{name}": "fail" for name in ("ny_01", "ny_02", "ny_03", "ns_01", "tn_03", "gq_04", "tk_04", "cd_05")
}
IN_2021 = datetime(2021, 3, 10, 3, 0, tzinfo=UTC)
IN_2023 = datetime(2023, 5, 16, 3, 0, tzinfo=UTC)


def found(office: Office, inspection: str) -> dict[str, FindingRow]:
    with office.database.reading() as session:
        return {row.criterion: row for row in findings_of(session, inspection)}


def decide(
    office: Office,
    row: FindingRow,
    decision: str = "confirm",
    reason: str = "",
    by: str = "reviewer",
    **more: str,
) -> FindingRow:
    with office.desk(by, Role.REVIEWER) as desk:
        return reviewing.decide(desk, row.id, row.version, decision, reason, **more)


def at_once(office: Office, *acts: Callable[[Desk], Any]) -> list[Any]:
    """Each act by a reviewer of their own, in a thread and a transaction of their own, begun at the same moment."""
    for number in range(len(acts)):
        office.person(f"reviewer{number}", Role.REVIEWER)
    gate = threading.Barrier(len(acts))

    def run(number: int) -> Any:
        gate.wait()
        try:
            with office.desk(f"reviewer{number}", Role.REVIEWER) as desk:
                return acts[number](desk)
        except Conflict as problem:
            return problem

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, range(len(acts))))


def test_of_two_reviewers_at_once_one_wins_and_the_other_is_told(office: Office) -> None:
    visit = office.visit()
    office.send(visit, EIGHT)
    for row in found(office, visit).values():
        results = at_once(
            office,
            lambda desk, row=row: reviewing.decide(desk, row.id, row.version, "confirm"),
            lambda desk, row=row: reviewing.decide(
                desk, row.id, row.version, "reject", "Không đủ chứng minh"
            ),
        )
        told = [one for one in results if isinstance(one, Conflict)]
        assert len(told) == 1 and row.code in str(told[0])
        won = next(one for one in results if isinstance(one, FindingRow))
        with office.database.reading() as session:
            kept = session.get_one(FindingRow, row.id)
            events = [event.event for event in list_finding_events(session, row.id)]
        assert (kept.state, kept.version) == (won.state, row.version + 1)
        assert events == ["reported", won.state], "the loser left nothing behind"


def test_a_change_and_a_decision_at_once_never_mix(office: Office) -> None:
    visit = office.visit()
    office.send(visit, EIGHT)
    for row in found(office, visit).values():
        results = at_once(
            office,
            lambda desk, row=row: reviewing.change(
                desk, row.id, row.version, {"wording": "Lời của người khác"}, "Văn phong"
            ),
            lambda desk, row=row: reviewing.decide(desk, row.id, row.version, "confirm"),
        )
        assert sum(isinstance(one, Conflict) for one in results) == 1
        with office.database.reading() as session:
            kept = session.get_one(FindingRow, row.id)
            assert (kept.wording == "Lời của người khác") != (kept.state == "confirmed")


def test_two_reviewers_who_approve_and_return_at_once_do_one_of_both(office: Office) -> None:
    for _ in range(3):
        visit = office.visit()
        sent = office.send(visit, {"ny_01": "pass"})
        results = at_once(
            office,
            lambda desk, visit=visit, sent=sent: reviewing.approve(desk, visit, sent.submission.id),
            lambda desk, visit=visit, sent=sent: reviewing.return_inspection(
                desk, visit, {}, "Thiếu ảnh", sent.submission.id
            ),
        )
        assert sum(isinstance(one, Conflict) for one in results) == 1
        with office.database.reading() as session:
            events = [event.event for event in list_events(session, visit)]
            state = session.get_one(InspectionRow, visit).state
        assert events[:2] == ["started", "submitted"] and events[2:] == [state]


def test_a_double_click_counts_once_and_is_no_conflict(office: Office) -> None:
    visit = office.visit()
    office.send(visit, {"ny_01": "fail"})
    row = found(office, visit)["NY-01"]
    first, second = decide(office, row), decide(office, row)
    assert first.version == second.version == row.version + 1
    with office.database.reading() as session:
        assert len(list_finding_events(session, row.id)) == 2
    with office.desk("reviewer", Role.REVIEWER) as desk:
        reviewing.approve(desk, visit)
    with office.desk("reviewer", Role.REVIEWER) as desk:
        assert reviewing.approve(desk, visit).state == "approved"
    with office.database.reading() as session:
        assert [event.event for event in list_events(session, visit)].count("approved") == 1


def test_rejecting_changing_ones_mind_and_changing_words_need_a_reason(office: Office) -> None:
    visit = office.visit()
    office.send(visit, {"ny_01": "fail", "ny_02": "fail"})
    row = found(office, visit)["NY-01"]
    with pytest.raises(Conflict, match="lý do"):
        decide(office, row, "reject", "  ")
    with pytest.raises(BadValue), office.desk("reviewer", Role.REVIEWER) as desk:
        reviewing.change(desk, row.id, row.version, {"severity": "3"}, " ")
    confirmed = decide(office, row)
    with pytest.raises(Conflict, match="lý do"):
        decide(office, confirmed, "reject", "")
    assert decide(office, confirmed, "reject", "Đơn vị giải trình").state == "not_upheld"


def test_a_change_keeps_the_inspectors_words_in_the_history(office: Office) -> None:
    visit = office.visit()
    office.send(visit, {"ny_01": "fail", "ny_01_note": "Bảng treo khuất", "ny_01_responsible": "Ông A"})
    row = found(office, visit)["NY-01"]
    with office.desk("reviewer", Role.REVIEWER) as desk:
        wanted = {"severity": "3", "wording": "Bảng bị che khuất", "responsible": "cong an xa binh son"}
        reviewing.change(desk, row.id, row.version, wanted, "Văn phong")
    kept = found(office, visit)["NY-01"]
    assert (kept.severity, kept.wording, kept.state) == (3, "Bảng bị che khuất", "reported")
    assert kept.responsible == "Công an xã Bình Sơn" and kept.body_id
    assert kept.answer["wording"] == "Bảng treo khuất" and "che khuat" in kept.search_key
    with office.database.reading() as session:
        last = list_finding_events(session, row.id)[-1]
    assert last.before == {"severity": 2, "wording": "Bảng treo khuất", "responsible": "Ông A"}
    with office.desk("reviewer", Role.REVIEWER) as desk:  # browsers send CRLF: no change
        assert (
            reviewing.change(desk, row.id, kept.version, {"wording": "Bảng bị che khuất\r\n"}, "x").version
            == kept.version
        )


def test_a_duplicate_names_an_original_that_counts(office: Office) -> None:
    visit = office.visit()
    office.send(visit, {"ny_01": "fail", "ny_02": "fail", "ny_03": "fail"})
    rows = found(office, visit)
    for code in ("", "KT-2026-9999-NY-01", rows["NY-01"].code):
        with pytest.raises(BadValue):
            decide(office, rows["NY-01"], "duplicate", "Cùng việc", duplicate_of=code)
    done = decide(office, rows["NY-01"], "duplicate", "Cùng việc", duplicate_of=rows["NY-02"].code.lower())
    assert (done.state, done.duplicate_of) == ("duplicate", rows["NY-02"].id)
    with pytest.raises(BadValue, match="không"):  # a ring of duplicates would count for nothing
        decide(office, rows["NY-02"], "duplicate", "Cùng việc", duplicate_of=done.code)


def test_approving_needs_every_finding_decided_and_the_newest_submission_seen(office: Office) -> None:
    visit = office.visit()
    first = office.send(visit, {"ny_01": "fail", "ny_02": "fail"})
    rows = found(office, visit)
    decide(office, rows["NY-01"])
    with pytest.raises(Conflict, match="1"), office.desk("reviewer", Role.REVIEWER) as desk:
        reviewing.approve(desk, visit)
    office.send(visit, {"ny_01": "fail", "ny_02": "pass"}, replaces=first.submission.id)
    with pytest.raises(Conflict, match="bản mới"), office.desk("reviewer", Role.REVIEWER) as desk:
        reviewing.approve(desk, visit, first.submission.id)
    with office.desk("reviewer", Role.REVIEWER) as desk:
        assert reviewing.approve(desk, visit).state == "approved"


def test_only_reviewers_review_and_a_return_needs_words(office: Office) -> None:
    visit = office.visit()
    office.send(visit, {"ny_01": "fail"})
    row = found(office, visit)["NY-01"]
    for role in (Role.INSPECTOR, Role.ADMIN, Role.LEADER, Role.INTERNAL_AFFAIRS, Role.UNIT_OFFICER):
        with pytest.raises(Forbidden), office.desk(f"other-{role}", role) as desk:
            reviewing.decide(desk, row.id, row.version, "confirm")
    with pytest.raises(BadValue), office.desk("reviewer", Role.REVIEWER) as desk:
        reviewing.return_inspection(desk, visit, {"ny_01": "  "}, "")
    assert found(office, visit)["NY-01"].state == "reported"


def test_a_reviewer_of_another_area_neither_sees_nor_decides(office: Office) -> None:
    visit = office.visit()
    office.send(visit, {"ny_01": "fail"})
    row = found(office, visit)["NY-01"]
    office.person("elsewhere", Role.REVIEWER, "21025", on=date(2026, 1, 1))
    with pytest.raises(NotFound), office.desk("elsewhere", Role.REVIEWER) as desk:
        reviewing.decide(desk, row.id, row.version, "confirm")
    with office.desk("elsewhere", Role.REVIEWER) as desk:
        assert list_queue(desk.session, desk.viewer, QueueFilter()) == []


def moved(office: Office) -> tuple[str, str]:
    """Codes of xã Bình Thanh in 2021 and of what it became."""
    with office.database.reading() as session:
        gazetteer = get_gazetteer(session)
        old = next(
            unit for unit in gazetteer.in_force(date(2021, 3, 10), "commune") if unit.name == "Bình Thanh"
        )
        new = Map(gazetteer, date(2026, 11, 22)).row("commune", old.id).unit
        assert new.key != old.key
        return old.code, new.code


def test_a_finding_of_a_merged_unit_makes_its_successors_one_a_repeat_until_it_falls(office: Office) -> None:
    old, new = moved(office)
    before = office.visit(old, now=IN_2021)
    office.send(before, {"ny_01": "fail"}, now=IN_2021)
    after = office.visit(new)
    office.send(after, {"ny_01": "fail", "ny_02": "fail"})
    assert not found(office, after)["NY-01"].repeat, "the first one is not confirmed yet"
    first = decide(office, found(office, before)["NY-01"])
    assert {name: row.repeat for name, row in found(office, after).items()} == {"NY-01": True, "NY-02": False}
    decide(office, first, "reject", "Đơn vị giải trình")
    assert not found(office, after)["NY-01"].repeat
    third = office.visit(new, now=datetime(2026, 11, 23, 3, 0, tzinfo=UTC))
    decide(office, found(office, after)["NY-01"])
    office.send(third, {"ny_01": "fail"})
    assert found(office, third)["NY-01"].repeat, "flagged at once when it was confirmed before"


def test_previous_findings_come_through_mergers_newest_first_with_the_unit_of_then(office: Office) -> None:
    old, new = moved(office)
    visits = []
    for unit, when in ((old, IN_2021), (old, IN_2023), (new, office.now)):
        visits.append(office.visit(unit, now=when))
        office.send(visits[-1], {"ny_01": "fail", "ny_02": "fail"}, now=when)
    current = found(office, visits[-1])["NY-01"]
    with office.desk("reviewer", Role.REVIEWER) as desk:
        earlier = list_previous(desk.session, desk.viewer, desk.gazetteer, current)
        assert [(row.day.year, row.criterion) for row in earlier] == [(2023, "NY-01"), (2021, "NY-01")]
        assert {desk.gazetteer.by_id(row.unit_id).full_name for row in earlier} == {"xã Bình Thanh"}


def test_repeats_are_right_when_a_whole_chain_is_confirmed_at_once(office: Office) -> None:
    old, new = moved(office)
    visits = []
    for unit, when in ((old, IN_2021), (old, IN_2023), (new, office.now)):
        visits.append(office.visit(unit, now=when))
        office.send(visits[-1], EIGHT, now=when)
    chains = [found(office, visit) for visit in visits]
    for criterion in chains[0]:
        rows = [chain[criterion] for chain in chains]
        results = at_once(
            office,
            *(lambda desk, row=row: reviewing.decide(desk, row.id, row.version, "confirm") for row in rows),
        )
        assert all(isinstance(one, FindingRow) for one in results), results
    flags = [{row.repeat for row in found(office, visit).values()} for visit in visits]
    assert flags == [{False}, {True}, {True}]


def test_a_correction_keeps_decided_ones_and_reopens_changed_ones(office: Office) -> None:
    visit = office.visit()
    first = office.send(visit, {"ny_01": "fail", "ny_02": "fail", "ny_03": "fail"})
    for row in found(office, visit).values():
        decide(office, row)
    with office.desk("reviewer", Role.REVIEWER) as desk:
        reviewing.return_inspection(desk, visit, {"ny_02": "Bao nhiêu thủ tục?"}, "", first.submission.id)
    office.send(
        visit, {"ny_01": "fail", "ny_02": "fail", "ny_02_n": 3, "ny_02_of": 10, "ny_03": "pass"},
        replaces=first.submission.id,
    )  # fmt: skip
    states = {name: row.state for name, row in found(office, visit).items()}
    assert states == {"NY-01": "confirmed", "NY-02": "reported", "NY-03": "withdrawn"}
    with pytest.raises(Conflict, match="rút"):
        decide(office, found(office, visit)["NY-03"])


def test_the_queue_is_oldest_first_and_counts_what_waits(office: Office) -> None:
    early, late = office.visit(), office.visit()
    office.send(late, {"ny_01": "fail"}, now=datetime(2026, 11, 22, 5, 0, tzinfo=UTC))
    office.send(early, {"ny_01": "fail", "ns_01": "fail"}, now=datetime(2026, 11, 22, 4, 0, tzinfo=UTC))
    with office.desk("reviewer", Role.REVIEWER) as desk:
        rows = list_queue(desk.session, desk.viewer, QueueFilter())
        assert [(row.id, row.waiting, row.findings, row.gravest) for row in rows] == [
            (early, 2, 2, 3),
            (late, 1, 1, 2),
        ]
        assert [row.id for row in list_queue(desk.session, desk.viewer, QueueFilter(severity=3))] == [early]
        assert list_queue(desk.session, desk.viewer, QueueFilter(mine=True)) == []
        assert find_next_inspection(desk.session, desk.viewer, early) == late
    decide(office, found(office, early)["NY-01"])
    decide(office, found(office, late)["NY-01"])
    with office.desk("reviewer", Role.REVIEWER) as desk:
        assert [row.id for row in list_queue(desk.session, desk.viewer, QueueFilter(mine=True))] == [early]
        assert [row.id for row in list_queue(desk.session, desk.viewer, QueueFilter("ready"))] == [late]
        assert count_queue(desk.session, desk.viewer, QueueFilter("returned")) == 0


def test_the_next_undecided_finding_lies_behind_and_then_begins_anew(office: Office) -> None:
    visit = office.visit()
    office.send(visit, {"ny_01": "fail", "ny_02": "fail", "ny_03": "fail"})
    decide(office, found(office, visit)["NY-03"])
    rows = list(found(office, visit).values())
    assert [getattr(next_undecided(rows, row.id), "criterion", None) for row in rows] == [
        "NY-02",
        "NY-01",
        "NY-01",
    ]


def test_a_visit_of_a_divided_unit_is_placed_by_a_person(office: Office) -> None:
    with office.database.reading() as session:
        gazetteer = get_gazetteer(session)
        old = next(
            unit for unit in gazetteer.in_force(date(2021, 3, 10), "commune") if unit.name == "Trà Bùi"
        )
    visit = office.visit(old.code, now=IN_2021)
    office.send(visit, {"ny_01": "fail"}, now=IN_2021)
    row = found(office, visit)["NY-01"]
    with office.desk("reviewer", Role.REVIEWER) as desk:
        candidates = placing.candidates_of(desk, desk.session.get_one(InspectionRow, visit))
        assert sorted(unit.name for unit in candidates) == ["Cà Đam", "Tây Trà Bồng"]
        for unit, reason in ((BINH_SON, "Vì sao"), (str(candidates[0].id), "  ")):
            with pytest.raises(BadValue):
                placing.place_inspection(desk, visit, int(unit), reason)
        placing.place_inspection(desk, visit, candidates[0].id, "Theo địa chỉ Bộ phận Một cửa")
    kept = found(office, visit)["NY-01"]
    assert (kept.placed_id, kept.unit_id, kept.version) == (candidates[0].id, old.id, row.version)
    with office.desk("reviewer", Role.REVIEWER) as desk:
        placing.place_inspection(desk, visit, None, "Chưa đủ căn cứ")
    assert found(office, visit)["NY-01"].placed_id is None
    whole = office.visit()
    with pytest.raises(Conflict), office.desk("reviewer", Role.REVIEWER) as desk:
        placing.place_inspection(desk, whole, candidates[0].id, "x")


def test_a_change_of_everything_is_one_new_version_and_counts_once_when_clicked_twice(office: Office) -> None:
    visit = office.visit()
    office.send(visit, {"ny_01": "fail"})
    row = found(office, visit)["NY-01"]
    wanted = {"severity": "3", "wording": "Bảng bị che khuất", "responsible": "cong an xa binh son"}
    for _ in range(2):
        with office.desk("reviewer", Role.REVIEWER) as desk:
            assert reviewing.change(desk, row.id, row.version, wanted, "Văn phong").version == row.version + 1
    with office.database.reading() as session:
        assert [event.event for event in list_finding_events(session, row.id)] == ["reported", "changed"]
