"""Publishing a checklist: compile once, store source, XForm and compiled JSON for ever under (key, version)."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.domain.problems import N_, Conflict
from inspect_app.exchange.xlsform import compile_checklist
from inspect_app.storage import audit
from inspect_app.storage.checklists import ChecklistRow, ChecklistVersionRow, LawRow, find_version


def publish(session: Session, now: datetime, person_id: int | None, path: Path) -> ChecklistVersionRow | None:
    """Publish the form of a file. None when this very source is published already.

    Raises ChecklistFaults with all faults at once; Conflict when the version exists with other content.
    """
    return publish_source(session, now, person_id, path.read_bytes(), path.name)


def publish_source(
    session: Session, now: datetime, person_id: int | None, source: bytes, name: str
) -> ChecklistVersionRow | None:
    if session.scalar(select(ChecklistVersionRow.id).where(ChecklistVersionRow.source == source).limit(1)):
        return None
    keys = set(session.scalars(select(LawRow.key).distinct()))
    compiled = compile_checklist(source, name, law_keys=keys)
    if find_version(session, compiled.key, compiled.version) is not None:
        raise Conflict(
            N_("Biểu mẫu %(key)s đã có phiên bản %(version)s với nội dung khác. Hãy đổi số phiên bản."),
            key=compiled.key,
            version=compiled.version,
        )
    checklist = session.scalar(select(ChecklistRow).where(ChecklistRow.key == compiled.key))
    if checklist is None:
        checklist = ChecklistRow(key=compiled.key, title=compiled.title)
        session.add(checklist)
        session.flush()
    document = compiled.document
    row = ChecklistVersionRow(
        checklist_id=checklist.id,
        version=compiled.version,
        title=compiled.title,
        levels=" ".join(document["level"]),
        kinds=" ".join(document["kinds"]),
        valid_from=datetime.fromisoformat(document["valid_from"]).date() if document["valid_from"] else None,
        valid_to=datetime.fromisoformat(document["valid_to"]).date() if document["valid_to"] else None,
        source_name=name,
        source=compiled.source,
        xform=compiled.xform,
        document=document,
        published_at=now,
        published_by=person_id,
    )
    checklist.title = compiled.title
    session.add(row)
    audit.record(
        session, now, person_id, "checklist_published", "checklist", compiled.key, version=compiled.version
    )
    session.flush()
    return row
