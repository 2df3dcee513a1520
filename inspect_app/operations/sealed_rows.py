"""A file of sealed rows as one looks into it: by person, record and photo, one row opened at a time.

Only where each row lies is held in memory, never the rows: an export may have hundreds of megabytes of photos.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from inspect_app.domain.phone_rows import RowReader
from inspect_app.domain.problems import N_, BadValue, TooLarge
from inspect_app.exchange.sealing import unseal

READ = ("records", "events", "photos", "pieces")  # thumbnails and kits can be made again
MOST = 300_000  # rows of one file; a week of work of several people is some 20,000
MOST_PEOPLE = 100  # who ever signed in on one phone


@dataclass(frozen=True, slots=True)
class _Place:
    at: int
    size: int
    clear: Mapping[str, Any]


@dataclass
class SealedRows:
    """The index of a file; of a row that stands in it twice the later one counts. BadValue if it is no such file."""

    file: BinaryIO
    odd: int = 0
    _people: dict[int, dict[str, dict[str, _Place]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        reader = RowReader(self.file)
        for count, row in enumerate(reader):
            if count == MOST:
                raise TooLarge(N_("Tệp có quá nhiều dòng nên không đọc được."))
            if row.store not in READ or not 0 < row.person < 2**31:
                continue
            stores = self._people.setdefault(row.person, {name: {} for name in READ})
            if len(self._people) > MOST_PEOPLE:
                raise BadValue(N_("Tệp ghi tên quá nhiều người nên không thể là của một điện thoại."))
            clear = {} if row.store == "pieces" else row.clear
            stores[row.store][row.key] = _Place(row.at, len(row.sealed), clear)
        self.odd = reader.odd

    @property
    def people(self) -> list[int]:
        return sorted(self._people)

    def of(self, person_id: int, key: bytes | None) -> "PersonRows":
        return PersonRows(person_id, self.file, self._people[person_id], key)


class PersonRows:
    """One person's rows of a file, opened with their key; without a key nothing opens."""

    def __init__(
        self, person_id: int, file: BinaryIO, stores: dict[str, dict[str, _Place]], key: bytes | None
    ) -> None:
        self.person_id = person_id
        self._file, self._stores, self._key = file, stores, key
        self._events: dict[str, list[str]] = defaultdict(list)
        for event in sorted(stores["events"]):
            self._events[event.rpartition(":")[0]].append(event)
        self._photos: dict[str, list[str]] = defaultdict(list)
        for photo, place in sorted(stores["photos"].items()):
            self._photos[str(place.clear.get("submission"))].append(photo)

    @property
    def submissions(self) -> list[str]:
        """Records, and those of which only answers are here, in the order of the file."""
        return list(dict.fromkeys([*self._stores["records"], *self._events]))

    @property
    def photos_with_pieces(self) -> list[str]:
        return list(dict.fromkeys(key.rpartition(":")[0] for key in sorted(self._stores["pieces"])))

    def has_record(self, submission: str) -> bool:
        return submission in self._stores["records"]

    def has_piece(self, photo: str, n: int) -> bool:
        return f"{photo}:{n:04}" in self._stores["pieces"]

    def clear(self, store: str, key: str) -> Mapping[str, Any]:
        place = self._stores[store].get(key)
        return place.clear if place else {}

    def open(self, store: str, key: str) -> bytes | None:
        """What is sealed in a row; None if there is no such row, or it does not open here."""
        place = self._stores[store].get(key)
        if place is None or self._key is None:
            return None
        self._file.seek(place.at)
        return unseal(self._key, store, key, self._file.read(place.size))

    def said(self, store: str, key: str) -> dict[str, Any] | None:
        """The JSON object that is sealed in a row."""
        plain = self.open(store, key)
        try:
            told = json.loads(plain) if plain is not None else None
        except (ValueError, RecursionError):
            return None
        return told if isinstance(told, dict) else None

    def events_of(self, submission: str) -> tuple[list[dict[str, Any]], bool]:
        """The answers given, each with its number; and whether none is missing, as far as the rows can tell."""
        found = []
        for key in self._events[submission]:
            said, seq = self.said("events", key), key.rpartition(":")[2]
            if said is not None and isinstance(said.get("name"), str) and "value" in said and seq.isdecimal():
                found.append({**said, "seq": int(seq)})
        counted = self.clear("records", submission).get("events")
        wanted = max(counted if isinstance(counted, int) else 0, len(self._events[submission]))
        return found, {event["seq"] for event in found} >= set(range(1, min(wanted, MOST) + 1))

    def photos_of(self, submission: str) -> tuple[list[dict[str, Any]], bool]:
        """The photos of a record, {id, sha256, size, state, and what is sealed}; and whether none is missing."""
        found = []
        for key in self._photos[submission]:
            said, clear = self.said("photos", key), self.clear("photos", key)
            if said is not None and said.get("submission", submission) == submission:
                own = {name: clear.get(name) for name in ("sha256", "size", "state")}
                found.append({**said, **own, "id": key})
        counted = self.clear("records", submission).get("photos")  # those that were not taken out
        here = sum(photo["state"] != "removed" for photo in found)
        none_missing = here >= counted if isinstance(counted, int) else True
        return found, none_missing and len(found) == len(self._photos[submission])
