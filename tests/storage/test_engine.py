"""What an error of the database says: the table and what is wrong, never what stood in a row."""

import traceback

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError, IntegrityError

from inspect_app.storage.engine import open_database
from inspect_app.storage.people import ThrottleRow
from tests.builders import TODAY

PRIVATE = "RIENG-TU"


def test_an_error_tells_no_value_of_the_row(database_url: str) -> None:
    database = open_database(database_url)
    whole = {"key": PRIVATE, "count": 1, "first_at": TODAY, "last_at": TODAY}
    for rows in ([whole, whole], [whole | {"count": None}]):  # a key that stands twice; a column left out
        with pytest.raises(IntegrityError) as told, database.writing.begin() as session:
            session.execute(insert(ThrottleRow), rows)
        text = "".join(traceback.format_exception(told.value))
        assert PRIVATE not in text
        assert "throttle" in text
    with pytest.raises(DBAPIError) as told, database.reading() as session:
        session.connection().exec_driver_sql("SELECT * FROM no_such_table")
    assert "no_such_table" in str(told.value)
    database.engine.dispose()
