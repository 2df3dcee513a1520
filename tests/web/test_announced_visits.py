"""The door for visits that phones began: what a body says and what the headers say of the phone's clock."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.client import Client
from tests.servers import LiveServer

JUMP = timedelta(days=2)


@pytest.mark.parametrize(
    ("noted", "day"),
    [({"clock_offset": 0}, 0), ({}, -2)],
    ids=["noted at the start", "known only now"],
)
def test_the_day_of_a_visit_is_judged_by_the_clock_it_began_under(
    live_server: Callable[..., LiveServer], noted: dict[str, int], day: int
) -> None:
    client = Client(live_server(demo=True).url, "kiemtra1")
    forms = client.get("/api/v1/offline").json()["forms"]
    form = next(form for form in forms if form["checklist"] == "dot-xuat" and form["level"] == "commune")
    began = datetime.now(UTC) - timedelta(days=3)
    visit = str(uuid.uuid4())
    facts = {name: form[name] for name in ("checklist", "version")}
    facts |= {"unit": "21040", "reason": "Phản ánh", "started_at": began.isoformat(), **noted}
    client.http.headers["X-Sent-At"] = (datetime.now(UTC) + JUMP).isoformat()  # it jumped ahead meanwhile
    assert client.announce(visit, facts).status_code == 201
    dated = (began + timedelta(days=day, hours=7)).strftime("%d/%m/%Y")
    assert dated in client.get(f"/inspect/{visit}").text
