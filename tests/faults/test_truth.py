"""The suite's own judge: a lost answer, a doubled photo and a false word on the phone are each counted."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from inspect_app.domain.documents import PhotoClaim
from inspect_app.storage.evidence import open_store
from tests.builders import Office
from tests.client import photo_of
from tests.faults.phone import Sheet
from tests.faults.truth import Count, Truth

ANSWERS = {"ny_01": "fail", "ny_01_note": "Ngọk Réo: không có bảng", "ny_01_severity": "2"}
PHOTO = hashlib.sha256(photo_of(1)).hexdigest()


@dataclass
class Told:
    """What a phone says, without a phone."""

    sheets: list[Sheet]
    records: list[dict[str, Any]]
    photos: list[dict[str, Any]] = field(default_factory=list)

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        return {"records": self.records, "photos": self.photos, "pieces": []}


@dataclass
class Court:
    truth: Truth
    visit: str
    submission: str
    code: str

    def judge(self, *, state: str = "complete", sent: bool = False, **given: Any) -> Count:
        sheet = Sheet(**({"inspection": self.visit, "answers": ANSWERS, "finished": True} | given))
        sheet.submission, sheet.told_code = self.submission, given.get("told_code", self.code)
        record = {"code": self.code, "state": state, "submission": self.submission, "error": None}
        photo = {
            "submission": self.submission, "sha256": PHOTO, "state": "sent", "photo": "p", "pieces": 1,
        }  # fmt: skip
        return self.truth.compare(Told([sheet], [record], [photo] if sent else []))  # type: ignore[arg-type]


@pytest.fixture
def court(office: Office, tmp_path: Path) -> Court:
    visit = office.visit()
    sent = office.send(visit, ANSWERS, photos=[PhotoClaim("ny_01", PHOTO, len(photo_of(1)))])
    open_store(str(tmp_path / "evidence"), tmp_path / "scratch")
    return Court(Truth(office.database, tmp_path / "evidence"), visit, sent.submission.id, sent.code)


def numbers(count: Count) -> tuple[int, int, int]:
    return len(count.lost), len(count.doubled), len(count.silent)


def test_what_arrived_as_it_was_given_is_no_finding(court: Court) -> None:
    assert numbers(court.judge()) == (0, 0, 0)


def test_an_answer_that_is_not_there_is_lost_and_one_that_nobody_gave_is_doubled(court: Court) -> None:
    assert numbers(court.judge(answers=ANSWERS | {"ny_02": "pass"})) == (1, 0, 0)
    assert numbers(court.judge(answers={"ny_01": "fail", "ny_01_severity": "2"})) == (0, 1, 0)
    assert numbers(court.judge(answers=ANSWERS | {"ny_01_note": "Ngọk Réo: không có bảng "})) == (1, 0, 0)


def test_a_photo_that_is_not_there_is_lost(court: Court) -> None:
    assert numbers(court.judge(photos=[("ny_01", PHOTO)])) == (1, 0, 0)


def test_a_second_submission_of_a_visit_is_doubled(court: Court) -> None:
    assert numbers(court.judge(arrives=0)) == (0, 1, 0)


def test_what_the_phone_says_and_is_not_so_is_silent(court: Court) -> None:
    assert numbers(court.judge(told_code="AAAA-AAAA")) == (0, 0, 1)
    assert numbers(court.judge(state="received")) == (0, 0, 1), "still waiting when all had time"
    assert numbers(court.judge(sent=True)) == (1, 0, 1), (
        "told as sent, its pieces gone, and not at the server"
    )
