"""Accounts: made without a password, changed at once, never locked out by their own hand."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from inspect_app.domain.people import Act, Role
from inspect_app.domain.problems import BadValue, Conflict
from inspect_app.operations import people
from inspect_app.operations.desk import viewer_of
from inspect_app.storage.audit import AuditRow
from inspect_app.storage.people import PersonAreaRow, PersonRow, get_person
from inspect_app.storage.units import get_gazetteer
from tests.builders import BINH_SON, ZONE, Office


def wanted(username: str = "tham", **more: object) -> people.Wanted:
    fields: dict[str, object] = {
        "full_name": "Nguyễn Thị Thắm", "position": "Chuyên viên", "role": Role.REVIEWER, "areas": (BINH_SON,),
    }  # fmt: skip
    return people.Wanted(username, **(fields | more))  # type: ignore[arg-type]


def add(office: Office, order: people.Wanted, by: int | None = None) -> int:
    with office.database.writing.begin() as session:
        return people.add_person(session, office.now, by, order, ZONE).id


def test_a_new_account_has_no_password_and_its_maker_stands_in_the_log(office: Office) -> None:
    admin = office.person("admin", Role.ADMIN)
    number = add(office, wanted(), by=admin)
    with office.database.reading() as session:
        row = get_person(session, number)
        assert (row.username, row.full_name, row.password_hash, row.active) == (
            "tham",
            "Nguyễn Thị Thắm",
            None,
            True,
        )
        line = session.query(AuditRow).filter_by(act="person_added", subject_id=str(number)).one()
        assert (line.person_id, line.detail) == (admin, {"role": "reviewer"})


def test_all_faults_of_an_account_are_told_at_once(office: Office) -> None:
    with pytest.raises(BadValue) as told:
        add(office, wanted("Thắm", full_name=" ", areas=("524",)))  # huyện Bình Sơn ended on 2025-07-01
    assert set(told.value.fields) == {"username", "full_name", "areas"}


def test_a_username_is_given_once(office: Office) -> None:
    number = add(office, wanted())
    assert add(office, wanted(" THAM ")) == number, "the very same, unused account: a double click"
    with pytest.raises(Conflict) as told:
        add(office, wanted(" THAM ", full_name="Trần Thị Thắm"))
    assert set(told.value.fields) == {"username"}
    with office.database.writing.begin() as session:
        get_person(session, number).password_hash = "x"
    with pytest.raises(Conflict):
        add(office, wanted(" THAM "))


def test_a_decomposed_name_is_kept_composed(office: Office) -> None:
    number = add(office, wanted(full_name="Nguye\u0302\u0303n"))
    with office.database.reading() as session:
        assert get_person(session, number).full_name == "Nguyễn"


def test_role_and_area_hold_from_the_next_look_on(office: Office) -> None:
    number = add(office, wanted())
    with office.database.writing.begin() as session:
        people.change_person(
            session,
            office.now,
            None,
            get_person(session, number),
            1,
            wanted(role=Role.LEADER, areas=("51",)),
            ZONE,
        )
    with office.database.reading() as session:
        viewer = viewer_of(get_person(session, number), get_gazetteer(session))
        assert viewer.may(Act.SEE_SECRET)
        assert not viewer.may(Act.REVIEW)
        assert viewer.units is None


def test_a_closed_unit_that_a_person_holds_is_kept_only_when_kept(office: Office) -> None:
    number = add(office, wanted())
    with office.database.writing.begin() as session:
        old = next(unit for unit in get_gazetteer(session).bearing("524"))
        person = get_person(session, number)
        person.areas.append(PersonAreaRow(unit_id=old.id))
    with office.database.writing.begin() as session:
        person = get_person(session, number)
        people.change_person(session, office.now, None, person, person.version, wanted(kept=(old.id,)), ZONE)
        assert old.id in {area.unit_id for area in person.areas}
        people.change_person(session, office.now, None, person, person.version, wanted(), ZONE)
        assert old.id not in {area.unit_id for area in person.areas}


def test_a_closed_unit_that_nobody_gave_cannot_be_slipped_in(office: Office) -> None:
    number = add(office, wanted())
    with office.database.writing.begin() as session:
        old = get_gazetteer(session).bearing("524")[0]
        with pytest.raises(BadValue):
            people.change_person(
                session, office.now, None, get_person(session, number), 1, wanted(kept=(old.id,)), ZONE
            )


def test_an_administrator_can_neither_lock_nor_demote_themselves(office: Office) -> None:
    admin = office.person("admin", Role.ADMIN)
    with office.database.writing.begin() as session:
        row = get_person(session, admin)
        with pytest.raises(Conflict):
            people.set_active(session, office.now, admin, row, active=False)
        with pytest.raises(Conflict):
            people.change_person(session, office.now, admin, row, 1, wanted("admin"), ZONE)
        assert (row.active, row.role) == (True, "admin")


def test_disabling_ends_every_session_and_new_links_wait_for_enabling(office: Office) -> None:
    number = add(office, wanted())
    with office.database.writing.begin() as session:
        row = session.get_one(PersonRow, number)
        epoch = row.session_epoch
        people.set_active(session, office.now, None, row, active=False)
        assert row.session_epoch > epoch
        with pytest.raises(Conflict):
            people.new_link(session, office.now, None, row)
        people.set_active(session, office.now, None, row, active=True)
        assert people.new_link(session, office.now, None, row)


def test_of_two_administrators_at_once_the_second_is_told_and_overwrites_nothing(office: Office) -> None:
    number = add(office, wanted())
    gate = threading.Barrier(2)

    def change(role: Role) -> str:
        try:
            with office.database.writing.begin() as session:
                if not office.database.is_sqlite:  # there the second only begins when the first has ended
                    gate.wait()
                people.change_person(
                    session, office.now, None, get_person(session, number), 1, wanted(role=role), ZONE
                )
        except Conflict:
            return "told"
        return role.value

    with ThreadPoolExecutor(2) as threads:
        told = list(threads.map(change, (Role.LEADER, Role.HEAD)))
    assert told.count("told") == 1
    with office.database.reading() as session:
        row = get_person(session, number)
        assert (row.role, row.version) == (next(role for role in told if role != "told"), 2)


def test_signing_in_is_no_change_that_an_administrator_has_to_look_at(office: Office) -> None:
    number = add(office, wanted())
    with office.database.writing.begin() as session:
        get_person(session, number).last_sign_in_at = office.now
        people.set_active(session, office.now, None, get_person(session, number), active=False)
    with office.database.reading() as session:
        assert get_person(session, number).version == 1
