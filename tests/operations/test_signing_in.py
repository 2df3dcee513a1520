"""Signing in: equal work for known and unknown names, slower for guessers, links that work once."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from inspect_app.domain.people import Role
from inspect_app.domain.problems import Conflict, Faulty, NotFound, Problem, TooMany
from inspect_app.operations import people, signing_in
from inspect_app.operations.signing_in import Attempt
from inspect_app.operations.throttling import FORGOTTEN_AFTER, FREE_TRIES
from inspect_app.storage.audit import AuditRow
from inspect_app.storage.people import ActivationRow, DeviceKeyRow, PersonRow, ThrottleRow, get_person
from tests.builders import Office
from tests.servers import ROOT

PASSWORD = "ba con ong làm mật"


def activate(office: Office, username: str = "tham", password: str = PASSWORD) -> int:
    """A person who has chosen a password."""
    number = office.person(username, Role.REVIEWER)
    with office.database.writing.begin() as session:
        token = signing_in.make_activation(session, office.now, get_person(session, number))
    signing_in.activate(office.database, office.now, token, password, password)
    return number


def attempt(
    office: Office, username: str, password: str, address: str = "10.0.0.1", after: timedelta = timedelta(0)
) -> PersonRow | None:
    return signing_in.sign_in(office.database, office.now + after, Attempt(username, password, address))


def change(office: Office, current: str, new: str, address: str = "10.0.0.1") -> PersonRow:
    return signing_in.change_password(
        office.database, office.now, Attempt("tham", current, address), new, new
    )


def test_the_right_password_signs_in_and_is_noted(office: Office) -> None:
    number = activate(office)
    person = attempt(office, " Tham ", PASSWORD)
    assert person is not None
    assert person.id == number
    assert person.last_sign_in_at == office.now


def test_every_refusal_costs_one_hash_whether_the_account_is_known_or_not(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    activate(office, "known")
    office.person("without.password")
    with office.database.writing.begin() as session:
        people.set_active(
            session, office.now, None, get_person(session, activate(office, "disabled")), active=False
        )
    real, costs = signing_in.HASHER.verify, []

    class Counting:
        def verify(self, password_hash: str, password: str) -> bool:
            costs[-1].append(password_hash.rsplit("$", 2)[0])
            return bool(real(password_hash, password))

    monkeypatch.setattr(signing_in, "HASHER", Counting())
    for number, name in enumerate(("known", "unknown", "without.password", "disabled")):
        costs.append([])
        assert attempt(office, name, "wrong", f"10.0.0.{number}") is None
    assert len(costs[0]) == 1
    assert all(cost == costs[0] for cost in costs), "same number of hashes with the same parameters"


def test_the_program_hashes_at_the_cost_its_library_advises() -> None:
    """Tests do not (tests/conftest.py), so that this asks a process of its own."""
    ask = "from inspect_app.operations.signing_in import HASHER; print(HASHER.hash('x').rsplit('$', 2)[0])"
    said = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True, cwd=ROOT)
    assert said.stdout.strip() == PasswordHasher().hash("x").rsplit("$", 2)[0]
    assert "argon2id" in said.stdout


def test_a_disabled_account_does_not_sign_in_with_its_right_password(office: Office) -> None:
    number = activate(office)
    with office.database.writing.begin() as session:
        people.set_active(session, office.now, None, get_person(session, number), active=False)
    assert attempt(office, "tham", PASSWORD) is None


def test_failures_slow_down_an_account_from_every_address_even_for_the_right_password(office: Office) -> None:
    activate(office)
    for number in range(FREE_TRIES):
        assert attempt(office, "tham", "wrong", f"10.0.1.{number}") is None
    with pytest.raises(TooMany):
        attempt(office, "tham", PASSWORD, "10.9.9.9")
    assert attempt(office, "tham", PASSWORD, "10.9.9.9", after=timedelta(minutes=16)) is not None


def test_the_wait_grows_with_each_failure(office: Office) -> None:
    activate(office)
    later = timedelta(0)
    waits = []
    for _ in range(FREE_TRIES + 3):
        try:
            attempt(office, "tham", "wrong", after=later)
        except TooMany as told:
            seconds = int(str(told.params["seconds"]))
            waits.append(seconds)
            later += timedelta(seconds=seconds)
            attempt(office, "tham", "wrong", after=later)
    assert waits == sorted(waits)
    assert waits[-1] > waits[0]


def test_failures_slow_down_an_address_over_many_accounts(office: Office) -> None:
    activate(office)
    for number in range(FREE_TRIES * 10):
        attempt(office, f"guess{number}", "wrong")
    with pytest.raises(TooMany):
        attempt(office, "tham", PASSWORD)
    assert attempt(office, "tham", PASSWORD, "10.0.0.2") is not None


def test_success_forgets_the_failures_of_the_account(office: Office) -> None:
    activate(office)
    for _ in range(3):
        for _ in range(FREE_TRIES - 1):
            attempt(office, "tham", "wrong")
        assert attempt(office, "tham", PASSWORD) is not None


def test_a_failure_is_audited_with_its_address_and_without_its_password(office: Office) -> None:
    number = activate(office)
    attempt(office, "tham", "sai-bét-nhè", "10.1.2.3")
    attempt(office, "nobody", "sai-bét-nhè", "10.1.2.3")
    with office.database.reading() as session:
        lines = session.query(AuditRow).filter_by(act="sign_in_failed").order_by(AuditRow.id).all()
        assert [(line.person_id, line.subject_id) for line in lines] == [
            (number, "10.1.2.3"),
            (None, "10.1.2.3"),
        ]
        assert "sai-bét-nhè" not in str([line.detail for line in lines])


def test_a_link_chooses_a_password_once(office: Office) -> None:
    number = office.person("tham", Role.REVIEWER)
    with office.database.writing.begin() as session:
        token = signing_in.make_activation(session, office.now, get_person(session, number))
    signing_in.activate(office.database, office.now, token, PASSWORD, PASSWORD)
    with pytest.raises(NotFound):
        signing_in.activate(office.database, office.now, token, "khác hẳn mật khẩu", "khác hẳn mật khẩu")
    assert attempt(office, "tham", PASSWORD) is not None


def test_of_two_who_use_a_link_at_once_only_one_wins(office: Office) -> None:
    number = office.person("tham", Role.REVIEWER)
    with office.database.writing.begin() as session:
        token = signing_in.make_activation(session, office.now, get_person(session, number))
    gate = threading.Barrier(2)
    passwords = ("mật khẩu thứ nhất", "mật khẩu thứ hai")

    def use(password: str) -> str | Problem:
        gate.wait()
        try:
            signing_in.activate(office.database, office.now, token, password, password)
        except Problem as problem:
            return problem
        return password

    with ThreadPoolExecutor(2) as threads:
        results = list(threads.map(use, passwords))
    won = [result for result in results if isinstance(result, str)]
    lost = [result for result in results if not isinstance(result, str)]
    assert len(won) == 1
    assert isinstance(lost[0], NotFound | Conflict)
    assert [attempt(office, "tham", password) is not None for password in passwords] == [
        password == won[0] for password in passwords
    ]


def test_a_newer_link_an_old_link_and_a_disabled_account_open_nothing(office: Office) -> None:
    number = office.person("tham", Role.REVIEWER)
    with office.database.writing.begin() as session:
        person = get_person(session, number)
        first = signing_in.make_activation(session, office.now, person)
        second = signing_in.make_activation(session, office.now, person)
    with office.database.writing.begin() as session:
        with pytest.raises(NotFound):
            signing_in.find_activation(session, office.now, first)
        with pytest.raises(NotFound):
            signing_in.find_activation(session, office.now + signing_in.LINK_LIFETIME, second)
        assert signing_in.find_activation(session, office.now, second).id == number
        people.set_active(session, office.now, None, get_person(session, number), active=False)
        with pytest.raises(NotFound):
            signing_in.find_activation(session, office.now, second)


def test_no_token_stands_in_the_database(office: Office) -> None:
    number = office.person("tham", Role.REVIEWER)
    with office.database.writing.begin() as session:
        person = get_person(session, number)
        tokens = (
            signing_in.make_activation(session, office.now, person),
            signing_in.make_device_key(session, office.now, person),
        )
    with office.database.reading() as session:
        kept = [row.token_hash for row in (*session.query(ActivationRow), *session.query(DeviceKeyRow))]
        assert len(kept) == 2
        assert not set(tokens) & set(kept)
        assert not [
            line for line in session.query(AuditRow) if any(token in str(line.detail) for token in tokens)
        ]


def test_changing_the_password_ends_other_sessions_and_needs_the_old_one(office: Office) -> None:
    number = activate(office)
    new = "trời hôm nay xanh quá"
    with office.database.reading() as session:
        epoch = get_person(session, number).session_epoch
    with pytest.raises(Faulty) as told:
        change(office, "wrong", new)
    assert set(told.value.fields) == {"current"}
    assert change(office, PASSWORD, new).session_epoch == epoch + 1
    assert attempt(office, "tham", PASSWORD) is None
    assert attempt(office, "tham", new) is not None


@pytest.mark.parametrize("password", ["ngắn", "aaaaaaaaaaaa", "tham-tham-tham"])
def test_a_password_that_is_easily_guessed_is_refused(office: Office, password: str) -> None:
    activate(office)
    with pytest.raises(Faulty):
        change(office, PASSWORD, password)


def test_guesses_at_the_password_page_and_at_the_door_are_counted_together_and_audited(
    office: Office,
) -> None:
    """A session left open on somebody's desk is no way to guess the password behind it."""
    number, new = activate(office), "trời hôm nay xanh quá"
    for guess in range(FREE_TRIES - 1):
        with pytest.raises(Faulty):
            change(office, f"wrong {guess}", new)
    assert attempt(office, "tham", "wrong") is None
    with pytest.raises(TooMany):
        change(office, PASSWORD, new)
    with pytest.raises(TooMany):
        attempt(office, "tham", PASSWORD, "10.9.9.9")
    with office.database.reading() as session:
        lines = session.query(AuditRow).filter_by(act="password_change_failed").all()
        assert [(line.person_id, line.subject_id) for line in lines] == [(number, "10.0.0.1")] * 4


def test_guesses_at_the_same_moment_learn_no_more_than_guesses_in_turn(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All are verified before the first is counted; those beyond the free tries are told to wait, right or wrong."""
    activate(office)
    tries = FREE_TRIES + 3
    gate = threading.Barrier(tries)
    real = signing_in.verify_password

    def all_at_once(held: str | None, password: str) -> bool:
        found = real(held, password)
        gate.wait()
        return found

    monkeypatch.setattr(signing_in, "verify_password", all_at_once)

    def guess(number: int) -> str:
        try:
            return str(attempt(office, "tham", f"wrong {number}"))
        except TooMany:
            return "wait"

    with ThreadPoolExecutor(tries) as threads:
        told = list(threads.map(guess, range(tries)))
    assert sorted(told) == ["None"] * FREE_TRIES + ["wait"] * 3


def test_no_transaction_is_open_while_a_password_is_verified_or_hashed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that others send while people sign in: a connection of a transaction would be taken out of the pool."""
    open_meanwhile: list[int] = []

    class Watching:
        def verify(self, password_hash: str, password: str) -> bool:
            open_meanwhile.append(office.database.engine.pool.checkedout())  # type: ignore[attr-defined]
            return bool(real.verify(password_hash, password))

        def hash(self, password: str) -> str:
            open_meanwhile.append(office.database.engine.pool.checkedout())  # type: ignore[attr-defined]
            return str(real.hash(password))

    real = signing_in.HASHER
    monkeypatch.setattr(signing_in, "HASHER", Watching())
    activate(office)  # one hash
    attempt(office, "tham", PASSWORD)
    attempt(office, "tham", "wrong")
    attempt(office, "nobody", "wrong")
    change(office, PASSWORD, "trời hôm nay xanh quá")  # verified, then hashed
    assert open_meanwhile == [0] * 6


def test_a_password_changed_while_the_old_one_is_verified_lets_nobody_in(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    activate(office)
    real = signing_in.verify_password

    def change_meanwhile(held: str | None, password: str) -> bool:
        monkeypatch.setattr(signing_in, "verify_password", real)
        change(office, PASSWORD, "trời hôm nay xanh quá")
        return real(held, password)

    monkeypatch.setattr(signing_in, "verify_password", change_meanwhile)
    assert attempt(office, "tham", PASSWORD) is None


def test_names_that_were_guessed_do_not_fill_the_table(office: Office) -> None:
    for number in range(20):
        attempt(office, f"guess{number}", "wrong", f"10.0.0.{number}")
    attempt(office, "later", "wrong", "10.1.0.1", after=FORGOTTEN_AFTER + timedelta(seconds=1))
    with office.database.reading() as session:
        assert session.query(ThrottleRow).count() == 2


def test_an_address_of_version_6_counts_with_its_network(office: Office) -> None:
    """One line has 2^64 addresses of its own."""
    for number in range(FREE_TRIES * 10):
        attempt(office, f"guess{number}", "wrong", f"2001:db8:1:2::{number:x}")
    with pytest.raises(TooMany):
        attempt(office, "tham", "wrong", "2001:db8:1:2:ffff::1")
    assert attempt(office, "tham", "wrong", "2001:db8:1:3::1") is None
    assert attempt(office, "tham", "wrong", "no address at all, " * 20) is None
