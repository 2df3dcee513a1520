"""A draft is its owner's: no team-mate can compute its id, take it, or get its photos linked or named."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from inspect_app.domain.people import Role
from inspect_app.operations.drafting import page_submission_id
from inspect_app.storage.inspections import InspectionRow
from inspect_app.storage.submissions import DraftRow, PhotoRow, SubmissionRow
from tests.builders import BINH_SON
from tests.client import document, new_id, photo_of
from tests.desks import Desks, Person, open_desks
from tests.prepared import Stores

OWN = {"ny_01": "fail", "ny_01_note": "Của người thứ nhất"}


@pytest.fixture
def desks(prepared_stores: Callable[..., Stores], tmp_path: Path) -> Iterator[Desks]:
    with open_desks(prepared_stores(), tmp_path / "var") as found:
        yield found


@pytest.fixture
def team(desks: Desks) -> tuple[Person, Person]:
    return desks.client("first", Role.INSPECTOR), desks.client("second", Role.INSPECTOR)


@pytest.fixture
def visit(desks: Desks, team: tuple[Person, Person]) -> str:
    return desks.office.plan(BINH_SON, "first", "second", kind="surprise", day=desks.office.now.date())


def save(person: Person, visit: str, **fields: object) -> str:
    """Keep a draft with one photo; gives the id of its page."""
    photo = ("ny_01", photo_of(1), "mot.jpg")
    answer = person.send_page(visit, OWN | {"action": "save"} | fields, [photo])  # type: ignore[arg-type]
    assert answer.status_code == 303, answer.text[:3000]
    found = re.search(r'name="submission_id"[^>]*value="([^"]+)"', person.get(f"/inspect/{visit}").text)
    assert found
    return found[1]


def put(person: Person, id: str, visit: str, note: str = "Của người thứ hai") -> TestResponse:
    body = document(visit, {"ny_01": "fail", "ny_01_note": note})
    token = person.get("/api/v1/me").json
    assert token is not None
    return person.http.put(
        f"/api/v1/submissions/{id}", json=body, headers={"X-CSRFToken": token["csrf_token"]}
    )


def photos_of(desks: Desks, submission: str) -> list[str]:
    with desks.office.database.reading() as session:
        return list(session.scalars(select(PhotoRow.name).where(PhotoRow.submission_id == submission)))


def test_the_id_of_a_page_comes_from_a_secret_of_its_visit(desks: Desks, visit: str) -> None:
    with desks.office.desk("first") as desk:
        inspection = desk.session.get_one(InspectionRow, visit)
        before = page_submission_id(desk, inspection)
        assert page_submission_id(desk, inspection) == before
        inspection.page_key = new_id()
        assert page_submission_id(desk, inspection) != before


def test_a_document_under_the_id_of_anothers_draft_is_kept_beside_and_takes_nothing(
    desks: Desks, team: tuple[Person, Person], visit: str
) -> None:
    first, second = team
    id = save(first, visit)
    answer, again = put(second, id, visit), put(second, id, visit)
    for told in (answer, again):
        assert told.status_code == 202
        assert told.json is not None
        assert (told.json["status"], told.json["reasons"], told.json["files"]) == (
            "kept",
            ["other_content"],
            [],
        )
        assert told.json["id"] != id
    assert answer.json == again.json, "kept once"
    assert second.get(f"/api/v1/submissions/{answer.json['id']}").json == answer.json  # type: ignore[index]
    assert second.get(f"/api/v1/submissions/{id}").status_code == 404
    assert photos_of(desks, id) == ["mot.jpg"]
    sent = first.send_page(visit, OWN)
    assert sent.headers["Location"].endswith(id)
    with desks.office.database.reading() as session:
        rows = {row.id: (row.person_id, row.status) for row in session.scalars(select(SubmissionRow))}
        people = desks.office.people
        assert rows == {
            id: (people["first"], "accepted"),
            answer.json["id"]: (people["second"], "kept"),  # type: ignore[index]
        }
    assert photos_of(desks, id) == ["mot.jpg"]


def test_a_draft_without_photos_is_no_more_anothers_to_take(
    desks: Desks, team: tuple[Person, Person], visit: str
) -> None:
    first, second = team
    first.send_page(visit, OWN | {"action": "save"})
    with desks.office.database.reading() as session:
        id = session.scalars(select(DraftRow.submission_id)).one()
    assert put(second, id, visit).status_code == 202
    assert first.send_page(visit, OWN).headers["Location"].endswith(id)


def test_a_page_that_names_anothers_draft_puts_no_photos_into_it(
    desks: Desks, team: tuple[Person, Person], visit: str
) -> None:
    """A correction carries the photos of what it replaces: into the sender's own page, whatever id the post names."""
    first, second = team
    own = (
        second.send_page(visit, OWN, [("ny_01", photo_of(2), "hai.jpg")])
        .headers["Location"]
        .rsplit("/", 1)[1]
    )
    first.send_page(visit, OWN | {"action": "save"})
    with desks.office.database.reading() as session:
        drafted = session.scalars(select(DraftRow.submission_id)).one()
    post = OWN | {"submission_id": drafted, "replaces": own, "action": "save"}
    assert second.send_page(visit, post).status_code == 303
    assert photos_of(desks, drafted) == []
    with desks.office.database.reading() as session:
        mine = session.scalars(
            select(DraftRow.submission_id).where(DraftRow.person_id == desks.office.people["second"])
        ).one()
    assert photos_of(desks, mine) == ["hai.jpg"]


def test_a_correction_of_anothers_submission_owns_the_photos_it_carries(
    desks: Desks, team: tuple[Person, Person], visit: str
) -> None:
    first, second = team
    id = (
        first.send_page(visit, OWN, [("ny_01", photo_of(1), "mot.jpg")]).headers["Location"].rsplit("/", 1)[1]
    )
    answer = second.send_page(visit, OWN | {"ny_02": "fail", "replaces": id})
    assert answer.status_code == 303
    with desks.office.database.reading() as session:
        rows = session.execute(
            select(SubmissionRow.status, PhotoRow.person_id)
            .join(PhotoRow, PhotoRow.submission_id == SubmissionRow.id)
            .where(SubmissionRow.replaces == id)
        ).all()
        assert rows == [("accepted", desks.office.people["second"])]
