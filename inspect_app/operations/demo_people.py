"""The demo accounts, one a role; made and kept in step with the demo password only when INSPECT_DEMO is 1."""

from datetime import datetime

from sqlalchemy.orm import Session

from inspect_app.domain.people import Role
from inspect_app.storage.people import PersonAreaRow, PersonRow, find_person
from inspect_app.storage.units import get_gazetteer

from .signing_in import HASHER, verify_password

DEMO_DAY_UNIT = "51"  # the present province; the officer's unit is the present commune Bình Sơn
ACCOUNTS = (
    ("quantri", Role.ADMIN, "Nguyễn Thị Quản Trị", "Quản trị hệ thống", "51"),
    ("truongphong", Role.HEAD, "Trần Văn Hòa", "Trưởng phòng KSTTHC", "51"),
    ("chuyenvien", Role.REVIEWER, "Phạm Thị Thu Hà", "Chuyên viên KSTTHC", "51"),
    ("kiemtra1", Role.INSPECTOR, "Lê Quang Minh", "Người kiểm tra", "51"),
    ("kiemtra2", Role.INSPECTOR, "Đinh Thị Y Rin", "Người kiểm tra", "51"),
    ("noichinh", Role.INTERNAL_AFFAIRS, "Võ Đức Thắng", "Chuyên viên Phòng Nội chính", "51"),
    ("lanhdao", Role.LEADER, "Hồ Thanh Bình", "Phó Chủ tịch UBND tỉnh", "51"),
    ("donvi", Role.UNIT_OFFICER, "Bùi Thị Lan", "Công chức Một cửa", "21040"),
)


def make_demo_people(session: Session, now: datetime, password: str) -> bool:
    """Make the missing demo accounts and set their password to `password` where it differs."""
    gazetteer, changed = get_gazetteer(session), False
    hashed = ""  # one for all, since all have one password: checking each would cost a tenth of a second
    for username, role, full_name, position, code in ACCOUNTS:
        person = find_person(session, username)
        if person is None:
            person = PersonRow(
                username=username, role=role.value, full_name=full_name, position=position, created_at=now
            )
            unit = gazetteer.on(code, now.date())
            if unit is None:
                raise ValueError(f"no unit {code} for the demo account {username}")
            person.areas.append(PersonAreaRow(unit_id=unit.id))
            session.add(person)
        if not hashed:
            held = person.password_hash
            hashed = held if held and verify_password(held, password) else HASHER.hash(password)
        if person.password_hash != hashed:
            person.password_hash = hashed
            person.session_epoch = (person.session_epoch or 0) + 1
            changed = True
    session.flush()
    return changed
