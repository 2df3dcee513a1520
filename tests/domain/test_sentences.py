"""A sentence is Vietnamese text wherever text is wanted, and still knows what it was made of."""

import json

from inspect_app.domain.problems import BadValue
from inspect_app.domain.sentences import Sentence


def test_a_sentence_is_its_vietnamese_text() -> None:
    said = Sentence("%(unit)s hết hiệu lực từ %(day)s.", unit="Xã Bình Thanh", day="01/07/2025")
    assert said == "Xã Bình Thanh hết hiệu lực từ 01/07/2025."
    assert json.dumps([said], ensure_ascii=False) == '["Xã Bình Thanh hết hiệu lực từ 01/07/2025."]'
    assert said.message == "%(unit)s hết hiệu lực từ %(day)s."
    assert said.params == {"unit": "Xã Bình Thanh", "day": "01/07/2025"}


def test_a_sentence_without_params_keeps_its_percent_signs() -> None:
    assert Sentence("Quá hạn trên 10% hồ sơ") == "Quá hạn trên 10% hồ sơ"


def test_a_problem_carries_its_sentence() -> None:
    problem = BadValue("Không có giá trị “%(value)s”.", value="99")
    assert str(problem) == "Không có giá trị “99”."
    assert problem.sentence.params == {"value": "99"}
