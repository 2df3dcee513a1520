"""Builders of what tests need: people, desks and visits made through the operations, with defaults for the rest."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from inspect_app.domain.documents import Document
from inspect_app.domain.people import Role
from inspect_app.operations import inspecting, signing_in
from inspect_app.operations.desk import Desk, viewer_of
from inspect_app.operations.people import Wanted, add_person
from inspect_app.operations.planning import Assignment, WantedCampaign, WantedTeam, assign, create_campaign
from inspect_app.operations.receiving import Receipt, receive
from inspect_app.storage.engine import Database, open_database
from inspect_app.storage.people import PersonAreaRow, PersonRow, find_person
from inspect_app.storage.units import get_gazetteer

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
TODAY = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)  # 10:00 in Vietnam
BINH_SON = "21040"  # xã Bình Sơn, since 2025-07-01


@dataclass
class Office:
    """A prepared database and its people; the clock stands until it is moved."""

    database: Database
    now: datetime = TODAY
    people: dict[str, int] = field(default_factory=dict)

    def person(self, username: str, role: Role = Role.INSPECTOR, *areas: str, on: date | None = None) -> int:
        """A person by name, made at the first call; the area is the whole present province unless given."""
        if username not in self.people:
            with self.database.writing.begin() as session:
                known = find_person(session, username)
                if known is not None:
                    return self.people.setdefault(username, known.id)
                wanted = Wanted(username, username, "", role, areas if areas and on is None else ("51",))
                row = add_person(session, self.now, None, wanted, ZONE)
                if areas and on is not None:
                    gazetteer = get_gazetteer(session)
                    units = [gazetteer.on(code, on) for code in areas]
                    row.areas = [PersonAreaRow(unit_id=unit.id) for unit in units if unit]
                self.people[username] = row.id
        return self.people[username]

    def give_password(self, username: str, password: str, role: Role = Role.INSPECTOR) -> None:
        """Let a person sign in over HTTP."""
        number = self.person(username, role)
        with self.database.writing.begin() as session:
            session.get_one(PersonRow, number).password_hash = signing_in.HASHER.hash(password)

    @contextmanager
    def desk(
        self, username: str = "inspector", role: Role = Role.INSPECTOR, *, now: datetime | None = None
    ) -> Iterator[Desk]:
        """A writing desk of a person; commits when the block ends well."""
        number = self.person(username, role)
        with self.database.writing.begin() as session:
            person = session.get_one(PersonRow, number)
            yield Desk(session, viewer_of(person, get_gazetteer(session)), now or self.now, ZONE)

    @contextmanager
    def reading_desk(self, username: str = "inspector", role: Role = Role.INSPECTOR) -> Iterator[Desk]:
        """A desk that only reads."""
        number = self.person(username, role)
        with self.database.reading.begin() as session:
            person = session.get_one(PersonRow, number)
            yield Desk(session, viewer_of(person, get_gazetteer(session)), self.now, ZONE)

    def open_desk(self, *, writing: bool) -> AbstractContextManager[Desk]:
        """A desk on a transaction of its own, for operations that take several."""
        return self.desk() if writing else self.reading_desk()

    def visit(
        self,
        unit: str = BINH_SON,
        *,
        by: str = "inspector",
        checklist: str = "dot-xuat",
        now: datetime | None = None,
    ) -> str:
        """Start a surprise visit; gives the inspection's id."""
        with self.desk(by, now=now) as desk:
            return inspecting.start_surprise(desk, unit, checklist, "Theo phản ánh của người dân").id

    def plan(
        self,
        unit: str,
        *team: str,
        kind: str = "surprise",
        day: date = date(2026, 11, 25),
        checklist: str = "dot-xuat",
    ) -> str:
        """A head plans one inspection for a team; gives its id."""
        members = tuple(self.person(name) for name in team)
        with self.desk("head", Role.HEAD) as desk:
            campaign = create_campaign(
                desk,
                WantedCampaign(
                    "12/QĐ-VP", "Đợt kiểm tra", day, day + timedelta(30), (WantedTeam("Đoàn 1", members),)
                ),
            )
            wanted = Assignment(campaign.teams[0].id, kind, checklist, day, (unit,))
            return assign(desk, campaign.id, wanted)[0].id

    def send(
        self,
        inspection: str,
        answers: Mapping[str, Any],
        *,
        by: str = "inspector",
        id: str | None = None,
        replaces: str | None = None,
        checklist: str = "dot-xuat",
        version: str | None = None,
        now: datetime | None = None,
        **more: Any,
    ) -> Receipt:
        """Send a filled checklist through the one operation of all doors."""
        with self.desk(by, now=now) as desk:
            return receive(
                desk,
                Document(
                    id=id or str(uuid.uuid4()), inspection=inspection, checklist=checklist,
                    version=version or self.version(checklist), answers=answers, door="json", replaces=replaces, **more,
                ),
            )  # fmt: skip

    def version(self, key: str) -> str:
        from inspect_app.storage.checklists import newest_version

        with self.database.reading() as session:
            row = newest_version(session, key, self.now.date())
            assert row is not None
            return row.version


def open_office(database_url: str) -> Office:
    """An office on a prepared database (fixture `prepared_stores`): units, law, checklists, and nobody in it yet."""
    return Office(open_database(database_url))
