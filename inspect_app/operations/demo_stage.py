"""The stage of the demo: who acts, when, and with what luck. The story itself is in demo_data.py."""

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from inspect_app.domain.people import Role
from inspect_app.storage.evidence import EvidenceStore
from inspect_app.storage.people import PersonAreaRow, PersonRow, find_person
from inspect_app.storage.units import get_gazetteer

from .desk import Desk, viewer_of

SEED = 6166
EXTRA_INSPECTORS = (
    ("doan.a", "Nguyễn Hữu Phước"), ("doan.b", "Trần Thị Bích Ngọc"), ("doan.c", "Phan Văn Ka"), ("doan.d", "Đỗ Thị Mỹ Duyên"),
)  # fmt: skip


class Demo:
    """The generator: one random source, one session, a clock that moves with the story."""

    def __init__(self, session: Session, evidence: EvidenceStore, zone: ZoneInfo, today: date) -> None:
        self.session = session
        self.evidence = evidence
        self.zone = zone
        self.today = today
        self.rng = random.Random(SEED)  # noqa: S311 - a story, no secret
        self.gazetteer = get_gazetteer(session)
        self.people: dict[str, PersonRow] = {}

    def desk(self, username: str, at: datetime) -> Desk:
        if username not in self.people:
            person = find_person(self.session, username)
            assert person is not None, username
            self.people[username] = person
        return Desk(self.session, viewer_of(self.people[username], self.gazetteer), at, self.zone)

    def moment(self, day: date, hour: int, minute: int = 0) -> datetime:
        return datetime.combine(day, time(hour, minute), self.zone).astimezone(UTC)

    def add_inspectors(self, now: datetime) -> None:
        area = self.gazetteer.on("51", self.today)
        assert area is not None
        for username, full_name in EXTRA_INSPECTORS:
            if find_person(self.session, username) is None:
                person = PersonRow(
                    username=username, full_name=full_name, position="Thành viên đoàn kiểm tra",
                    role=Role.INSPECTOR.value, created_at=now,
                )  # fmt: skip
                person.areas.append(PersonAreaRow(unit_id=area.id))
                self.session.add(person)
        self.session.flush()

    def workday(self, first: date, last: date) -> date:
        last = min(last, self.today - timedelta(days=1))
        day = first + timedelta(days=self.rng.randrange((last - first).days + 1))
        while day.weekday() > 4:
            day -= timedelta(days=1)
        return max(day, first)
