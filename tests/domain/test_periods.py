"""Reporting periods of KSTTHC: from the 15th to the 14th, and calendar months."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspect_app.domain.periods import Period, list_periods, month, period_of, quarter, read_period, year
from inspect_app.domain.problems import BadValue

days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
start_days = st.integers(1, 28)


def test_a_quarter_runs_from_the_15th_of_the_month_before_to_the_14th_of_its_last_month():
    assert [quarter(2026, number).label for number in (1, 2, 3, 4)] == [
        "Quý I/2026 (15/12/2025–14/03/2026)",
        "Quý II/2026 (15/03/2026–14/06/2026)",
        "Quý III/2026 (15/06/2026–14/09/2026)",
        "Quý IV/2026 (15/09/2026–14/12/2026)",
    ]


def test_a_year_runs_from_15_december_to_14_december():
    assert year(2026).label == "Năm 2026 (15/12/2025–14/12/2026)"
    assert (year(2026).first_day, year(2026).last_day) == (
        quarter(2026, 1).first_day,
        quarter(2026, 4).last_day,
    )


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2025, 12, 14), "2025-Q4"),
        (date(2025, 12, 15), "2026-Q1"),
        (date(2026, 1, 1), "2026-Q1"),
        (date(2026, 3, 14), "2026-Q1"),
        (date(2026, 3, 15), "2026-Q2"),
        (date(2026, 11, 22), "2026-Q4"),
    ],
)
def test_the_quarter_of_a_day(day, code):
    assert period_of(day).code == code
    assert day in period_of(day)


def test_months_are_those_of_the_calendar():
    assert month(2024, 2) == Period("month", "2024-02", date(2024, 2, 1), date(2024, 2, 29))
    assert period_of(date(2025, 12, 31), "month").label == "Tháng 12/2025 (01/12/2025–31/12/2025)"


def test_the_first_day_is_a_setting_and_the_first_means_the_calendar():
    assert quarter(2026, 1, start_day=20).label == "Quý I/2026 (20/12/2025–19/03/2026)"
    assert quarter(2026, 1, start_day=1).label == "Quý I/2026 (01/01/2026–31/03/2026)"
    assert period_of(date(2026, 12, 31), "year", start_day=1).code == "2026"
    for wrong in (0, 29):
        with pytest.raises(ValueError, match="1 to 28"):
            quarter(2026, 1, start_day=wrong)


def test_all_periods_that_touch_a_span_are_listed_oldest_first():
    codes = [period.code for period in list_periods(date(2025, 12, 14), date(2026, 3, 15))]
    assert codes == ["2025-Q4", "2026-Q1", "2026-Q2"]
    assert [period.code for period in list_periods(date(2025, 11, 30), date(2026, 1, 1), "month")] == [
        "2025-11", "2025-12", "2026-01",
    ]  # fmt: skip
    assert list_periods(date(2026, 1, 2), date(2026, 1, 1)) == []


def test_a_code_from_an_address_is_read_back_and_other_text_is_refused():
    for period in (quarter(2026, 3), year(2021), month(2025, 7)):
        assert read_period(period.code) == period
    assert read_period("2026-Q1", start_day=1).first_day == date(2026, 1, 1)
    for wrong in ("", "2026-Q5", "2026-13", "26", "2026-Q1 ", "٢٠٢٦", "0000"):
        with pytest.raises(BadValue):
            read_period(wrong)
    with pytest.raises(ValueError):
        quarter(2026, 5)
    with pytest.raises(ValueError):
        period_of(date(2026, 1, 1), "week")


@settings(max_examples=100)
@given(days, st.sampled_from(["quarter", "year", "month"]), start_days)
def test_every_day_lies_in_one_period_and_periods_follow_each_other_without_a_gap(day, kind, start_day):
    period = period_of(day, kind, start_day)
    assert day in period and read_period(period.code, start_day) == period
    following = period_of(period.last_day + timedelta(days=1), kind, start_day)
    assert following.first_day == period.last_day + timedelta(days=1) and following.code > period.code
