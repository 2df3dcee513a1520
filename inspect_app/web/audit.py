"""The audit log as a page: newest first, by act and by person; who did what to what, in sentences."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _

from inspect_app.domain.people import Act
from inspect_app.storage.audit_list import Place, list_actors, list_acts, list_audit_page, name_subjects
from inspect_app.storage.people import PersonRow

from .access import open_to
from .audit_sentences import label_of, sentence
from .services import desk

bp = Blueprint("audit", __name__)

PAGE = 50
# Subjects whose id is itself what a reader understands: an address, a file form, the key of a checklist.
SPEAKING = {"address", "findings", "totals", "checklist"}


@bp.get("/audit")
@open_to(Act.SEE_AUDIT)
def list_audit() -> str:
    at = desk()
    act = request.args.get("act", "").strip()
    person = request.args.get("person", "").strip()
    after = Place.read(request.args["after"]) if request.args.get("after") else None
    page = list_audit_page(
        at.session, at.viewer, PAGE, after=after, act=act, person_id=int(person) if person.isdecimal() else None
    )  # fmt: skip
    names = name_subjects(at.session, at.viewer, page.rows)
    who: dict[int | None, str] = {None: _("Hệ thống")}
    for row in page.rows:
        if row.person_id not in who:
            found = at.session.get(PersonRow, row.person_id)
            who[row.person_id] = f"{found.full_name} ({found.username})" if found else _("Không rõ")
    lines = [(row, _who(row.act, row.person_id, who), sentence(row, _subject(row.subject, row.subject_id, names)))
             for row in page.rows]  # fmt: skip
    asked: dict[str, Any] = {name: value for name, value in (("act", act), ("person", person)) if value}
    return render_template(
        "audit/list.html",
        lines=lines,
        act=act,
        person=person,
        acts=sorted(
            ((name, label_of(name)) for name in list_acts(at.session, at.viewer)), key=lambda p: p[1]
        ),
        people=[(row.id, f"{row.full_name} ({row.username})") for row in list_actors(at.session, at.viewer)],
        next=url_for("audit.list_audit", **asked, after=str(page.next)) if page.next else "",
        first=url_for("audit.list_audit", **asked) if after else "",
    )


def _who(act: str, person_id: int | None, who: dict[int | None, str]) -> str:
    if act == "sign_in_failed" and person_id is None:
        return str(_("Tên không có trong hệ thống"))
    return who[person_id]


def _subject(subject: str, subject_id: str, names: dict[tuple[str, str], str]) -> str:
    return names.get((subject, subject_id), subject_id if subject in SPEAKING else "")
