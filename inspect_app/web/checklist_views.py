"""The plain objects that templates/inspect/questions.html writes down; web/checklist_page.py makes them."""

from dataclasses import dataclass, field

FOLLOW_UPS = ("note", "n", "of", "severity", "cause", "responsible", "photo")


@dataclass(slots=True)
class PhotoView:
    """A photo the server holds already. `state` as in PhotoRow."""

    id: str
    name: str
    size: str
    state: str


@dataclass(slots=True)
class RowView:
    """A plain question. `when`: CSS classes that show it under some outcomes of its criterion, without JavaScript."""

    kind: str
    name: str
    label: str
    hint: str
    required: bool
    value: str
    chosen: frozenset[str]
    choices: list[tuple[str, str]]
    long: bool
    when: str
    fault: str
    focus: bool
    is_criterion = False


@dataclass(slots=True)
class CriterionView:
    """A criterion with what was answered. `faults` bears the short names of FOLLOW_UPS, "" for the outcome itself.

    `focus` is the short name of the control that holds the first fault of the page ("outcome" for the whole), else "".
    """

    name: str
    code: str
    label: str
    hint: str
    law: list[str]
    outcome: str
    note: str
    n: str
    of: str
    numerator: str
    denominator: str
    proposed: int
    severity: str
    cause: str
    responsible: str
    photo_rule: str
    photos: list[PhotoView]
    opened: bool
    extra: bool
    kept: bool
    comment: str
    focus: str
    faults: dict[str, str]
    rows: list[RowView] = field(default_factory=list)

    is_criterion = True


@dataclass(slots=True)
class SectionView:
    name: str
    label: str
    hint: str
    items: list[CriterionView | RowView]
    done: int
    total: int
    extra_only: bool
