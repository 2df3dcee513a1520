"""What waits for a person with several duties, counted by duty: the home of the head and of the administrator."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from flask import url_for
from flask_babel import gettext as _

from inspect_app.domain.people import Act
from inspect_app.operations.desk import Desk
from inspect_app.storage.campaign_list import count_planned
from inspect_app.storage.inspections import list_work
from inspect_app.storage.kept import list_kept, list_other_contents, list_troubled_photos
from inspect_app.storage.law_table import keys_without_law
from inspect_app.storage.people import count_without_password
from inspect_app.storage.review_queue import QueueFilter, count_queue
from inspect_app.storage.uploads import list_lone_photos


@dataclass(frozen=True)
class Duty:
    """So many things of one kind, and the page where they are dealt with."""

    count: int
    label: str
    url: str


def waiting(at: Desk) -> list[Duty]:
    """The duties in which something waits, the most urgent kind first."""
    return [duty for duty in _duties(at) if duty.count]


def _duties(at: Desk) -> Iterator[Duty]:
    session, viewer = at.session, at.viewer
    if viewer.may(Act.REVIEW):
        undecided, ready = (count_queue(session, viewer, QueueFilter(tab)) for tab in ("open", "ready"))
        yield Duty(undecided, _("cuộc kiểm tra có phát hiện chờ quyết định"), url_for("review.queue"))
        yield Duty(ready, _("cuộc kiểm tra chờ duyệt"), url_for("review.queue", tab="ready"))
    if viewer.may(Act.SETTLE_KEPT):
        kept = (list_kept, list_other_contents, list_troubled_photos)
        yield Duty(
            sum(len(find(session, viewer)) for find in kept) + len(list_lone_photos(session, at.now)),
            _("phiếu hoặc ảnh chờ xử lý"),
            url_for("kept.list_kept"),
        )
    if viewer.may(Act.PLAN):
        plans = url_for("campaigns.list_campaigns")
        overdue = count_planned(session, viewer, at.today)
        soon = count_planned(session, viewer, at.today + timedelta(7)) - overdue
        yield Duty(overdue, _("cuộc kiểm tra quá ngày, chưa bắt đầu"), plans)
        yield Duty(soon, _("cuộc kiểm tra trong 7 ngày tới"), plans)
    if viewer.may(Act.INSPECT):
        mine = [row for row in list_work(session, viewer.person_id) if row.state != "submitted"]
        yield Duty(len(mine), _("cuộc kiểm tra giao cho chính bạn"), url_for("inspect.list_work"))
    if viewer.may(Act.MANAGE_PEOPLE):
        new = count_without_password(session)
        yield Duty(new, _("tài khoản chưa đặt mật khẩu"), url_for("people.list_people"))
    if viewer.may(Act.MANAGE_LAW):
        gaps = len(keys_without_law(session, at.today))
        yield Duty(gaps, _("khóa căn cứ hôm nay chưa có văn bản"), url_for("law.list_law"))
