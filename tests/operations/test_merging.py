"""Two phones at one visit: their answers and photos are put together, or both are kept and the difference is told."""

import hashlib
import uuid
from pathlib import Path

from inspect_app.domain.documents import PhotoClaim
from inspect_app.domain.people import Role
from inspect_app.domain.tus import Announced
from inspect_app.operations import settling, uploading
from inspect_app.operations.receiving import Receipt, receipt_of
from inspect_app.storage.evidence import EvidenceStore, open_store
from inspect_app.storage.findings import findings_of
from inspect_app.storage.inspections import InspectionMemberRow, InspectionRow
from inspect_app.storage.submissions import SubmissionDocumentRow, SubmissionRow, list_photos
from tests.builders import BINH_SON, Office
from tests.client import photo_of

ONE = {"ny_01": "fail", "ny_01_note": "Bảng treo sau quầy", "ns_03": "unchecked"}
TWO = {"ny_02": "fail", "ny_02_n": "7", "ny_02_of": "10"}


def team_visit(office: Office) -> str:
    """A planned visit of two inspectors, one and two."""
    return office.plan(BINH_SON, "one", "two", day=office.now.date())


def claim(data: bytes, question: str, **more: str) -> PhotoClaim:
    more = {"id": str(uuid.uuid4())} | more
    return PhotoClaim(question, hashlib.sha256(data).hexdigest(), len(data), **more)  # type: ignore[arg-type]


def upload(office: Office, evidence: EvidenceStore, receipt: Receipt, data: bytes, by: str) -> None:
    sha256 = hashlib.sha256(data).hexdigest()
    told = Announced(receipt.submission.id, str(uuid.uuid4()), sha256, "a.jpg", len(data))
    with office.desk(by) as desk:
        upload_id = uploading.announce(desk, told).id
    open_desk = lambda *, writing: office.desk(by) if writing else office.reading_desk(by)  # noqa: E731
    uploading.append(open_desk, upload_id, 0, [data])
    uploading.finish(open_desk, evidence, upload_id)


def current(office: Office, visit: str) -> SubmissionRow:
    with office.database.reading() as session:
        id = session.get_one(InspectionRow, visit).current_submission_id
        row = session.get_one(SubmissionRow, id)
        assert row.answers is not None
        return row


def criteria(office: Office, visit: str) -> list[str]:
    with office.database.reading() as session:
        return sorted(row.criterion for row in findings_of(session, visit))


def test_what_two_phones_filled_apart_is_one_submission(office: Office) -> None:
    visit = team_visit(office)
    first = office.send(visit, ONE, by="one", base={})
    second = office.send(visit, TWO, by="two", base={})
    assert (second.outcome, second.merged, second.conflicts) == ("created", ["ny_01", "ny_01_note"], [])
    row = current(office, visit)
    assert row.id == second.submission.id and row.merge
    assert row.merge["with"] == first.submission.id
    assert criteria(office, visit) == ["NY-01", "NY-02"]
    with office.database.reading() as session:
        came = session.get_one(SubmissionDocumentRow, (row.id, row.content_hash))
        assert came.document["answers"] == TWO, "as it came in"
        assert session.get_one(SubmissionRow, first.submission.id).status == "accepted"


def test_the_same_again_is_told_the_same(office: Office) -> None:
    visit, id = team_visit(office), str(uuid.uuid4())
    office.send(visit, ONE, by="one", base={})
    first, again = (office.send(visit, TWO, by="two", base={}, id=id) for _ in range(2))
    assert (again.outcome, again.merged) == ("repeated", first.merged)


def test_where_they_disagree_both_are_kept_and_the_sender_told(office: Office) -> None:
    visit = team_visit(office)
    first = office.send(visit, ONE, by="one", base={})
    second = office.send(visit, TWO | {"ny_01": "pass"}, by="two", base={})
    assert (second.status, second.reasons, second.merged) == ("kept", ["second_submission"], [])
    assert second.conflicts == [{"question": "ny_01", "theirs": "fail", "mine": "pass"}]
    assert current(office, visit).id == first.submission.id


def test_who_settles_a_disagreement_on_the_phone_need_not_send_the_photos_again(
    office: Office, tmp_path: Path
) -> None:
    visit, evidence = team_visit(office), open_store(str(tmp_path / "evidence"), tmp_path / "scratch")
    here, late = photo_of(5), photo_of(6)
    first = office.send(visit, ONE, by="one", base={}).submission
    mine = [claim(here, "ny_01"), claim(late, "ny_01")]
    second = office.send(visit, TWO | {"ny_01": "pass"}, by="two", base={}, photos=mine)
    upload(office, evidence, second, here, "two")
    settled = office.send(visit, TWO | {"ny_01": "pass"}, by="two", replaces=first.id, photos=mine)
    assert settled.status == "received"
    assert sorted(photo.state for photo in settled.photos) == ["expected", "stored"]
    upload(office, evidence, second, late, "two")
    with office.database.reading() as session:
        states = [photo.state for photo in list_photos(session, settled.submission.id)]
    assert states == ["stored", "stored"], "what comes for the earlier one is of the later one too"


def test_who_settles_a_disagreement_for_the_second_keeps_the_rest_of_the_first(office: Office) -> None:
    visit = team_visit(office)
    first = office.send(
        visit, ONE | {"ts_01": "fail"}, by="one", base={}, photos=[claim(photo_of(9), "ts_01")]
    )
    second = office.send(visit, TWO | {"ny_01": "pass"}, by="two", base={})
    with office.desk("reviewer", Role.REVIEWER) as desk:
        settling.place(desk, second.submission.id)
    row = current(office, visit)
    assert row.id == second.submission.id
    assert (row.answers["ny_01"], row.answers["ts_01"], row.answers["ny_02"]) == ("pass", "fail", "fail")
    assert {"NY-02", "TS-01"} <= set(criteria(office, visit))
    with office.desk("two") as desk:
        told = receipt_of(desk, desk.session.get_one(SubmissionRow, row.id))
        assert (told.conflicts, [photo.question for photo in told.photos]) == ([], ["ts_01"])
        assert "ts_01" in told.merged
    assert first.submission.id == (row.merge or {})["with"]


def test_a_disagreement_with_what_is_no_longer_current_is_no_merge(office: Office) -> None:
    visit = team_visit(office)
    first = office.send(visit, ONE, by="one", base={}).submission
    second = office.send(visit, TWO | {"ny_01": "pass"}, by="two", base={})
    office.send(visit, ONE | {"ts_01": "fail"}, by="one", replaces=first.id)
    with office.desk("reviewer", Role.REVIEWER) as desk:
        settling.place(desk, second.submission.id)
    row = current(office, visit)
    assert "ts_01" not in row.answers and row.merge is None


def test_a_correction_of_what_a_team_mate_corrected_meanwhile_is_merged(office: Office) -> None:
    visit = team_visit(office)
    base = office.send(visit, ONE, by="one").submission
    theirs = office.send(visit, ONE | {"ts_01": "fail"}, by="one", replaces=base.id).submission
    mine = office.send(visit, ONE | TWO, by="two", replaces=base.id, base=ONE)
    assert (mine.status, mine.merged) == ("received", ["ts_01"])
    assert mine.submission.merge and mine.submission.merge["with"] == theirs.id
    assert criteria(office, visit) == ["NY-01", "NY-02", "TS-01"]
    without = office.send(visit, ONE, by="one", replaces=base.id)
    assert without.reasons == ["unknown_replaced"], "without a base nothing can be told apart"


def test_an_answer_that_the_others_would_hide_is_a_disagreement(office: Office) -> None:
    """Mine counts the cases of a fail that theirs took back: merged, my count would vanish without a word."""
    visit, base = team_visit(office), {"ny_02": "fail"}
    first = office.send(visit, base, by="one").submission
    office.send(visit, {"ny_02": "pass"}, by="one", replaces=first.id)
    mine = office.send(visit, TWO, by="two", replaces=first.id, base=base)
    assert mine.status == "kept"
    assert [item["question"] for item in mine.conflicts] == ["ny_02_n", "ny_02_of"]


def test_what_together_would_be_faulty_is_a_disagreement(office: Office) -> None:
    visit, base = team_visit(office), {"ny_02": "fail", "ny_02_n": "5", "ny_02_of": "10"}
    first = office.send(visit, base, by="one").submission
    office.send(visit, base | {"ny_02_of": "6"}, by="one", replaces=first.id)
    mine = office.send(visit, base | {"ny_02_n": "9"}, by="two", replaces=first.id, base=base)
    assert [(item["question"], item["theirs"], item["mine"]) for item in mine.conflicts] == [
        ("ny_02_n", 5, 9)
    ]


def test_who_left_the_team_is_not_told_its_answers(office: Office) -> None:
    visit = team_visit(office)
    office.send(visit, ONE, by="one", base={})
    sent = office.send(visit, TWO | {"ny_01": "pass"}, by="two", base={}).submission
    with office.desk("two") as desk:
        member = desk.session.get_one(InspectionMemberRow, (visit, desk.viewer.person_id))
        desk.session.delete(member)
        desk.session.flush()
        again = receipt_of(desk, desk.session.get_one(SubmissionRow, sent.id))
        assert (again.merged, again.conflicts) == ([], [])


def test_photos_of_both_phones_stand_under_the_merged_one_also_those_still_on_their_way(
    office: Office, tmp_path: Path
) -> None:
    evidence, visit = open_store(str(tmp_path / "evidence"), tmp_path / "scratch"), team_visit(office)
    mine, theirs, late = photo_of(1), photo_of(2), photo_of(3)

    plain = claim(late, "ny_01")
    photos = [claim(theirs, "ny_01", covers=plain.id, caption="Quầy 2"), plain]
    first = office.send(visit, ONE, by="one", base={}, photos=photos)
    upload(office, evidence, first, theirs, "one")
    second = office.send(visit, TWO, by="two", base={}, photos=[claim(mine, "ny_02")])
    upload(office, evidence, second, mine, "two")
    upload(office, evidence, first, late, "one")
    with office.desk("two") as desk:
        row = desk.session.get_one(SubmissionRow, second.submission.id)
        found = {photo.sha256: photo for photo in list_photos(desk.session, row.id)}
        told = {photo.sha256 for photo in receipt_of(desk, row).photos}
    assert [photo.state for photo in found.values()] == ["stored"] * 3
    copy, hidden = (found[hashlib.sha256(data).hexdigest()] for data in (theirs, late))
    assert (copy.caption, copy.covers, hidden.covered) == ("Quầy 2", hidden.id, True)
    assert found.keys() - told == {hidden.sha256}, "what a team-mate covered is not even named"


def test_a_stranger_is_never_merged(office: Office) -> None:
    visit = team_visit(office)
    office.send(visit, ONE, by="one", base={})
    other = office.send(visit, TWO, by="stranger", base={})
    assert (other.status, other.merged, other.conflicts) == ("kept", [], [])
    assert criteria(office, visit) == ["NY-01"]
