"""A whole office behind its pages, without a server: people of every role and area, and visits made as users make them.

Everything goes through the doors or the operations; only the clock is ours. `World.keep` and `World.restore` hold a
state of a SQLite database, so that many tests may begin at the same point.
"""

import io
import re
import sqlite3
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from inspect_app import create_app
from inspect_app.domain.people import Role
from inspect_app.operations import reviewing
from inspect_app.operations.planning import Assignment, WantedCampaign, WantedTeam, assign, create_campaign
from inspect_app.settings import read_settings
from inspect_app.storage.findings import findings_of
from inspect_app.storage.inspections import CampaignRow
from inspect_app.storage.people import PersonRow
from inspect_app.storage.submissions import PhotoRow, SubmissionRow
from tests.builders import Office, open_office
from tests.client import photo_of
from tests.prepared import Stores
from tests.sessions import session_of

KEY = "a key of tests only, long enough to be taken"
CSRF = "f" * 40  # the raw token of every session here: signed in pages, it still differs by its time
DAY = date(2026, 11, 25)

# New on every page; the key for what a phone keeps is new in every database.
_TOKEN = re.compile(
    rb'(name="(?:csrf_token|page_id)"[^>]*value="|"csrf_token": ?"|"key": ?"(?=[A-Za-z0-9+/]{43}="))[^"]+'
)


@dataclass
class Visit:
    """One visit and all that hangs on it, by the names that addresses use."""

    unit: str
    team: str
    inspection: str
    submission: str = ""
    kept: str = ""
    content_hash: str = ""
    findings: dict[str, str] = field(default_factory=dict)  # criterion to id
    photos: dict[str, str] = field(default_factory=dict)  # question to id

    def values(self, rule: Rule, *, criterion: str = "NY-01") -> dict[str, str]:
        """The parts of an address that name objects of this visit."""
        of_kept = rule.endpoint.startswith("kept.")
        return {
            "inspection_id": self.inspection,
            "submission_id": self.kept if of_kept else self.submission,
            "finding_id": self.findings.get(criterion, NOWHERE),
            "photo_id": self.photos.get(criterion.lower().replace("-", "_"), NOWHERE),
            "content_hash": self.content_hash or "0" * 64,
        }


NOWHERE = "00000000-0000-4000-8000-000000000000"


@dataclass
class World:
    app: Flask
    office: Office
    file: Path | None  # of the database, if it is SQLite
    campaign: str = ""
    teams: dict[str, int] = field(default_factory=dict)
    clients: dict[str, FlaskClient] = field(default_factory=dict)

    def client(self, username: str) -> FlaskClient:
        """A session of a person of the office; nobody's for an empty name."""
        if username not in self.clients:
            client = self.clients[username] = self.app.test_client()
            if username:
                number = self.office.people[username]
                with self.office.database.reading() as reading:
                    epoch = reading.get_one(PersonRow, number).session_epoch
                with client.session_transaction() as session:
                    session["_user_id"], session["csrf_token"] = session_of(number, epoch), CSRF
        return self.clients[username]

    def token(self) -> str:
        from flask_wtf.csrf import generate_csrf

        with self.app.test_request_context():
            from flask import session

            session["csrf_token"] = CSRF
            return str(generate_csrf())

    def send(self, username: str, method: str, address: str, **more: Any) -> TestResponse:
        """A request with its CSRF token where one is needed."""
        if method == "GET":
            return self.client(username).get(address, **more)
        headers = {"X-CSRFToken": self.token(), **more.pop("headers", {})}
        return self.client(username).open(address, method=method, headers=headers, **more)

    def address(self, rule: Rule, values: dict[str, Any]) -> str:
        with self.app.test_request_context():
            built = self.app.url_map.bind("").build(rule.endpoint, {n: values[n] for n in rule.arguments})
        return str(built)

    def plan_campaign(self, teams: dict[str, tuple[str, ...]]) -> None:
        """One campaign with its teams by name, planned by the head of the whole province."""
        wanted = tuple(
            WantedTeam(name, tuple(self.office.people[who] for who in people))
            for name, people in teams.items()
        )
        with self.office.desk("planner", Role.HEAD) as desk:
            campaign = create_campaign(
                desk, WantedCampaign("12/QĐ-VP", "Đợt kiểm tra", date(2025, 3, 1), date(2026, 12, 31), wanted)
            )
            self.campaign, self.teams = campaign.id, {team.name: team.id for team in campaign.teams}

    def assign(
        self, team: str, unit: str, *, day: date = DAY, kind: str = "surprise", checklist: str = "dot-xuat"
    ) -> str:
        with self.office.desk("planner", Role.HEAD) as desk:
            wanted = Assignment(self.teams[team], kind, checklist, day, (unit,))
            return assign(desk, self.campaign, wanted)[0].id

    def visit(
        self, team: str, unit: str, by: str, mark: str, reviewer: str, day: date | None = None
    ) -> Visit:
        """A surprise visit, sent with two photos and reviewed in half: NY-01 confirmed, NY-02 not; a second one is kept.

        With a `day` it happens on that day.
        """
        now = self.office.now
        if day:
            self.office.now = datetime(day.year, day.month, day.day, 3, tzinfo=UTC)
        try:
            return self._visit(team, unit, by, mark, reviewer)
        finally:
            self.office.now = now

    def _visit(self, team: str, unit: str, by: str, mark: str, reviewer: str) -> Visit:
        visit = Visit(unit, team, self.assign(team, unit, day=self.office.now.date()))
        page = self.client(by).get(f"/inspect/{visit.inspection}").get_data(as_text=True)
        found = re.search(r'name="submission_id"[^>]*value="([^"]+)"', page)
        assert found, page[:2000]
        visit.submission = found[1]
        answers = {"ny_01": "fail", "ny_01_note": f"{mark} một", "ny_02": "fail", "ny_02_note": f"{mark} hai"}
        fields = {"submission_id": visit.submission, "replaces": "", "action": "send", **answers}
        files = [(f"ny_0{n}_photo", (photo_file(f"{mark}{n}"), f"{mark}.jpg")) for n in (1, 2)]
        data = {**fields, **dict(files)}
        answer = self.send(by, "POST", f"/inspect/{visit.inspection}", data=data)
        assert answer.status_code == 303, answer.get_data(as_text=True)[-3000:]
        self.office.send(visit.inspection, {"ny_01": "pass", "ny_03_note": f"{mark} ba"}, by=by)
        self._learn(visit)
        with self.office.desk(reviewer, Role.REVIEWER) as desk:
            row = next(row for row in findings_of(desk.session, visit.inspection) if row.criterion == "NY-01")
            reviewing.decide(desk, row.id, row.version, "confirm", "")
        return visit

    def _learn(self, visit: Visit) -> None:
        with self.office.database.reading() as session:
            visit.findings = {row.criterion: row.id for row in findings_of(session, visit.inspection)}
            photos = session.scalars(select(PhotoRow).where(PhotoRow.submission_id == visit.submission))
            visit.photos = {photo.question: photo.id for photo in photos}
            kept = session.scalars(
                select(SubmissionRow).where(
                    SubmissionRow.inspection_id == visit.inspection, SubmissionRow.status == "kept"
                )
            ).one()
            visit.kept, visit.content_hash = kept.id, kept.content_hash

    def general(self) -> dict[str, Any]:
        """The parts of addresses that name objects of nobody's area."""
        with self.office.database.reading() as session:
            assert session.get(CampaignRow, self.campaign) is not None
        return {
            "campaign_id": self.campaign, "team_id": next(iter(self.teams.values())), "law_id": 1, "version_id": 1,
            "person_id": self.office.people["planner"], "code": "21040", "start": "2025-07-01",
            "token": "no-such-token", "upload_id": NOWHERE, "visit_id": NOWHERE, "filename": "css/office.css",
            "key": "dot-xuat", "version": "2020.1", "level": "commune",
        }  # fmt: skip

    def keep(self) -> sqlite3.Connection:
        """The database as it is now, in memory."""
        assert self.file
        held, live = sqlite3.connect(":memory:"), sqlite3.connect(self.file)
        live.backup(held)
        live.close()
        return held

    def restore(self, held: sqlite3.Connection) -> None:
        assert self.file
        live = sqlite3.connect(self.file)
        held.backup(live)
        live.close()

    def close(self) -> None:
        self.office.database.engine.dispose()
        self.app.extensions["inspect"].database.engine.dispose()


def open_world(stores: Stores, folder: Path, **settings: str) -> World:
    """The program in this process, on prepared stores."""
    env = {
        "INSPECT_SECRET_KEY": KEY, "INSPECT_VAR": str(folder / "var"), "INSPECT_DATABASE_URL": stores.database_url,
        "INSPECT_EVIDENCE_URL": str(stores.evidence), **settings,
    }  # fmt: skip
    app, office = create_app(read_settings(env)), open_office(stores.database_url)
    app.extensions["inspect"].clock = lambda: office.now
    sqlite = stores.database_url.startswith("sqlite:///")
    return World(app, office, Path(stores.database_url.removeprefix("sqlite:///")) if sqlite else None)


def photo_file(mark: str) -> Any:

    return io.BytesIO(photo_of(sum(mark.encode())))


def parameters(world: World, rules: Iterable[Rule]) -> set[str]:
    """Names in addresses that the world has no value for."""
    known = set(world.general()) | set(Visit("", "", "").values(next(iter(rules))))
    return {name for rule in rules for name in rule.arguments} - known


def masked(answer: TestResponse) -> tuple[int, str, str, bytes]:
    """What a person learns from an answer: status, type, where to, and the body without what is new on every page."""
    body = _TOKEN.sub(rb"\1***", answer.get_data())
    return answer.status_code, answer.content_type or "", answer.headers.get("Location", ""), body


def unpacked(body: bytes) -> object:
    """A body to compare: the files in a ZIP or XLSX by name, without the moment they were packed; else the body itself.

    The styles of an XLSX are left out: XlsxWriter writes them differently in the first file of a process.
    """
    if not body.startswith(b"PK"):
        return body
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    files.pop("xl/styles.xml", None)
    core = files.get("docProps/core.xml")
    if core:
        files["docProps/core.xml"] = re.sub(rb"\d{4}-\d\d-\d\dT[0-9:]+Z", b"", core)
    return files
