"""Merging loses nothing: every change of either side is in the result, or is told as a disagreement."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from inspect_app.domain.merging import Disagreement, Merge, merge

NAMES = ["ny_01", "ny_01_note", "ny_02", "ny_02_n", "y_kien"]
VALUES = st.sampled_from(["pass", "fail", "unchecked", "Ghi chú", 3, 7.5])
SHEETS = st.dictionaries(st.sampled_from(NAMES), VALUES)


def plain(answers: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answers.items() if value != "unchecked"}


def test_what_only_one_of_two_changed_is_so() -> None:
    base = {"ny_01": "pass", "ny_02": "unchecked"}
    current = {"ny_01": "pass", "ny_02": "fail", "ny_02_note": "Thiếu"}
    mine = {"ny_01": "fail", "y_kien": "Đồng ý"}
    assert merge(base, current, mine) == Merge(
        {"ny_01": "fail", "y_kien": "Đồng ý", "ny_02": "fail", "ny_02_note": "Thiếu"}, ["ny_02", "ny_02_note"]
    )


def test_where_both_changed_one_answer_they_disagree() -> None:
    found = merge({}, {"ny_01": "pass", "ny_02": "unchecked"}, {"ny_01": "fail", "ny_02": "pass"})
    assert found.conflicts == [Disagreement("ny_01", "pass", "fail")]
    taken_back = merge({"ny_01": "pass"}, {"ny_01": "fail"}, {"ny_01": "unchecked"})
    assert taken_back.conflicts == [Disagreement("ny_01", "fail", None)]


@settings(max_examples=100)
@given(SHEETS, SHEETS)
def test_who_changed_nothing_takes_all_of_the_other(base: dict[str, Any], other: dict[str, Any]) -> None:
    assert plain(merge(base, other, base).answers) == plain(other)
    assert plain(merge(base, base, other).answers) == plain(other)
    assert merge(base, base, other).taken == merge(base, other, other).conflicts == []
    changed = {name for name in NAMES if plain(base).get(name) != plain(other).get(name)}
    assert set(merge(base, other, base).taken) == changed


@settings(max_examples=100)
@given(SHEETS, SHEETS, SHEETS)
def test_no_change_of_either_is_lost_untold(
    base: dict[str, Any], current: dict[str, Any], mine: dict[str, Any]
) -> None:
    found = merge(base, current, mine)
    told = {conflict.question for conflict in found.conflicts}
    for side in (plain(current), plain(mine)):
        for name in NAMES:
            if side.get(name) != plain(base).get(name) and name not in told:
                assert plain(found.answers).get(name) == side.get(name)


@settings(max_examples=100)
@given(SHEETS, SHEETS, SHEETS)
def test_it_does_not_matter_which_phone_comes_first(
    base: dict[str, Any], one: dict[str, Any], two: dict[str, Any]
) -> None:
    there, back = merge(base, one, two), merge(base, two, one)
    assert {(c.question, c.theirs, c.mine) for c in there.conflicts} == {
        (c.question, c.mine, c.theirs) for c in back.conflicts
    }
    if not there.conflicts:
        assert plain(there.answers) == plain(back.answers)
