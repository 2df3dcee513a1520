"""The demo tells the story it promises: campaigns on both maps, a repeat across a merger, sums equal on every map."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from inspect_app import create_app
from inspect_app.settings import read_settings
from tests.client import token_in
from tests.prepared import DEMO_PASSWORD, Stores


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory, shared_folder: Any) -> Iterator[FlaskClient]:
    from tests.prepared import prepared_sqlite

    stores: Stores = prepared_sqlite(shared_folder, tmp_path_factory.mktemp("demo"), demo=True)
    app = create_app(
        read_settings(
            {
                "INSPECT_DATABASE_URL": stores.database_url,
                "INSPECT_EVIDENCE_URL": str(stores.evidence),
                "INSPECT_VAR": str(tmp_path_factory.mktemp("var")),
                **stores.settings,
            }
        )
    )
    client = app.test_client()
    form = {"username": "truongphong", "password": DEMO_PASSWORD}
    form["csrf_token"] = token_in(client.get("/login").get_data(as_text=True))
    assert client.post("/login", data=form).status_code == 303
    yield client
    app.extensions["inspect"].database.engine.dispose()


def get(client: FlaskClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.get_json()


@pytest.mark.parametrize(
    "by", ["province", "district", "commune", "criterion", "kind", "month", "responsible"]
)
def test_sums_agree_on_every_map(head: FlaskClient, by: str) -> None:
    totals = {}
    for day in ("2021-06-30", "2025-06-30", "2026-01-01", "then"):
        found = get(head, f"/api/v1/totals?by={by}&map={day}&state=all")
        totals[day] = found["total"]
        for name in ("findings", "repeats", "n", "of"):
            assert sum(row[name] for row in found["rows"]) == found["total"][name], (day, name)
        for grade in "1234":
            assert sum(row["severity"][grade] for row in found["rows"]) == found["total"]["severity"][grade]
    assert len({str(total) for total in totals.values()}) == 1
    assert totals["then"]["findings"] > 1300


def test_the_fault_of_2021_in_binh_thanh_is_a_repeat_after_the_merger(head: FlaskClient) -> None:
    """Xã Bình Thanh (21091) became part of xã Đông Sơn (21109), which lies in two former districts."""
    first = get(
        head, "/api/v1/findings?map=2021-06-30&commune=21091&criterion=NS-03&to=2021-12-31&state=confirmed"
    )
    assert [item["day"][:4] for item in first["items"]] == ["2021"]
    assert first["items"][0]["repeat"] is False
    later = get(head, "/api/v1/findings?criterion=NS-03&repeat=1&from=2025-07-01&to=2025-12-31&commune=21109")
    assert [item["unit"] for item in later["items"]] == [{"code": "21109", "valid_from": "2025-07-01"}]


def test_the_campaigns_of_all_years_are_there(head: FlaskClient) -> None:
    months = {row["code"]: row["visits"] for row in get(head, "/api/v1/totals?by=month&state=all")["rows"]}
    by_year: dict[str, int] = {}
    for month, visits in months.items():
        by_year[month[:4]] = by_year.get(month[:4], 0) + visits
    assert by_year["2021"] == 73, "13 districts and 60 communes"
    assert set(by_year) == {str(year) for year in range(2021, date.today().year + 1)}
    kinds = {row["code"]: row["visits"] for row in get(head, "/api/v1/totals?by=kind&to=2021-12-31")["rows"]}
    assert kinds == {"scheduled": 13, "surprise": 60}


def test_the_demo_has_open_work_for_everyone(head: FlaskClient) -> None:
    states = {
        get(head, f"/api/v1/totals?by=group&state={state}")["total"]["findings"] > 0
        for state in ("reported", "confirmed", "not_upheld")
    }
    assert states == {True}


def test_a_checklist_that_came_late_waits_for_a_person_and_counts_nowhere(head: FlaskClient) -> None:
    page = head.get("/kept").get_data(as_text=True)
    assert "Đợt kiểm tra đã đóng" in page
    assert page.replace('href="/kept/import"', "").count('href="/kept/') == 1
