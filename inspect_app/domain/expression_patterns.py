"""Patterns of regex(): the part of the syntax that Java, JavaScript and Python read alike, and nothing else.

Engines disagree on anchoring (JavaRosa matches the whole text, others search), on the line ends that a dot refuses and
on what \\s holds. So a pattern must be anchored, and is rewritten here into one that means the same in all three.
"""

import re
import warnings

from .expression_values import ExpressionError
from .problems import N_

SYNTAX = "^$\\.*+?()[]{}|/"
BLANK = r" \t\n\x0B\f\r"  # Java's \s
NO_LINE_END = r"[^\n\r\x85\u2028\u2029]"  # Java's dot
PLAIN_ESCAPES = "dDwWtnrf"
QUANTIFIER = re.compile(r"([*+?]|\{\d+(,\d*)?\})(\??)(\+?)", re.ASCII)
UNPORTABLE = N_("Mẫu regex có chỗ “%(part)s” mà các máy hiểu khác nhau. Hãy viết cách khác.")


def portable(pattern: str, column: int) -> str:
    """The pattern rewritten so that all engines agree; ExpressionError with what is wrong."""
    rewritten = _Rewriter(pattern, column).run()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(rewritten, re.ASCII)
    except (re.error, FutureWarning, OverflowError, RecursionError):
        raise ExpressionError(N_("Mẫu regex viết chưa đúng."), column) from None
    return rewritten


class _Rewriter:
    def __init__(self, pattern: str, column: int) -> None:
        self.pattern = pattern
        self.column = column
        self.at = 0
        self.out: list[str] = []
        self.groups: list[bool] = []  # for each open group: may it be repeated (a lookahead may not)
        self.repeatable = False  # whether a quantifier may follow
        self.anchor_needed = True  # at the start of the whole or of an outer alternative
        self.closed = False  # the last thing was an outer $

    def run(self) -> str:
        while self.at < len(self.pattern):
            self.step()
        if self.anchor_needed or not self.closed or self.groups:
            raise self.unanchored()
        return "".join(self.out)

    def step(self) -> None:
        here = self.pattern[self.at]
        if self.anchor_needed and here != "^":
            raise self.unanchored()
        self.anchor_needed = False
        was_closed, self.closed = self.closed, False
        if here == "|":
            if not self.groups:
                if not was_closed:
                    raise self.unanchored()
                self.anchor_needed = True
            self.emit("|", repeatable=False)
        elif here in "^$":
            self.closed = here == "$" and not self.groups
            self.emit(here, repeatable=False)
        elif here == "[":
            self.character_class()
        elif here == "(":
            self.open_group()
        elif here == ")":
            if not self.groups:
                raise self.bad(")")
            self.emit(")", repeatable=self.groups.pop())
        elif here in "*+?{":
            self.quantifier()
        elif here in "]}":
            raise self.bad(here)
        elif here == "\\":
            self.out.append(self.escape(inside=False))
            self.repeatable = True
        else:
            self.emit(NO_LINE_END if here == "." else here)

    def emit(self, text: str, *, read: int = 1, repeatable: bool = True) -> None:
        self.out.append(text)
        self.at += read
        self.repeatable = repeatable

    def open_group(self) -> None:
        opening = next((o for o in ("(?:", "(?=", "(?!") if self.pattern.startswith(o, self.at)), "(")
        if opening == "(" and self.pattern.startswith("(?", self.at):
            raise self.bad(self.pattern[self.at : self.at + 4])
        self.groups.append(opening in ("(", "(?:"))
        self.emit(opening, read=len(opening), repeatable=False)

    def quantifier(self) -> None:
        found = QUANTIFIER.match(self.pattern, self.at)
        if not found or not self.repeatable or found[4]:
            raise self.bad(found[0] if found else self.pattern[self.at])
        self.emit(found[0], read=len(found[0]), repeatable=False)

    def escape(self, *, inside: bool) -> str:
        """The escape at this place, rewritten; moves behind it."""
        letter = self.pattern[self.at + 1 : self.at + 2]
        code = re.match(r"\\(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})", self.pattern[self.at :])
        if code:
            self.at += len(code[0])
            return code[0]
        self.at += 2
        if letter and letter in PLAIN_ESCAPES:
            return f"\\{letter}"
        if letter == "s":
            return BLANK if inside else f"[{BLANK}]"
        if letter == "S" and not inside:
            return f"[^{BLANK}]"
        if not letter or not letter.isascii() or letter.isalnum():
            raise self.bad(f"\\{letter}")
        return f"\\{letter}" if letter in SYNTAX or (inside and letter == "-") else letter

    def character_class(self) -> None:
        start = self.at
        opening = "[^" if self.pattern.startswith("[^", self.at) else "["
        self.at += len(opening)
        parts: list[str] = []
        while self.pattern[self.at : self.at + 1] != "]":
            here = self.pattern[self.at : self.at + 1]
            if here in ("", "["):
                raise self.bad(self.pattern[start : self.at + 1])
            before = parts[-1] if parts else ""
            if here == "\\":
                written = self.pattern[self.at : self.at + 2]
                parts.append(self.escape(inside=True))
                if written == "\\s" and (before == "-" or self.pattern[self.at : self.at + 1] == "-"):
                    raise self.bad(self.pattern[start : self.at + 1])
            else:
                parts.append(here)
                self.at += 1
            if parts[-1] == before and before in ("&", "|", "~", "-"):
                raise self.bad(before * 2)
        if not parts:
            raise self.bad("[]")
        self.emit(f"{opening}{''.join(parts)}]")

    def bad(self, part: str) -> ExpressionError:
        return ExpressionError(UNPORTABLE, self.column, part=part)

    def unanchored(self) -> ExpressionError:
        message = N_(
            "Mẫu của regex phải bắt đầu bằng ^ và kết thúc bằng $ (cả trong từng nhánh của dấu |),"
            " để mọi máy hiểu như nhau."
        )
        return ExpressionError(message, self.column)
