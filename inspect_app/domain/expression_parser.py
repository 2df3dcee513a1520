"""Tokenizer and precedence parser of the ODK XPath subset: text in, JSON tree out, the column in every error.

The tree (lists only, so that both twins read it from JSON):
    ["n", 3]  ["s", "fail"]  ["neg", tree]  ["op", "and", tree, tree]  ["f", "selected", tree, ...]
    ["p", "/", ["data"], ["ny_01"]]           an absolute path; "" instead of "/" for a relative one
    ["p", "", [".."], ["x"], ["?", tree]]     "." and ".." are steps; "?" holds a predicate of the step before it
    ["p", ["f", "current"], [".."], ["x"]]    a path from current() or from instance('list')
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from .expression_values import ExpressionError, Tree
from .problems import N_

LONGEST = 5000  # letters of one expression
DEEPEST = 80  # precedence levels, brackets and calls within each other while parsing
TALLEST = 150  # levels of the tree, so that both twins may walk it by recursion

TOKEN = re.compile(
    r"(?P<blank>[ \n\t\f\r]+)"
    r"|(?P<number>\d+(?:\.\d*)?|\.\d+)"
    r"|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<question>\$\{[^}]*\})"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_.\-]*(?::[A-Za-z_][A-Za-z0-9_.\-]*)?)"
    r"|(?P<sign>!=|<=|>=|//|::|\.\.|[-+*/=<>()\[\],.|@$])",
    re.ASCII,
)
LEVELS = {"or": 1, "and": 2, "=": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4}
LEVELS |= {"+": 5, "-": 5, "*": 6, "div": 6, "mod": 6}
REFUSED = {
    "//": N_("Không dùng “//”; hãy viết đường dẫn đầy đủ hoặc ${tên}."),
    "::": N_("Không dùng trục “::” trong đường dẫn."),
    "@": N_("Không dùng thuộc tính “@” trong đường dẫn."),
    "|": N_("Không dùng phép hợp “|”."),
    "$": N_("Hãy viết ${tên} để chỉ một câu hỏi."),
    "*": N_("Không dùng “*” thay cho tên trong đường dẫn."),
}
QUOTED_PATH = re.compile(r"\s*\$\{([^}]*)\}\s*")


@dataclass(frozen=True, slots=True)
class Token:
    kind: str  # number, text, question, name, sign, end
    text: str
    column: int


class Parser:
    """Parses one text once. `columns` remembers where each subtree began, for the judging that follows."""

    def __init__(self, text: str, paths: Mapping[str, str]) -> None:
        self.paths = paths
        self.tokens = tokens(text)
        self.at = 0
        self.depth = 0
        self.columns: dict[int, int] = {}

    def run(self) -> Tree:
        tree = self.expression(0)
        if self.ahead.kind != "end":
            raise self.unexpected()
        if height(tree) > TALLEST:
            raise ExpressionError(N_("Biểu thức quá dài."), 1)
        return tree

    @property
    def ahead(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def takes(self, *signs: str) -> bool:
        if self.ahead.kind == "sign" and self.ahead.text in signs:
            self.at += 1
            return True
        return False

    def expect(self, sign: str) -> None:
        if not self.takes(sign):
            message = N_("Thiếu dấu “%(sign)s”.")
            raise ExpressionError(message, self.ahead.column, sign=sign)

    def unexpected(self) -> ExpressionError:
        token = self.ahead
        if token.kind == "end":
            return ExpressionError(N_("Biểu thức bị thiếu phần sau."), token.column)
        if token.kind == "sign" and token.text in REFUSED:
            return ExpressionError(REFUSED[token.text], token.column)
        return ExpressionError(N_("Không hiểu chỗ “%(part)s”."), token.column, part=token.text)

    def placed(self, tree: Tree, column: int) -> Tree:
        self.columns[id(tree)] = column
        return tree

    def expression(self, level: int) -> Tree:
        self.depth += 1
        if self.depth > DEEPEST:
            raise ExpressionError(N_("Biểu thức lồng quá sâu."), self.ahead.column)
        column = self.ahead.column
        left = self.operand()
        while (found := self.operator()) and LEVELS[found] > level:
            self.at += 1
            left = self.placed(["op", found, left, self.expression(LEVELS[found])], column)
        self.depth -= 1
        return left

    def operator(self) -> str | None:
        token = self.ahead
        if token.kind in ("sign", "name") and token.text in LEVELS:
            return token.text
        if token.kind == "name" and token.text.lower() in LEVELS:
            message = N_("Hãy viết “%(word)s” bằng chữ thường.")
            raise ExpressionError(message, token.column, word=token.text.lower())
        return None

    def operand(self) -> Tree:
        token = self.ahead
        if self.takes("-"):
            negated = self.expression(LEVELS["*"])
            return self.placed(["neg", negated], token.column)
        if self.takes("("):
            tree = self.expression(0)
            self.expect(")")
            self.no_steps_behind()
            return tree
        if token.kind in ("number", "text"):
            self.at += 1
            return self.placed(self.literal(token), token.column)
        if token.kind == "name" and self.tokens[self.at + 1].text == "(":
            return self.call()
        return self.placed(self.path(), token.column)

    def literal(self, token: Token) -> Tree:
        if token.kind == "number":
            number = float(token.text)
            return ["n", int(number) if number.is_integer() and number < 1e15 else number]
        return ["s", token.text[1:-1]]

    def no_steps_behind(self) -> None:
        if self.ahead.text in ("/", "[", "//") and self.ahead.kind == "sign":
            message = N_("Chỉ instance() và current() được có đường dẫn theo sau.")
            raise ExpressionError(message, self.ahead.column)

    def call(self) -> Tree:
        name = self.take()
        self.expect("(")
        arguments: list[Tree] = []
        if not self.takes(")"):
            arguments.append(self.expression(0))
            while self.takes(","):
                arguments.append(self.expression(0))
            self.expect(")")
        tree = self.placed(["f", name.text, *arguments], name.column)
        if name.text == "jr:choice-name" and len(arguments) == 2 and arguments[1][0] == "s":
            self.resolve_quoted(arguments[1])
        if name.text in ("instance", "current"):
            return self.placed(["p", tree, *self.steps(parents=name.text == "current")], name.column)
        self.no_steps_behind()
        return tree

    def resolve_quoted(self, literal: Tree) -> None:
        """jr:choice-name(${q}, '${q}'): here alone a name stands in quotes."""
        quoted = QUOTED_PATH.fullmatch(literal[1])
        if quoted:
            literal[1] = self.question(quoted[1], self.columns[id(literal)])

    def question(self, written: str, column: int) -> str:
        name = written.strip()
        if name in self.paths:
            return self.paths[name]
        near = get_close_matches(name, self.paths, n=1)
        if near:
            message = N_("Không có câu hỏi nào tên “%(name)s”; có phải “%(near)s”?")
            raise ExpressionError(message, column, name=name, near=near[0])
        raise ExpressionError(N_("Không có câu hỏi nào tên “%(name)s”."), column, name=name)

    def path(self) -> Tree:
        token = self.ahead
        if token.kind == "question":
            self.at += 1
            steps: list[Tree] = [
                [name] for name in self.question(token.text[2:-1], token.column).strip("/").split("/")
            ]
            return ["p", "/", *steps, *self.steps(parents=False)]
        if token.kind == "sign" and token.text == "/":
            tree = ["p", "/", *self.steps(parents=False)]
            self.known(tree, token.column)
            return tree
        if self.takes(".", ".."):
            return ["p", "", [token.text], *self.steps(parents=True)]
        return ["p", "", [self.step_name()], *self.steps(parents=False)]

    def steps(self, *, parents: bool) -> list[Tree]:
        """`/name[predicate]/…`; “..” only where `parents` and before any name, as in JavaRosa."""
        found: list[Tree] = []
        found += self.predicates()
        while self.takes("/"):
            if parents and self.takes(".", ".."):
                found.append([self.tokens[self.at - 1].text])
                continue
            parents = False
            found += [[self.step_name()], *self.predicates()]
        return found

    def step_name(self) -> str:
        token = self.ahead
        if token.kind == "sign" and token.text in (".", ".."):
            message = N_("“%(part)s” chỉ được đứng ở đầu đường dẫn.")
            raise ExpressionError(message, token.column, part=token.text)
        if token.kind != "name":
            raise self.unexpected()
        return self.take().text

    def predicates(self) -> list[Tree]:
        found: list[Tree] = []
        while self.ahead.kind == "sign" and self.ahead.text == "[":
            before = self.tokens[self.at - 1]
            if before.kind == "sign" and before.text != "]":
                raise ExpressionError(N_("Điều kiện […] phải đứng ngay sau một tên."), self.ahead.column)
            column = self.take().column
            found.append(self.placed(["?", self.expression(0)], column))
            self.expect("]")
        return found

    def known(self, tree: Tree, column: int) -> None:
        """An absolute path must lead to a question or a group of the form (when the form is known)."""
        written = "/" + "/".join(str(step[0]) for step in tree[2:] if step[0] != "?")
        if self.paths and not any(f"{path}/".startswith(f"{written}/") for path in self.paths.values()):
            raise ExpressionError(N_("Không có câu hỏi nào ở “%(path)s”."), column, path=written)


def height(tree: Tree) -> int:
    """Levels of lists, counted without recursion."""
    level: list[object] = [tree]
    found = 0
    while level := [part for item in level if isinstance(item, list) for part in item]:
        found += 1
    return found


def tokens(text: str) -> list[Token]:
    if len(text) > LONGEST:
        raise ExpressionError(N_("Biểu thức quá dài."), LONGEST)
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            message = (
                N_("Dấu nháy này chưa được đóng.")
                if text[at] in "'\""
                else N_("Không hiểu ký tự “%(part)s”.")
            )
            raise ExpressionError(message, at + 1, part=text[at])
        if match.lastgroup != "blank":
            found.append(Token(str(match.lastgroup), match[0], at + 1))
        at = match.end()
    return [*found, Token("end", "", len(text) + 1)]
