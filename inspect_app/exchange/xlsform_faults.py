"""What is wrong with a checklist's source, cell by cell. All faults are collected, never only the first."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from inspect_app.domain.problems import N_, Faulty
from inspect_app.domain.sentences import Sentence


@dataclass(frozen=True)
class Fault:
    """`row` counts lines of a .md file or rows of an .xlsx sheet, from 1; 0, "" = the whole sheet or file."""

    sheet: str
    row: int
    column: str
    message: str

    def __str__(self) -> str:
        place = [
            f"bảng {self.sheet}" if self.sheet else "",
            f"dòng {self.row}" if self.row else "",
            f"cột {self.column}" if self.column else "",
        ]
        where = ", ".join(part for part in place if part)
        return f"{where}: {self.message}" if where else self.message


class ChecklistFaults(Faulty):
    """The source cannot be published. `faults` stand in the order of the sheets and rows."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = list(faults)
        super().__init__(
            N_("Biểu mẫu còn %(count)s lỗi, chưa công bố được. Hãy sửa rồi thử lại."), count=len(self.faults)
        )

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *(f"- {fault}" for fault in self.faults)])


class FaultBook:
    """Collects faults while a source is read; `close` raises them all at once."""

    _SHEETS = ("", "settings", "survey", "choices")

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def __len__(self) -> int:
        return len(self._faults)

    def add(self, sheet: str, row: int, column: str, message: str, **params: object) -> None:
        self._faults.append(Fault(sheet, row, column, Sentence(message, **params)))

    def close(self) -> None:
        if self._faults:
            order = {name: place for place, name in enumerate(self._SHEETS)}
            raise ChecklistFaults(
                sorted(self._faults, key=lambda fault: (order.get(fault.sheet, len(order)), fault.row))
            )


def nearest(word: str, known: Iterable[str]) -> str:
    """A sentence that names the nearest known word, or nothing."""
    found = get_close_matches(word.lower(), sorted(known), n=1, cutoff=0.6)
    if not found:
        return ""
    return Sentence(" %(hint)s", hint=Sentence(N_("Có phải ý bạn là “%(word)s”?"), word=found[0]))
