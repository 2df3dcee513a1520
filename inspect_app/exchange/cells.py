"""What a table cell may hold on its way out, the same for CSV and XLSX: a date is a date and a number a number."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

Cell = str | int | float | Decimal | date | datetime | None
"""A datetime is the time on Vietnamese walls; a zone it may carry is not looked at. None is an empty cell."""

Row = Sequence[Cell]
