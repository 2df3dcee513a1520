"""A line of the violation list as it leaves the program: the columns of CONTRACT in their order, filled or empty."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from .findings import SEVERITIES, STATES
from .inspections import KINDS
from .maps import Map, PlaceRow
from .problems import N_
from .receipts import photo_name
from .sentences import Sentence
from .text import fold
from .units import Unit

HEADER = (
    "STT", "Huyện", "Xã", "Ngày kiểm tra", "Hình thức", "Mã tiêu chí", "Nội dung tồn tại, vi phạm", "n", "N", "Căn cứ",
    "Mức độ", "Trạng thái", "Đơn vị, cá nhân chịu trách nhiệm", "Kiến nghị", "Thời hạn", "Kết quả khắc phục",
    "Minh chứng", "Ghi chú", "Mã phát hiện",
)  # fmt: skip
WIDTHS = (6, 22, 22, 13, 14, 11, 60, 7, 7, 36, 18, 15, 28, 24, 13, 24, 30, 18, 22)
WRAPPED = (6, 9, 12, 13, 15, 16, 17)


@dataclass(frozen=True, slots=True)
class LinePhoto:
    """A photo of a finding. `position` counts from 1 within the finding; `media_type` is of the original."""

    id: str
    sha256: str
    position: int
    size: int
    media_type: str | None
    taken_at: datetime | None
    caption: str = ""


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding with the names its record has on a map. `unit` is that of the record's own day."""

    id: str
    code: str
    inspection_id: str
    submission_id: str
    inspection_number: str
    unit: Unit
    district: str
    commune: str
    day: date
    kind: str
    criterion: str
    group: str
    wording: str
    n: int | None
    of: int | None
    law: str
    severity: int
    state: str
    cause: str
    responsible: str
    repeat: bool
    note: str
    recommendation: str = ""
    deadline: date | None = None
    remedy: str = ""
    photos: Sequence[LinePhoto] = field(default=())

    def photo_name(self, photo: LinePhoto, *, original: bool = False) -> str:
        """The name a photo of this line leaves under. Pictures made for viewing are always JPEG."""
        media_type = photo.media_type if original else "image/jpeg"
        return photo_name(self.unit.code, self.inspection_number, self.criterion, photo.position, media_type)

    @property
    def renamed(self) -> bool:
        """Whether the map names another commune than the one the inspectors went to."""
        return self.unit.level == "commune" and self.commune != self.unit.full_name

    @property
    def folder(self) -> str:
        """The folder of the inspection in a ZIP, plain ASCII: KT-2021-0007_xa-binh-thanh."""
        return f"{self.inspection_number}_{fold(self.unit.full_name).replace(' ', '-')}"

    def cells(self, number: int, *, original: bool = False) -> list[str | int | date | None]:
        """The line as a row under HEADER; columns that nothing fills yet stay empty."""
        return [
            number,
            self.district,
            self.commune,
            self.day,
            KINDS.get(self.kind, self.kind),
            self.criterion,
            self.wording,
            self.n,
            self.of,
            self.law,
            severity_text(self.severity),
            STATES.get(self.state, self.state),
            self.responsible,
            self.recommendation,
            self.deadline,
            self.remedy,
            "; ".join(self.photo_name(photo, original=original) for photo in self.photos),
            "; ".join(text for text in (N_("Tái diễn") if self.repeat else "", self.note) if text),
            self.code,
        ]


def severity_text(severity: int) -> str:
    """The number before the name, so that a sorted column is in order of weight: "3 – Vi phạm"."""
    return f"{severity} – {SEVERITIES[severity]}"


def inspection_number(code: str, criterion: str) -> str:
    """The number of its inspection, which the code of a finding begins with."""
    return code.removesuffix(f"-{criterion}")


class PlaceNames:
    """What the columns Huyện and Xã say on a map; each pair of units is named once."""

    def __init__(self, map: Map) -> None:
        self.map = map
        self._names: dict[tuple[int, int | None], tuple[str, str]] = {}

    def of(self, unit_id: int, placed_id: int | None) -> tuple[str, str]:
        """District (or former one) and commune of a record."""
        key = (unit_id, placed_id)
        if key not in self._names:
            self._names[key] = (
                self._name(self.map.row("district", *key)),
                self._name(self.map.row("commune", *key)),
            )
        return self._names[key]

    def _name(self, row: PlaceRow) -> str:
        if row.status == "district_office":
            return Sentence(N_("cấp huyện"))
        if row.status == "unit":
            return row.unit.full_name
        return Sentence(
            N_("%(label)s (có thể: %(candidates)s)"),
            label=self.map.label(row),
            candidates="; ".join(unit.full_name for unit in row.candidates),
        )
