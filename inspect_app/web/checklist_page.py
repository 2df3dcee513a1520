"""The checklist as the page shows it: compiled checklist, answers, photos and faults become plain objects.

Templates only write these down (a page of 64 criteria has some 20 ms), so everything is decided here. The view calls

    render_template("inspect/form.html", **form_context(
        checklist,                  the part asked at this visit (Checklist.for_visit)
        inspection=row,             InspectionRow with its unit; None for the blank form that phones fill
        answers={...},              as typed in a draft, or clean ones of a submission
        photos=[...],               PhotoRow of the draft
        faults=[...],               domain.answers.Fault; the first one gets the focus
        returned_comments={...},    question -> comment of the reviewer; "" holds the general one
        laws={key: text},           of the day of the visit
        bodies=[...],               names offered as responsible
        show_all=..., submission_id=..., replaces=..., now=aware datetime in the zone of the visit))

The other pages of inspectors are in work_page.py.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from inspect_app.domain import text as words
from inspect_app.domain.answers import ANSWERED, Fault
from inspect_app.domain.checklists import OUTCOMES, Checklist, Criterion, Question, Section
from inspect_app.domain.findings import CAUSES, SEVERITIES, law_lines
from inspect_app.storage.inspections import InspectionRow
from inspect_app.storage.submissions import PhotoRow

from .checklist_conditions import conditions, outcomes_asking
from .checklist_views import FOLLOW_UPS, CriterionView, PhotoView, RowView, SectionView
from .language import term
from .work_page import readable_size, unit_name


def form_context(
    checklist: Checklist,
    *,
    inspection: InspectionRow | None,
    answers: Mapping[str, Any],
    photos: Sequence[PhotoRow],
    faults: Sequence[Fault],
    returned_comments: Mapping[str, str],
    laws: Mapping[str, str],
    bodies: Sequence[str],
    show_all: bool,
    submission_id: str,
    replaces: str | None,
    now: datetime,
) -> dict[str, Any]:
    """Everything `inspect/form.html` needs."""
    faults = in_order(checklist, faults)
    page = _Page(checklist, answers, photos, faults, returned_comments, laws, show_all)
    sections = [page.section(section) for section in checklist.sections]
    criteria = [item for section in sections for item in section.items if isinstance(item, CriterionView)]
    counted = [item for item in criteria if page.counts(item)]
    return {
        "inspection": inspection,
        "unit_name": unit_name(inspection.unit) if inspection else "",
        "title": checklist.title,
        "sections": sections,
        "outcomes": OUTCOMES,
        "severities": SEVERITIES,
        "causes": CAUSES,
        "bodies": bodies,
        "show_all": show_all,
        "has_extra": any(item.extra for item in criteria),
        "fresh": not any(item.outcome in ANSWERED for item in criteria),
        "done": sum(section.done for section in sections),
        "total": sum(section.total for section in sections),
        "failed": sum(item.outcome == "fail" for item in criteria),
        "next_gap": next((item.name for item in counted if item.outcome not in ANSWERED), ""),
        "faults": list(page.summary(faults)),
        "comments": list(page.comment_links()),
        "general_comment": returned_comments.get("", ""),
        "conditions": conditions(checklist),
        "submission_id": submission_id,
        "replaces": replaces or "",
        "day": now.date() if inspection is None or inspection.state == "planned" else inspection.day,
    }


def in_order(checklist: Checklist, faults: Sequence[Fault]) -> list[Fault]:
    """Faults as one meets them going down the page; those of photos with their question."""
    order = {name: place for place, name in enumerate(checklist.fields)}
    last = len(order)
    return sorted(faults, key=lambda fault: order.get(fault.question.removesuffix("_photo"), last))


class _Page:
    """One rendering: the answers, photos, faults and comments, ready to be looked up by question."""

    def __init__(
        self,
        checklist: Checklist,
        answers: Mapping[str, Any],
        photos: Sequence[PhotoRow],
        faults: Sequence[Fault],
        comments: Mapping[str, str],
        laws: Mapping[str, str],
        show_all: bool,
    ) -> None:
        self.checklist = checklist
        self.show_all = show_all
        self.answers = answers
        self.laws = laws
        self.comments = comments
        self.faults: dict[str, str] = {}
        for fault in faults:
            self.faults.setdefault(fault.question, term(fault.message))
        self.first = faults[0].question if faults else ""
        self.photos: dict[str, list[PhotoView]] = {}
        for photo in photos:
            view = PhotoView(photo.id, photo.name, readable_size(photo.size), photo.state)
            self.photos.setdefault(photo.question, []).append(view)

    def section(self, section: Section) -> SectionView:
        items: list[CriterionView | RowView] = []
        leader: Criterion | None = None
        view: CriterionView | None = None
        for question in section.questions:
            if isinstance(question, Criterion):
                leader, view = question, self.criterion(question)
                items.append(view)
            elif leader and view and leader.path in question.relevant_to():
                row = self.row(question, leader)
                view.rows.append(row)
                view.kept = view.kept or bool(row.value or row.fault)
            else:
                leader = view = None  # what follows a free row is not the criterion's any more
                items.append(self.row(question, None))
        own = [item for item in items if isinstance(item, CriterionView)]
        counted = [item for item in own if self.counts(item)]
        return SectionView(
            section.name,
            section.label,
            section.hint,
            items,
            done=sum(item.outcome in ANSWERED for item in counted),
            total=len(counted),
            extra_only=len(own) == len(items) and all(item.extra and not item.kept for item in own),
        )

    def counts(self, item: CriterionView) -> bool:
        """Whether it is part of the work that is shown: a core one, one that holds something, or all."""
        return self.show_all or not item.extra or item.kept

    def criterion(self, criterion: Criterion) -> CriterionView:
        name, get = criterion.name, self.answers.get
        faults = self._criterion_faults(name) if self.faults else {}
        photos = self.photos.get(name, [])
        outcome = get(name) if get(name) in OUTCOMES else "unchecked"
        note = str(get(f"{name}_note") or "")
        comment = self.comments.get(name, "")
        return CriterionView(
            name=name,
            code=criterion.code,
            label=criterion.label,
            hint=criterion.hint,
            law=law_lines(criterion.legal_basis, self.laws),
            outcome=str(outcome),
            note=note,
            n=shown(get(f"{name}_n")),
            of=shown(get(f"{name}_of")),
            numerator=criterion.numerator or "" if criterion.counted else "",
            denominator=criterion.denominator or "",
            proposed=criterion.severity or 0,
            severity=str(get(f"{name}_severity") or criterion.severity or ""),
            cause=str(get(f"{name}_cause") or ""),
            responsible=str(get(f"{name}_responsible") or ""),
            photo_rule=criterion.photo if criterion.takes_photos else "",
            photos=photos,
            opened=bool(note or photos or comment or faults.keys() & {"note", "photo"}),
            extra=not criterion.core,
            kept=bool(outcome in ANSWERED or note or photos or faults or comment),
            comment=comment,
            focus=self._focus(name, faults),
            faults=faults,
        )

    def row(self, question: Question, leader: Criterion | None) -> RowView:
        value = self.answers.get(question.name)
        when = outcomes_asking(question.relevant, leader.path) if leader and question.relevant else None
        fault = self.faults.get(question.name, "")
        return RowView(
            kind=question.kind,
            name=question.name,
            label=question.label,
            hint=question.hint,
            required=question.required is True,
            value=shown(value),
            chosen=frozenset(str(value).split()) if value else frozenset(),
            choices=[(choice.name, choice.label) for choice in question.choices],
            long=question.appearance == "multiline",
            when=" ".join(f"when-{outcome}" for outcome in when) if when is not None else "",
            fault=fault,
            focus=bool(fault) and self.first == question.name,
        )

    def summary(self, faults: Sequence[Fault]) -> Iterator[tuple[str, str]]:
        """Anchor and sentence of each fault, named by its question."""
        for fault in faults:
            question = self.checklist.find_question(self._question_of(fault.question))
            message = term(fault.message)
            if question is None:
                yield "main", f"{fault.question}: {message}" if fault.question else message
                continue
            label = question.code if isinstance(question, Criterion) else question.label
            anchored = not (fault.question.endswith("_photo") and not _takes_photos(question))
            yield fault.question if anchored else question.name, f"{label}: {message}"

    def comment_links(self) -> Iterator[tuple[str, str, str]]:
        """Name, code and label of each criterion the reviewer wrote about, in the order of the form."""
        for criterion in self.checklist.criteria:
            if self.comments.get(criterion.name):
                yield criterion.name, criterion.code, criterion.label

    def _criterion_faults(self, name: str) -> dict[str, str]:
        keys = {"": name} | {suffix: f"{name}_{suffix}" for suffix in FOLLOW_UPS}
        return {suffix: self.faults[key] for suffix, key in keys.items() if key in self.faults}

    def _focus(self, name: str, faults: Mapping[str, str]) -> str:
        if not faults or self._question_of(self.first) != name:
            return ""
        return self.first.removeprefix(f"{name}_") if self.first != name else "outcome"

    def _question_of(self, name: str) -> str:
        if name in self.checklist.fields:
            return self.checklist.fields[name].question
        return name.removesuffix("_photo")


def _takes_photos(question: Question) -> bool:
    return isinstance(question, Criterion) and question.takes_photos


def shown(value: Any) -> str:
    """A stored value as a person would type it: decimals with a comma, the rest as it is."""
    if value is None:
        return ""
    return words.format_number(value).replace(".", "") if isinstance(value, float) else str(value)
