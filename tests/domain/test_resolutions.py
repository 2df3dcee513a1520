"""A new resolution: what is refused and in which row, and what the difference says."""

from dataclasses import replace

import pytest

from inspect_app.domain.resolutions import Change, SuccessionLine, UnitLine, applied, check, difference, plan
from inspect_app.domain.units import Gazetteer

from .lineages import d, points, real, real_change, unit

DAY = d("2027-01-01")
NQ = "99/NQ-UBTVQH16"


def line(row: int, code: str, name: str = "", until: str = "", **more) -> UnitLine:
    """A row of units.csv: a present unit that closes, or with a name a new commune of the province."""
    if not name:
        return _closing(row, code, **more)
    filled = {"kind": "xã", "level": "commune", "parent_code": "51", "valid_from": DAY, **more}
    return UnitLine(row=row, code=code, name=name, valid_to=d(until) if until else None, **filled)


def _closing(row: int, code: str, day=DAY, **more) -> UnitLine:
    now = unit(code, "2026-11-22")
    known = UnitLine(row, now.code, now.valid_from, day, now.name, now.kind, now.level, now.parent_code)
    return replace(known, **more)


def move(row: int, source: str, target: str, kind: str = "merged", **more) -> SuccessionLine:
    old = real().on(source, d("2026-11-22"))
    from_day = old.valid_from if old else DAY
    known = SuccessionLine(row, (source, from_day), (target, DAY), DAY, kind, NQ)
    return replace(known, **more)


def told(change: Change, current: Gazetteer | None = None) -> list[tuple[str, int, str]]:
    return [(fault.file, fault.row, fault.message) for fault in check(current or real(), change)]


# Cà Đam (21136) and Trà Bồng (21115) become xã Trà Bồng Mới under the code of Trà Bồng.
MERGER = Change(
    (line(2, "21136"), line(3, "21115"), line(4, "21115", "Trà Bồng Mới")),
    (move(2, "21136", "21115"), move(3, "21115", "21115")),
)


def test_a_sound_resolution_has_no_fault_and_the_plan_says_what_to_write():
    assert told(MERGER) == []
    planned = plan(real(), MERGER)
    assert [(each.code, day) for each, day in planned.closed] == [("21136", DAY), ("21115", DAY)]
    assert [each.full_name for each in planned.added] == ["xã Trà Bồng Mới"]
    assert len(planned.successions) == 2
    after = applied(real(), planned)
    assert after.place(after.on("21136", d("2026-01-01")), DAY).unit == after.on("21115", DAY)
    assert after.on("21115", d("2026-12-31")).name == "Trà Bồng"
    assert len(after.in_force(DAY, "commune")) == 95


def test_the_tables_of_the_program_pass_their_own_check_and_loading_them_again_changes_nothing():
    change = real_change()
    assert check(Gazetteer([], []), change) == []
    assert check(real(), change) == []
    assert plan(real(), change).empty
    assert difference(real(), change).empty


def test_a_resolution_may_come_as_the_complete_tables():
    whole = real_change()
    closing = {each.key: each for each in MERGER.units}
    units = tuple(closing.pop(each.key, each) for each in whole.units) + tuple(closing.values())
    change = Change(units, whole.successions + MERGER.successions)
    assert told(change) == []
    assert plan(real(), change).added[0].name == "Trà Bồng Mới"
    assert difference(real(), change) == difference(real(), MERGER)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"code": "2113"}, "cấp xã 5"),
        ({"code": "２１１３６"}, "cấp xã 5"),
        ({"kind": "huyện"}, "không thuộc cấp"),
        ({"level": "village"}, "province, district hoặc commune"),
        ({"name": ""}, "Thiếu tên"),
        ({"name": "Xã Trà Bồng"}, "không kèm loại"),
        ({"valid_to": DAY}, "phải sau ngày"),
        ({"parent_code": ""}, "phải có mã cấp trên"),
        ({"parent_code": "62"}, "mã 62 không có hiệu lực vào ngày 01/01/2027"),
        ({"parent_code": "525"}, "mã 525 không có hiệu lực"),
        ({"parent_code": "21034"}, "không có hiệu lực"),
    ],
)
def test_a_row_of_the_wrong_form_is_refused_with_its_number(wrong, words):
    new = replace(line(4, "21115", "Trà Bồng Mới"), **wrong)
    faults = told(Change((*MERGER.units[:2], new), ()))
    assert any(file == "units.csv" and row == 4 and words in text for file, row, text in faults), faults


def test_ranges_of_one_code_that_overlap_are_refused():
    faults = told(Change((line(2, "21136", "Cà Đam Mới"),), ()))
    assert faults == [
        ("units.csv", 2, "Thời gian hiệu lực chồng lên xã Cà Đam mã 21136 (01/07/2025–…)."),
    ]  # fmt: skip
    both = Change(
        (line(2, "29999", "A", "2028-01-01"), line(3, "29999", "B", valid_from=d("2027-06-01"))), ()
    )
    assert [(row, "chồng lên xã A" in text) for _, row, text in told(both) if "chồng" in text] == [(3, True)]
    # A row put in before one that stands already.
    early = line(2, "21548", "Lý Sơn Cũ", valid_from=d("2025-06-01"), parent_code="51")
    assert any("chồng lên đặc khu Lý Sơn" in text for _, _, text in told(Change((early,), ())))


def test_the_same_row_twice_is_refused():
    faults = told(Change((*MERGER.units, replace(MERGER.units[2], row=5)), MERGER.successions))
    assert faults == [("units.csv", 5, "Trùng với hàng 4: cùng mã và ngày có hiệu lực.")]
    faults = told(Change(MERGER.units, (*MERGER.successions, replace(MERGER.successions[1], row=4))))
    assert ("successions.csv", 4, "Trùng với hàng 3: cùng đơn vị cũ và mới.") in faults


def test_a_parent_must_be_in_force_on_every_day():
    below = line(2, "29999", "Đảo Mới", "2030-01-01")
    province = _closing(3, "51", day=d("2028-01-01"))
    faults = told(Change((below, province), ()))
    assert (2, "Đơn vị cấp trên mã 51 không có hiệu lực vào ngày 01/01/2028.") in [
        (r, t) for _, r, t in faults
    ]
    # What lies below and is not in the file is told at the row that ends the parent.
    assert any(row == 3 and "còn 96 đơn vị bên dưới" in text for _, row, text in faults)


def test_a_parent_that_goes_on_under_its_code_is_no_gap():
    renamed = UnitLine(3, "51", DAY, None, "Quảng Ngãi", "thành phố", "province", "")
    change = Change(
        (_closing(2, "51"), renamed),
        (SuccessionLine(2, ("51", d("2025-07-01")), ("51", DAY), DAY, "renamed", NQ),),
    )
    assert told(change) == []
    assert difference(real(), change).changed == (
        "Tỉnh Quảng Ngãi (51) đổi thành thành phố Quảng Ngãi (51) từ 01/01/2027.",
    )


def test_a_closed_commune_or_province_needs_a_successor_but_a_district_ended_by_law():
    faults = told(Change((line(2, "21136"),), ()))
    assert faults == [
        ("units.csv", 2, "Hết hiệu lực từ 01/01/2027 nhưng successions.csv không nói xã Cà Đam nhập vào đâu.")
    ]
    change = real_change()
    without = Change(
        change.units, tuple(each for each in change.successions if each.source[0] not in ("536", "62"))
    )
    faults = told(without, Gazetteer([], []))
    assert len(faults) == 1 and "tỉnh Kon Tum" in faults[0][2]


def test_a_row_we_have_may_only_be_closed_and_only_once():
    faults = told(Change((replace(MERGER.units[0], name="Cà Đắm"), *MERGER.units[1:]), MERGER.successions))
    assert faults[0][:2] == ("units.csv", 2) and "chỉ được điền ngày hết hiệu lực" in faults[0][2]
    old = unit("21142", "2021-01-01")
    again = UnitLine(
        2, old.code, old.valid_from, d("2026-01-01"), old.name, old.kind, old.level, old.parent_code
    )
    assert "đã hết hiệu lực từ 01/07/2025" in told(Change((again,), ()))[0][2]
    reopened = replace(again, valid_to=None)
    assert "đã hết hiệu lực từ 01/07/2025" in told(Change((reopened,), ()))[0][2]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"source": ("99999", DAY)}, "Không có đơn vị mã 99999"),
        ({"target": ("21115", d("2026-06-01"))}, "Không có đơn vị mã 21115 có hiệu lực từ 01/06/2026"),
        ({"effective": d("2027-01-02")}, "Xã Cà Đam không hết hiệu lực vào ngày 02/01/2027"),
        ({"target": ("21034", d("2025-07-01"))}, "không bắt đầu có hiệu lực vào ngày 01/01/2027"),
        ({"source": ("21034", d("2025-07-01"))}, "không hết hiệu lực vào ngày 01/01/2027"),
        ({"kind": "swallowed"}, "Loại “swallowed” không có"),
        ({"reference": ""}, "Thiếu số nghị quyết"),
    ],
)
def test_a_succession_between_unknown_units_or_at_the_wrong_day_is_refused(wrong, words):
    first = replace(MERGER.successions[0], **wrong)
    faults = told(Change(MERGER.units, (first, MERGER.successions[1])))
    assert any(file == "successions.csv" and row == 2 and words in text for file, row, text in faults), faults


def test_a_succession_we_have_cannot_be_told_otherwise():
    known = real_change().successions[0]
    assert told(Change((), (known,))) == []
    assert "đã có với nội dung khác" in told(Change((), (replace(known, reference="1/NQ"),)))[0][2]


# Cà Đam (21136) is divided between two new communes; Trà Bồng (21115) gives one of them a part and lives on.
DIVISION = Change(
    (line(2, "21136"), line(3, "21115"), line(4, "21115", "Trà Bồng"), line(5, "29998", "Cà Đam"), line(6, "29999", "Trà Nam")),
    (
        move(2, "21136", "29998", "split"), move(3, "21136", "29999", "split"),
        move(4, "21115", "21115", "partial"), move(5, "21115", "29999", "partial"),
    ),
)  # fmt: skip


def test_a_division_is_accepted_and_leaves_records_undetermined():
    assert told(DIVISION) == []
    after = applied(real(), plan(real(), DIVISION))
    placed = after.place(after.on("21136", d("2026-01-01")), DAY)
    assert [each.full_name for each in placed.candidates] == ["xã Cà Đam", "xã Trà Nam"]


def test_whole_and_divided_moves_do_not_mix():
    def with_moves(*moves):
        return [
            (row, text)
            for file, row, text in told(Change(DIVISION.units, moves))
            if file == "successions.csv"
        ]

    first, second, third, fourth = DIVISION.successions
    assert with_moves(replace(first, kind="merged"), second, third, fourth)[0][0] == 3
    assert "chỉ có một đơn vị nhận" in with_moves(replace(first, kind="merged"), second, third, fourth)[0][1]
    assert (
        "chỉ có một"
        in with_moves(replace(first, kind="merged"), replace(second, kind="merged"), third, fourth)[0][1]
    )
    assert "từ hai đơn vị nhận" in with_moves(first, third, fourth)[0][1]
    assert "cùng một loại" in with_moves(replace(first, kind="partial"), second, third, fourth)[0][1]
    assert (
        "dưới chính mã cũ" in with_moves(first, second, replace(third, target=("29998", DAY)), fourth)[0][1]
    )


def test_the_difference_reads_like_the_resolution():
    merged = difference(real(), MERGER)
    assert merged.closed == (
        "Xã Cà Đam (21136), tỉnh Quảng Ngãi, hết hiệu lực từ 01/01/2027.",
        "Xã Trà Bồng (21115), tỉnh Quảng Ngãi, hết hiệu lực từ 01/01/2027.",
    )
    assert merged.new == ("Xã Trà Bồng Mới (21115), tỉnh Quảng Ngãi, có hiệu lực từ 01/01/2027.",)
    assert merged.moves == (
        "Xã Cà Đam (21136) và xã Trà Bồng (21115) nhập thành xã Trà Bồng Mới (21115) từ 01/01/2027 (99/NQ-UBTVQH16).",
    )
    assert merged.notes == merged.changed == ()
    assert [(count.level, count.kind, count.before, count.after) for count in merged.counts] == [
        ("province", "", 1, 1), ("province", "tỉnh", 1, 1),
        ("commune", "", 96, 95), ("commune", "phường", 9, 9), ("commune", "xã", 86, 85), ("commune", "đặc khu", 1, 1),
    ]  # fmt: skip


def test_the_difference_names_divided_units_and_those_that_only_change():
    divided = difference(real(), DIVISION)
    assert divided.closed == ("Xã Cà Đam (21136), tỉnh Quảng Ngãi, hết hiệu lực từ 01/01/2027.",)
    assert divided.changed == ("Xã Trà Bồng (21115) thay đổi địa giới từ 01/01/2027.",)
    assert divided.moves == (
        "Xã Cà Đam (21136) được chia về xã Cà Đam (29998) và xã Trà Nam (29999) (99/NQ-UBTVQH16): "
        "bản ghi cũ chờ người có trách nhiệm xếp chỗ.",
        "Xã Trà Bồng (21115) giao một phần, nay thuộc xã Trà Bồng (21115) và xã Trà Nam (29999) (99/NQ-UBTVQH16): "
        "bản ghi cũ chờ xếp chỗ.",
    )


def test_the_difference_of_the_whole_history_names_the_reform():
    told = difference(Gazetteer([], []), real_change())
    start = "Huyện Lý Sơn (536) nhập thành đặc khu Lý Sơn (21548) từ 01/07/2025 (1677/NQ-UBTVQH15"
    assert any(sentence.startswith(start) for sentence in told.moves)
    assert "Xã Tịnh Hà (21220) đổi thành thị trấn Tịnh Hà (21220) từ 01/01/2025." in told.changed
    assert any(
        text.endswith("chuyển từ huyện Đắk Glei sang tỉnh Quảng Ngãi từ 01/07/2025.") for text in told.changed
    )
    assert told.notes == ()


def test_what_is_odd_but_allowed_is_noted():
    alone = Change(
        (line(2, "21136"), line(3, "29999", "Trà Nam"), line(4, "29998", "Đảo Mới")),
        (move(2, "21136", "29999"),),
    )
    assert told(alone) == []
    notes = difference(real(), alone).notes
    assert any("Xã Đảo Mới (29998) không có đơn vị cũ" in note for note in notes)
    assert any("Xã Trà Nam (29999) ghi là nhập" in note for note in notes)


def test_a_new_unit_without_a_point_is_drawn_between_those_it_was_formed_of():
    located = Gazetteer(
        [replace(each, lat=points().get(each.key, (None, None))[0], lon=points().get(each.key, (None, None))[1]) for each in real().units],
        real().successions,
    )  # fmt: skip
    new = plan(located, MERGER).added[0]
    origins = [points()[code, d("2025-07-01")] for code in ("21136", "21115")]
    assert new.lat == pytest.approx(sum(lat for lat, _ in origins) / 2, abs=0.001)
    own = Change((*MERGER.units[:2], replace(MERGER.units[2], lat=15.0, lon=108.5)), MERGER.successions)
    assert (plan(located, own).added[0].lat, plan(located, own).added[0].lon) == (15.0, 108.5)
