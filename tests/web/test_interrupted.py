"""Who may leave typed text with us without being signed in, and who gets it: only its author's own pages, for them."""

import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select
from werkzeug.test import TestResponse

from inspect_app.domain.people import Role
from inspect_app.storage.inspections import InspectionRow
from inspect_app.storage.people import PersonRow
from inspect_app.storage.submissions import BlobRow, DraftRow, find_draft
from inspect_app.web.page_author import new_csrf_secret
from tests.builders import BINH_SON
from tests.client import photo_of, token_in
from tests.desks import Desks, Person, open_desks
from tests.prepared import Stores

NOTE = "Xã Đức Phổ: thiếu bảng niêm yết"


@pytest.fixture
def desks(prepared_stores: Callable[..., Stores], tmp_path: Path) -> Iterator[Desks]:
    with open_desks(prepared_stores(), tmp_path / "var") as found:
        found.office.now = datetime.now(UTC)  # pages are dated by the real clock
        yield found


def phone_of(desks: Desks, username: str, role: Role = Role.INSPECTOR) -> Person:
    """A person at a browser whose session began by signing in."""
    person = desks.client(username, role)
    with person.http.session_transaction() as session:
        session["csrf_token"] = new_csrf_secret(desks.office.people[username])
    return person


def end_sessions(desks: Desks, username: str) -> None:
    with desks.office.database.writing.begin() as session:
        session.get_one(PersonRow, desks.office.people[username]).session_epoch += 1


def opened(person: Person, visit: str) -> dict[str, Any]:
    """The page of a visit, filled, as it will be posted."""
    page = person.get(f"/inspect/{visit}").text
    submission = re.search(r'name="submission_id"[^>]*value="([^"]+)"', page)
    assert submission
    return {
        "csrf_token": token_in(page), "submission_id": submission[1], "replaces": "", "action": "send",
        "ny_01": "fail", "ny_01_note": NOTE,
    }  # fmt: skip


def post(person: Person, visit: str, fields: dict[str, Any]) -> TestResponse:
    photo = (io.BytesIO(photo_of(5)), "anh.jpg")
    return person.http.post(f"/inspect/{visit}", data={**fields, "ny_01_photo": photo})


def drafts(desks: Desks) -> list[tuple[int, str]]:
    with desks.office.database.reading() as session:
        return [
            (row.person_id, row.answers.get("ny_01_note", "")) for row in session.scalars(select(DraftRow))
        ]


def blobs(desks: Desks) -> int:
    with desks.office.database.reading() as session:
        return session.scalar(select(func.count()).select_from(BlobRow)) or 0


def test_a_page_kept_without_sign_in_neither_starts_nor_sends_its_visit(desks: Desks) -> None:
    phone = phone_of(desks, "mot")
    visit = desks.office.plan(BINH_SON, "mot", day=desks.office.now.date())
    fields = opened(phone, visit)
    end_sessions(desks, "mot")
    answer = post(phone, visit, fields)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/login?next=/inspect/{visit}")
    assert drafts(desks) == [(desks.office.people["mot"], NOTE)]
    with desks.office.database.reading() as session:
        assert session.get_one(InspectionRow, visit).state == "planned"


def test_a_stranger_leaves_nothing_even_with_a_page_of_somebody(desks: Desks) -> None:
    visit = desks.office.visit(by="mot")
    fields = opened(phone_of(desks, "mot"), visit)
    stranger = Person(desks.app.test_client())
    answer = post(stranger, visit, fields)
    assert answer.status_code == 302, "a browser in which no checklist was opened is not read"
    assert (drafts(desks), blobs(desks)) == ([], 0)


@pytest.mark.parametrize("token", ["", "x", "anonymous"])
def test_nothing_can_be_planted_from_a_browser_that_was_left(desks: Desks, token: str) -> None:
    """A post that an attacker makes the browser send knows no page of the person."""
    phone, visit = phone_of(desks, "mot"), desks.office.visit(by="mot")
    fields = opened(phone, visit)
    end_sessions(desks, "mot")
    if token == "anonymous":
        token = token_in(phone.get("/login").text)
    assert post(phone, visit, {**fields, "csrf_token": token}).status_code == 302
    reason = {"csrf_token": token, "unit": BINH_SON, "reason": "cài vào"}
    answer = phone.http.post("/inspect/new", data=reason)
    assert answer.status_code == 302 and "cài vào" not in answer.text
    assert (drafts(desks), blobs(desks)) == ([], 0)


def test_an_ended_session_draws_no_page_in_its_persons_name(desks: Desks) -> None:
    phone, visit = phone_of(desks, "mot"), desks.office.visit(by="mot")
    fields = opened(phone, visit)
    end_sessions(desks, "mot")
    later = token_in(phone.get("/login").text)
    assert post(phone, visit, {**fields, "csrf_token": later}).status_code == 302
    assert drafts(desks) == []


def test_a_page_of_one_person_is_never_kept_for_a_visit_they_are_not_of(desks: Desks) -> None:
    phone, own, other = phone_of(desks, "mot"), desks.office.visit(by="mot"), desks.office.visit(by="hai")
    fields = opened(phone, own)
    end_sessions(desks, "mot")
    assert post(phone, other, fields).status_code == 302
    assert drafts(desks) == []


def test_a_draft_saved_after_the_page_was_drawn_stands_and_is_only_added_to(desks: Desks) -> None:
    phone, visit = phone_of(desks, "mot"), desks.office.visit(by="mot")
    old = opened(phone, visit)
    desks.office.now += timedelta(minutes=5)
    assert post(phone, visit, {**old, "action": "save", "ny_01_note": "Mới hơn"}).status_code == 303
    end_sessions(desks, "mot")
    assert post(phone, visit, {**old, "ny_02": "fail", "ny_02_note": "Chỉ có ở đây"}).status_code == 303
    with desks.office.database.reading() as session:
        draft = find_draft(session, visit, desks.office.people["mot"])
        assert draft is not None
        assert (draft.answers["ny_01_note"], draft.answers["ny_02_note"]) == ("Mới hơn", "Chỉ có ở đây")


def test_an_ended_session_is_read_a_few_times_only(desks: Desks) -> None:
    phone, visit = phone_of(desks, "mot"), desks.office.visit(by="mot")
    fields = opened(phone, visit)
    end_sessions(desks, "mot")
    statuses = [post(phone, visit, fields).status_code for _ in range(7)]
    assert statuses == [303] * 5 + [429] * 2
    again = phone_of(desks, "mot")
    with again.http.session_transaction() as session:
        session["_user_id"] = session["_user_id"].replace(":0:", ":1:", 1)
    fields = opened(again, visit)
    end_sessions(desks, "mot")
    assert post(again, visit, fields).status_code == 303, "who signed in again has tries of their own"


def test_the_browser_remembers_only_that_a_checklist_was_opened(desks: Desks) -> None:
    phone, visit = phone_of(desks, "mot"), desks.office.visit(by="mot")
    cookie = next(
        line
        for line in phone.get(f"/inspect/{visit}").headers.getlist("Set-Cookie")
        if line.startswith("trang=")
    )
    assert all(word in cookie for word in ("HttpOnly", "SameSite=Strict", "Path=/inspect"))
    assert not any("trang=" in line for line in phone.get(f"/inspect/{visit}").headers.getlist("Set-Cookie"))


@pytest.mark.parametrize("username, offered", [("mot", True), ("hai", False)])
def test_typed_fields_are_offered_to_their_author_only_and_only_as_they_were_typed(
    desks: Desks, username: str, offered: bool
) -> None:
    phone = phone_of(desks, "mot")
    desks.office.give_password("mot", "một mật khẩu đủ dài")
    desks.office.give_password("hai", "một mật khẩu đủ dài")
    fields = {"csrf_token": token_in(phone.get("/inspect/new").text), "unit": BINH_SON, "reason": NOTE}
    end_sessions(desks, "mot")
    page = phone.http.post("/inspect/new", data=fields)
    assert page.status_code == 401
    sealed = re.search(r'name="carried" value="([^"]+)"', page.text)
    assert sealed
    wanted = {"username": username, "password": "một mật khẩu đủ dài", "csrf_token": token_in(page.text)}
    answer = phone.http.post("/login", data={**wanted, "carried": sealed[1]})
    assert (NOTE in answer.text) == offered
    assert answer.status_code == (200 if offered else 303)
    with desks.office.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(InspectionRow)) == 0, (
            "nothing happens by itself"
        )


def test_what_was_carried_cannot_be_changed_on_the_way(desks: Desks) -> None:
    desks.office.give_password("mot", "một mật khẩu đủ dài")
    browser = Person(desks.app.test_client())
    token = token_in(browser.get("/login").text)
    wanted = {"username": "mot", "password": "một mật khẩu đủ dài", "csrf_token": token}
    answer = browser.http.post("/login", data={**wanted, "carried": "WzEsIi8iLFtdXQ.x.y"})
    assert answer.status_code == 303


def test_what_stands_on_a_page_of_an_earlier_session_is_sent_on_by_its_author_only(desks: Desks) -> None:
    """A second sign-in changes the token of pages that are still open; their text is not lost by that."""
    head = phone_of(desks, "truong", Role.HEAD)
    fields = {
        "csrf_token": token_in(head.get("/campaigns/new").text), "number": "12/QĐ-VP", "title": "Đợt kiểm tra H'Drai",
        "starts": "2026-11-01", "ends": "2026-12-31",
    }  # fmt: skip
    with head.http.session_transaction() as session:
        session["csrf_token"] = new_csrf_secret(desks.office.people["truong"])
    page = head.http.post("/campaigns/new", data=fields)
    assert page.status_code == 400 and "Đợt kiểm tra H&#39;Drai" in page.text
    again = head.http.post("/campaigns/new", data={**fields, "csrf_token": token_in(page.text)})
    assert again.status_code == 303
    theirs = token_in(phone_of(desks, "pho", Role.HEAD).get("/campaigns/new").text)
    page = head.http.post("/campaigns/new", data={**fields, "csrf_token": theirs})
    assert page.status_code == 400 and "tài khoản khác" in page.text and "H&#39;Drai" not in page.text


def impatient(desks: Desks) -> None:
    """A writer gives up waiting for the lock after a moment, not after half a minute."""

    def soon(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA busy_timeout=50")

    engine = desks.app.extensions["inspect"].database.engine
    engine.dispose()
    event.listen(engine, "connect", soon)


def test_a_locked_database_gives_the_words_back_to_be_sent_again(desks: Desks) -> None:
    phone, visit = phone_of(desks, "mot"), desks.office.visit(by="mot")
    fields = opened(phone, visit)
    impatient(desks)
    with desks.office.database.writing.begin() as writer:
        writer.get_one(PersonRow, desks.office.people["mot"])
        page = post(phone, visit, fields)
        assert page.status_code == 503
    assert NOTE in page.text and "phải chọn lại" in page.text
    typed = dict(re.findall(r'<textarea name="([^"]+)" hidden>\n([^<]*)</textarea>', page.text))
    assert typed["action"] == "save", "a checklist is not sent without its photos"
    answer = phone.http.post(f"/inspect/{visit}", data={**typed, "csrf_token": token_in(page.text)})
    assert answer.status_code == 303
    assert drafts(desks) == [(desks.office.people["mot"], NOTE)]


def test_a_database_that_is_gone_gives_the_words_back_too_but_not_to_a_forged_post(desks: Desks) -> None:
    phone, visit = phone_of(desks, "mot"), desks.office.visit(by="mot")
    fields = opened(phone, visit)
    database = Path(desks.office.database.engine.url.database or "")
    desks.app.extensions["inspect"].database.engine.dispose()
    moved = database.rename(database.with_suffix(".moved"))
    database.mkdir()
    page, forged = post(phone, visit, fields), post(phone, visit, {**fields, "csrf_token": "x"})
    database.rmdir()
    moved.rename(database)
    assert page.status_code == forged.status_code == 503
    assert NOTE in page.text and "Gửi tiếp" in page.text
    assert NOTE not in forged.text


def test_an_error_page_never_gives_back_a_password(desks: Desks) -> None:
    phone = phone_of(desks, "mot")
    token = token_in(phone.get("/password").text)
    impatient(desks)
    with desks.office.database.writing.begin() as writer:
        writer.get_one(PersonRow, desks.office.people["mot"])
        page = phone.http.post("/password", data={"csrf_token": token, "current": "Mật khẩu của tôi"})
    assert page.status_code == 503 and "Mật khẩu của tôi" not in page.text


def test_a_password_typed_before_the_session_ended_is_given_back_on_no_page(desks: Desks) -> None:
    phone = phone_of(desks, "mot")
    fields = {"csrf_token": token_in(phone.get("/password").text), "current": "Mật khẩu của tôi"}
    end_sessions(desks, "mot")
    anonymous = phone.http.post("/password", data=fields)
    again = phone_of(desks, "mot").http.post("/password", data=fields)
    for answer in (anonymous, again):
        assert answer.status_code in (302, 303, 400, 401)
        assert "carried" not in answer.text and "Mật khẩu của tôi" not in answer.text
