"""Who may do what: seven roles, their acts, and the rule for passwords. Where they may do it is their area."""

from enum import StrEnum

from .problems import N_, Faulty


class Role(StrEnum):
    ADMIN = "admin"
    HEAD = "head"
    REVIEWER = "reviewer"
    INSPECTOR = "inspector"
    INTERNAL_AFFAIRS = "internal_affairs"
    LEADER = "leader"
    UNIT_OFFICER = "unit_officer"


class Act(StrEnum):
    MANAGE_PEOPLE = "manage_people"
    MANAGE_UNITS = "manage_units"
    MANAGE_LAW = "manage_law"
    PUBLISH_CHECKLISTS = "publish_checklists"
    SEE_AUDIT = "see_audit"
    PLAN = "plan"
    SEE_PLANS = "see_plans"
    SEE_SECRET = "see_secret"  # noqa: S105 - planned surprise visits of any team
    INSPECT = "inspect"
    REVIEW = "review"
    SETTLE_KEPT = "settle_kept"
    SEE_FINDINGS = "see_findings"
    SEE_TOTALS = "see_totals"
    SEE_PHOTOS = "see_photos"
    SEE_ORIGINALS = "see_originals"


_READ = {Act.SEE_FINDINGS, Act.SEE_TOTALS}
_OFFICE = _READ | {Act.SEE_PHOTOS, Act.SEE_ORIGINALS, Act.REVIEW, Act.SETTLE_KEPT, Act.SEE_PLANS}

ACTS: dict[Role, frozenset[Act]] = {
    Role.ADMIN: frozenset(
        _READ | {Act.MANAGE_PEOPLE, Act.MANAGE_UNITS, Act.MANAGE_LAW, Act.PUBLISH_CHECKLISTS, Act.SEE_AUDIT}
    ),
    Role.HEAD: frozenset(_OFFICE | {Act.PLAN, Act.SEE_SECRET, Act.SEE_AUDIT, Act.INSPECT}),
    Role.REVIEWER: frozenset(_OFFICE),
    Role.INSPECTOR: frozenset(_READ | {Act.SEE_PHOTOS, Act.INSPECT}),
    # Internal Affairs reads people and measures, not photos (domain.md part 2).
    Role.INTERNAL_AFFAIRS: frozenset(_READ),
    Role.LEADER: frozenset(_READ | {Act.SEE_PHOTOS, Act.SEE_PLANS, Act.SEE_SECRET}),
    # An officer of an inspected unit sees what was confirmed against the unit, nothing before.
    Role.UNIT_OFFICER: frozenset(_READ | {Act.SEE_PHOTOS}),
}

ROLE_LABELS: dict[Role, str] = {
    Role.ADMIN: N_("Quản trị"),
    Role.HEAD: N_("Trưởng phòng KSTTHC"),
    Role.REVIEWER: N_("Chuyên viên KSTTHC"),
    Role.INSPECTOR: N_("Người kiểm tra"),
    Role.INTERNAL_AFFAIRS: N_("Phòng Nội chính"),
    Role.LEADER: N_("Lãnh đạo"),
    Role.UNIT_OFFICER: N_("Cán bộ đơn vị được kiểm tra"),
}

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200


def may(role: Role | str, act: Act) -> bool:
    return act in ACTS[Role(role)]


def check_password(password: str, repeated: str, username: str) -> None:
    """Raise Faulty unless the chosen password is fit: long enough, not the name, typed twice alike."""
    if len(password) < SHORTEST_PASSWORD:
        raise Faulty(
            N_("Mật khẩu cần ít nhất %(length)s ký tự. Hãy dùng một câu ngắn dễ nhớ."),
            fields={"password": N_("Mật khẩu quá ngắn.")},
            length=SHORTEST_PASSWORD,
        )
    if len(password) > LONGEST_PASSWORD:
        raise Faulty(N_("Mật khẩu quá dài."), fields={"password": N_("Mật khẩu quá dài.")})
    if (username and username.lower() in password.lower()) or len(set(password)) < 4:
        raise Faulty(
            N_("Mật khẩu dễ đoán. Đừng dùng tên đăng nhập hoặc một ký tự lặp lại."),
            fields={"password": N_("Mật khẩu dễ đoán.")},
        )
    if password != repeated:
        raise Faulty(
            N_("Hai lần nhập mật khẩu không giống nhau. Hãy nhập lại."),
            fields={"repeated": N_("Không giống mật khẩu ở trên.")},
        )
