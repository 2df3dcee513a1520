"""Judges a parsed expression: known functions, arity, and the constructs on which form engines disagree.

What JavaRosa (ODK Collect), Enketo and ODK Web Forms answer differently is refused here, so that one form means one
thing on every device. Each refusal names the column.
"""

import re
from collections.abc import Mapping

from .expression_moments import FORMATS, read_moment
from .expression_patterns import portable
from .expression_values import NUMBER, ExpressionError, Tree
from .problems import N_

# Name -> (fewest, most arguments, what each must be, what comes back); the last letter stands for all that follow.
# s text, n number, b truth, d day, t date with time, a anything; p a path; as a result also p: whatever the data holds.
MANY = 50
FUNCTIONS: dict[str, tuple[int, int, str, str]] = {
    "selected": (2, 2, "ss", "b"),
    "selected-at": (2, 2, "sn", "s"),
    "count-selected": (1, 1, "s", "n"),
    "if": (3, 3, "baa", "?"),
    "coalesce": (2, 2, "aa", "?"),
    "regex": (2, 2, "ss", "b"),
    "today": (0, 0, "", "d"),
    "now": (0, 0, "", "t"),
    "date": (1, 1, "d", "d"),
    "format-date": (2, 2, "ts", "s"),
    "decimal-date-time": (1, 1, "t", "n"),
    "int": (1, 1, "n", "n"),
    "round": (1, 2, "n", "n"),
    "number": (1, 1, "n", "n"),
    "string": (1, 1, "s", "s"),
    "string-length": (1, 1, "s", "n"),
    "substr": (2, 3, "sn", "s"),
    "contains": (2, 2, "s", "b"),
    "starts-with": (2, 2, "s", "b"),
    "concat": (1, MANY, "s", "s"),
    "join": (2, MANY, "s", "s"),
    "count": (1, 1, "p", "n"),
    "count-non-empty": (1, 1, "p", "n"),
    "sum": (1, 1, "p", "n"),
    "min": (1, MANY, "n", "n"),
    "max": (1, MANY, "n", "n"),
    "not": (1, 1, "b", "b"),
    "true": (0, 0, "", "b"),
    "false": (0, 0, "", "b"),
    "boolean": (1, 1, "b", "b"),
    "boolean-from-string": (1, 1, "s", "b"),
    "once": (1, 1, "a", "?"),
    "position": (1, 1, "p", "n"),
    "indexed-repeat": (3, 7, "ppnpnpn", "p"),
    "current": (0, 0, "", "p"),
    "instance": (1, 1, "s", "p"),
    "jr:choice-name": (2, 2, "ss", "s"),
    "pow": (2, 2, "n", "n"),
}
RESULT = {"and": "b", "or": "b", "=": "b", "!=": "b", "<": "b", "<=": "b", ">": "b", ">=": "b"}
MOST_PLACES = 10


def judge(tree: Tree, columns: Mapping[int, int], *, boolean: bool) -> None:
    """ExpressionError at the first thing refused; `boolean` where the whole is a condition. Rewrites regex patterns."""
    judging = _Judge(columns)
    judging.walk(tree)
    if boolean:
        judging.wants("b", tree)


def kind(tree: Tree) -> str:
    """What the engines are sure to make of it: b, n, s, d, t; p = decided by the data."""
    head = tree[0]
    if head == "op":
        return RESULT.get(tree[1], "n")
    if head == "f":
        result = FUNCTIONS[tree[1]][3]
        if result != "?":
            return result
        branches = {kind(branch) for branch in (tree[3:] if tree[1] == "if" else tree[2:])}
        return branches.pop() if len(branches) == 1 else "t" if "t" in branches else "p"
    return {"n": "n", "s": "s", "neg": "n"}.get(head, "p")


class _Judge:
    def __init__(self, columns: Mapping[int, int]) -> None:
        self.columns = columns

    def refusal(self, message: str, tree: Tree, **params: object) -> ExpressionError:
        return ExpressionError(message, self.columns.get(id(tree), 1), **params)

    def walk(self, tree: Tree) -> None:
        head = tree[0]
        if head == "op":
            self.walk(tree[2])
            self.walk(tree[3])
            self.operation(tree)
        elif head == "neg":
            self.walk(tree[1])
            self.wants("n", tree[1])
        elif head == "f":
            self.call(tree)
        elif head == "p":
            self.path(tree)
        elif head == "s" and "${" in tree[1]:
            raise self.refusal(N_("Không viết ${tên} trong dấu nháy; hãy nối bằng concat()."), tree)

    def operation(self, tree: Tree) -> None:
        sign, left, right = tree[1:]
        if sign in ("and", "or"):
            self.wants("b", left)
            self.wants("b", right)
        elif sign in ("=", "!="):
            self.equality(left, right)
        else:
            self.wants("n", left)
            self.wants("n", right)

    def equality(self, left: Tree, right: Tree) -> None:
        for one, other in ((left, right), (right, left)):
            self.no_time(one)
            if kind(one) == "b" and kind(other) == "p":
                message = N_(
                    "Không so sánh câu trả lời với true/false; hãy so sánh với giá trị, ví dụ ${tên} = 'co'."
                )
                raise self.refusal(message, other)

    def no_time(self, tree: Tree) -> None:
        if kind(tree) == "t":
            message = N_(
                "now() có cả giờ, các máy so sánh khác nhau; hãy dùng today() hoặc decimal-date-time(now())."
            )
            raise self.refusal(message, tree)

    def wants(self, wanted: str, tree: Tree) -> None:
        found = kind(tree)
        if wanted == "b" and found == "p":
            message = N_("Một câu hỏi đứng một mình không phải là điều kiện; hãy viết ${tên} != ''.")
            raise self.refusal(message, tree)
        if wanted in "nsd":
            if wanted != "d":
                self.no_time(tree)
            self.literal(wanted, tree)
        if wanted == "p" and tree[0] != "p" and tree[:2] != ["f", "indexed-repeat"]:
            raise self.refusal(N_("Ở đây cần tên một câu hỏi hoặc một nhóm."), tree)
        if wanted == "t" and found == "b":
            raise self.refusal(N_("Ở đây cần một ngày."), tree)

    def literal(self, wanted: str, tree: Tree) -> None:
        if tree[0] != "s":
            return
        text = tree[1]
        if wanted == "n" and not NUMBER.fullmatch(text.strip()):
            if read_moment(text, 0):
                raise self.refusal(
                    N_("Ngày trong dấu nháy phải đặt trong date(), ví dụ date('2026-01-31')."), tree
                )
            raise self.refusal(N_("“%(text)s” không phải là số."), tree, text=text)
        if wanted == "d" and ("T" in text or not read_moment(text, 0, strict=True)):
            raise self.refusal(N_("Ngày phải viết dạng năm-tháng-ngày, ví dụ '2026-01-31'."), tree)

    def call(self, tree: Tree) -> None:
        name, arguments = tree[1], tree[2:]
        if name not in FUNCTIONS:
            raise self.refusal(N_("Không có hàm “%(name)s()”."), tree, name=name)
        fewest, most, wanted, _ = FUNCTIONS[name]
        if not fewest <= len(arguments) <= most or (name == "indexed-repeat" and len(arguments) % 2 == 0):
            number = str(fewest) if fewest == most else f"{fewest}-{most}" if most < MANY else f"{fewest}+"
            message = N_("Hàm %(name)s() cần %(number)s tham số, ở đây có %(found)s.")
            raise self.refusal(message, tree, name=name, number=number, found=len(arguments))
        for place, argument in enumerate(arguments):
            self.walk(argument)
            self.wants(wanted[min(place, len(wanted) - 1)], argument)
        special = SPECIAL.get(name)
        if special:
            special(self, tree)

    def path(self, tree: Tree) -> None:
        if isinstance(tree[1], list):
            self.call(tree[1])
            if tree[1][1] == "instance" and (len(tree) < 3 or tree[2] != ["root"]):
                raise self.refusal(N_("Sau instance('danh sách') phải là /root/item."), tree)
            if tree[1][1] == "current" and len(tree) == 2:
                message = N_(
                    "Sau current() phải là đường dẫn, ví dụ current()/../tên; chính câu này thì viết “.”."
                )
                raise self.refusal(message, tree)
        for step in tree[2:]:
            if step[0] == "?":
                self.walk(step[1])
                if kind(step[1]) != "b":
                    message = N_(
                        "Trong […] phải là một phép so sánh; muốn chọn theo thứ tự hãy dùng indexed-repeat()."
                    )
                    raise self.refusal(message, step)

    def literal_text(self, tree: Tree) -> str:
        if tree[0] != "s":
            raise self.refusal(N_("Ở đây cần một chuỗi viết sẵn trong dấu nháy."), tree)
        return str(tree[1])

    def regex(self, tree: Tree) -> None:
        pattern = tree[3]
        pattern[1] = portable(self.literal_text(pattern), self.columns.get(id(pattern), 1))

    def format_date(self, tree: Tree) -> None:
        for letter in re.findall(r"%(.?)", self.literal_text(tree[3]), re.DOTALL):
            if not letter or letter not in FORMATS:
                message = N_("format-date() không dùng được “%%%(letter)s”; chỉ có %(known)s.")
                known = " ".join(f"%{known}" for known in FORMATS)
                raise self.refusal(message, tree[3], letter=letter, known=known)
        if tree[2][0] == "s" and not read_moment(tree[2][1], 0, strict=True):
            raise self.refusal(N_("Ngày phải viết dạng năm-tháng-ngày, ví dụ '2026-01-31'."), tree[2])

    def decimal_date_time(self, tree: Tree) -> None:
        given = tree[2]
        if kind(given) in "dn" or (given[0] == "s" and ("T" not in given[1] or not read_moment(given[1], 0))):
            message = N_(
                "decimal-date-time() của một ngày không có giờ khác nhau giữa các máy; hãy dùng number()."
            )
            raise self.refusal(message, given)

    def round(self, tree: Tree) -> None:
        places = tree[3] if len(tree) > 3 else ["n", 0]
        if places[0] != "n" or places[1] not in range(MOST_PLACES + 1):
            message = N_("Số chữ số sau dấu phẩy của round() phải viết sẵn, từ 0 đến %(most)s.")
            raise self.refusal(message, places, most=MOST_PLACES)

    def selected(self, tree: Tree) -> None:
        if kind(tree[3]) == "n":
            raise self.refusal(N_("Lựa chọn phải viết trong dấu nháy, ví dụ selected(${tên}, '1')."), tree[3])

    def written(self, tree: Tree) -> None:
        self.literal_text(tree[-1])

    def plain_paths(self, tree: Tree) -> None:
        """indexed-repeat(field, repeat, index, ...): paths without predicates."""
        for path in [tree[2], *tree[3::2]]:
            if path[0] != "p" or isinstance(path[1], list) or any(step[0] == "?" for step in path[2:]):
                raise self.refusal(N_("Ở đây cần tên một câu hỏi hoặc một nhóm."), path)


SPECIAL = {
    "regex": _Judge.regex,
    "format-date": _Judge.format_date,
    "decimal-date-time": _Judge.decimal_date_time,
    "round": _Judge.round,
    "selected": _Judge.selected,
    "instance": _Judge.written,
    "jr:choice-name": _Judge.written,
    "indexed-repeat": _Judge.plain_paths,
}
