"""The typed view of a compiled checklist: what is asked, where, of whom and on which days.

A checklist is compiled once at publish (exchange/xlsform.py) and read from its JSON ever after. Answers are one flat
dict of names; this module alone says which names exist and of what kind they are.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from .expressions import Tree, references
from .problems import N_, NotFound

FORMAT = 1
OUTCOMES = {
    "pass": N_("Đạt"),
    "fail": N_("Không đạt"),
    "none": N_("Không phát sinh"),
    "unchecked": N_("Chưa kiểm tra"),
}
LEVELS = ("district", "commune")
VISIT_KINDS = ("scheduled", "short_notice", "surprise")
PHOTO_RULES = ("Y", "R", "S", "-")  # natural, hides personal data, screenshot, none (domain.md 4.0)


@dataclass(frozen=True)
class Field:
    """One name of the flat answers. `kind` as in `Checklist.field_names`; `question` is the row it belongs to."""

    name: str
    kind: str
    path: str
    question: str


@dataclass(frozen=True)
class Choice:
    name: str
    label: str


@dataclass(frozen=True)
class Question:
    """A row that is no criterion. `required` is a tree or a plain yes/no; the trees are those of `expressions`."""

    kind: str
    name: str
    label: str
    hint: str
    relevant: Tree | None
    required: Tree | bool
    constraint: Tree | None
    constraint_message: str | None
    choices: tuple[Choice, ...]
    appearance: str | None
    path: str

    def fields(self) -> Iterator[Field]:
        if self.kind != "note":
            yield Field(self.name, self.kind, self.path, self.name)

    def relevant_to(self) -> frozenset[str]:
        """Paths that decide whether this row is asked at all."""
        return frozenset(references(self.relevant, self.path)) if self.relevant else frozenset()

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "name": self.name,
            "label": self.label,
            "hint": self.hint,
            "relevant": self.relevant,
            "required": self.required,
            "constraint": self.constraint,
            "constraint_message": self.constraint_message,
            "choices": [{"name": choice.name, "label": choice.label} for choice in self.choices],
            "appearance": self.appearance,
            "path": self.path,
        }


@dataclass(frozen=True)
class Criterion(Question):
    """A row that can yield a finding. Without `severity` it never does, and severity, cause and responsible unit are
    not asked on screen; without both labels n of N is not asked.
    """

    code: str
    group: str
    level: tuple[str, ...]
    legal_basis: tuple[str, ...]
    severity: int | None
    numerator: str | None
    denominator: str | None
    photo: str
    core: bool
    valid_from: date | None
    valid_to: date | None

    @property
    def group_path(self) -> str:
        """Path of the group that holds the outcome and its follow-ups: /data/outside/ny_01_g."""
        return self.path.rpartition("/")[0]

    @property
    def counted(self) -> bool:
        return bool(self.numerator and self.denominator)

    @property
    def takes_photos(self) -> bool:
        return self.photo != "-"

    @property
    def photo_name(self) -> str:
        """Name of the file input (ny_01_photo); the photos themselves are kept apart from the answers."""
        return f"{self.name}_photo"

    def asked(self, level: str | None, day: date) -> bool:
        """Whether it is asked at an office of this level on this day. `valid_to` is the first day it is not."""
        return (
            (level is None or level in self.level)
            and (self.valid_from is None or self.valid_from <= day)
            and (self.valid_to is None or day < self.valid_to)
        )

    def fields(self) -> Iterator[Field]:
        yield Field(self.name, "criterion", self.path, self.name)
        for suffix, kind in self._follow_ups():
            yield Field(f"{self.name}{suffix}", kind, f"{self.group_path}/{self.name}{suffix}", self.name)

    def _follow_ups(self) -> Iterator[tuple[str, str]]:
        """Every criterion has the same names, so that all doors answer alike; only n and N need their labels."""
        yield "_note", "text"
        if self.counted:
            yield "_n", "integer"
            yield "_of", "integer"
        yield "_severity", "severity"
        yield "_cause", "cause"
        yield "_responsible", "text"

    def to_json(self) -> dict[str, Any]:
        return super().to_json() | {
            "code": self.code,
            "group": self.group,
            "level": list(self.level),
            "legal_basis": list(self.legal_basis),
            "severity": self.severity,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "photo": self.photo,
            "core": self.core,
            "valid_from": _iso(self.valid_from),
            "valid_to": _iso(self.valid_to),
        }


@dataclass(frozen=True)
class Section:
    name: str
    label: str
    hint: str
    relevant: Tree | None
    questions: tuple[Question, ...]

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        return tuple(question for question in self.questions if isinstance(question, Criterion))

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "label": self.label,
            "hint": self.hint,
            "relevant": self.relevant,
            "questions": [question.to_json() for question in self.questions],
        }


@dataclass(frozen=True)
class Checklist:
    """One published version. `level` and `kinds` say which offices and kinds of visit it may be chosen for."""

    key: str
    version: str
    title: str
    title_en: str | None
    level: tuple[str, ...]
    kinds: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None
    sections: tuple[Section, ...]

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Checklist":
        """Read a compiled document; ValueError for a format this program does not know."""
        if document["format"] != FORMAT:
            raise ValueError(f"unknown checklist format {document['format']!r}")
        return cls(
            key=document["key"],
            version=document["version"],
            title=document["title"],
            title_en=document["title_en"],
            level=tuple(document["level"]),
            kinds=tuple(document["kinds"]),
            valid_from=_day(document["valid_from"]),
            valid_to=_day(document["valid_to"]),
            sections=tuple(_section(section) for section in document["sections"]),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "key": self.key,
            "version": self.version,
            "title": self.title,
            "title_en": self.title_en,
            "level": list(self.level),
            "kinds": list(self.kinds),
            "valid_from": _iso(self.valid_from),
            "valid_to": _iso(self.valid_to),
            "sections": [section.to_json() for section in self.sections],
        }

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Every row in the order of the form, criteria and others."""
        return tuple(question for section in self.sections for question in section.questions)

    @cached_property
    def criteria(self) -> tuple[Criterion, ...]:
        return tuple(question for question in self.questions if isinstance(question, Criterion))

    @cached_property
    def core_criteria(self) -> tuple[Criterion, ...]:
        return tuple(criterion for criterion in self.criteria if criterion.core)

    @cached_property
    def fields(self) -> dict[str, Field]:
        """Every name an answer may bear, in the order of the form. Photos and notes are no answers."""
        return {field.name: field for question in self.questions for field in question.fields()}

    @cached_property
    def folders(self) -> dict[tuple[str, ...], list[tuple[str, str]]]:
        """Where the answers lie in an XForm instance: each folder's steps, and in it (node, name of the answer)."""
        found: dict[tuple[str, ...], list[tuple[str, str]]] = {}
        for field in self.fields.values():
            *steps, node = field.path.strip("/").split("/")
            found.setdefault(tuple(steps), []).append((node, field.name))
        return found

    def field_names(self) -> dict[str, str]:
        """Name to kind: criterion, text, integer, decimal, date, time, select_one, select_multiple, severity, cause."""
        return {name: field.kind for name, field in self.fields.items()}

    def photo_names(self) -> dict[str, str]:
        """File input to criterion, `ny_01_photo` to `ny_01`, where photos are taken."""
        return {criterion.photo_name: criterion.name for criterion in self.criteria if criterion.takes_photos}

    def find_question(self, name: str) -> Question | None:
        return self._by_name.get(name)

    def question(self, name: str) -> Question:
        found = self._by_name.get(name)
        if found is None:
            raise NotFound(N_("Biểu mẫu %(key)s không có câu hỏi “%(name)s”."), key=self.key, name=name)
        return found

    def criterion(self, name: str) -> Criterion:
        found = self.question(name)
        if not isinstance(found, Criterion):
            raise NotFound(N_("Biểu mẫu %(key)s không có tiêu chí “%(name)s”."), key=self.key, name=name)
        return found

    def criteria_on(self, day: date, level: str | None = None) -> tuple[Criterion, ...]:
        """The criteria asked on a day, at one level of office or (None) at any."""
        return tuple(criterion for criterion in self.criteria if criterion.asked(level, day))

    def followed(self, question: Question) -> Criterion | None:
        """The criterion under which a plain row is shown: the last one that decides its relevance, or None."""
        if isinstance(question, Criterion):
            return None
        deciding = [criterion for criterion in self.criteria if criterion.path in question.relevant_to()]
        return deciding[-1] if deciding else None

    def for_visit(self, level: str, day: date) -> "Checklist":
        """The part that is asked at this level of office on this day: the same checklist without the rest.

        A plain row goes with its criterion: it is left out when all that decides its relevance is left out. Empty
        sections vanish. Paths stay, so that trees that look at a missing row see an empty one.
        """
        gone = frozenset(criterion.path for criterion in self.criteria if not criterion.asked(level, day))
        if not gone:
            return self
        if gone not in self._parts:
            self._parts[gone] = self._without(gone)
        return self._parts[gone]

    def _without(self, gone: frozenset[str]) -> "Checklist":
        sections = (
            replace(section, questions=tuple(kept for kept in section.questions if not _goes(kept, gone)))
            for section in self.sections
        )
        return replace(self, sections=tuple(section for section in sections if section.questions))

    @cached_property
    def _parts(self) -> dict[frozenset[str], "Checklist"]:
        """What `for_visit` has made so far: a handful, since levels and dates of criteria are few."""
        return {}

    @cached_property
    def _by_name(self) -> dict[str, Question]:
        return {question.name: question for question in self.questions}


def _goes(question: Question, gone: frozenset[str]) -> bool:
    if isinstance(question, Criterion):
        return question.path in gone
    deciding = question.relevant_to()
    return bool(deciding) and deciding <= gone


def _section(section: Mapping[str, Any]) -> Section:
    return Section(
        name=section["name"],
        label=section["label"],
        hint=section["hint"],
        relevant=section["relevant"],
        questions=tuple(_question(question) for question in section["questions"]),
    )


def _question(row: Mapping[str, Any]) -> Question:
    shared: dict[str, Any] = {
        "kind": row["kind"],
        "name": row["name"],
        "label": row["label"],
        "hint": row["hint"],
        "relevant": row["relevant"],
        "required": row["required"],
        "constraint": row["constraint"],
        "constraint_message": row["constraint_message"],
        "choices": tuple(Choice(choice["name"], choice["label"]) for choice in row["choices"]),
        "appearance": row["appearance"],
        "path": row["path"],
    }
    if row["kind"] != "criterion":
        return Question(**shared)
    return Criterion(
        **shared,
        code=row["code"],
        group=row["group"],
        level=tuple(row["level"]),
        legal_basis=tuple(row["legal_basis"]),
        severity=row["severity"],
        numerator=row["numerator"],
        denominator=row["denominator"],
        photo=row["photo"],
        core=row["core"],
        valid_from=_day(row["valid_from"]),
        valid_to=_day(row["valid_to"]),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
