"""Sentences that people read: written in Vietnamese where they are made, said in another language by a screen."""

from typing import Self


class Sentence(str):
    """A Vietnamese sentence that remembers the `message` (marked with N_) and the `params` it was made of.

    Wherever text is wanted (files, JSON, logs) it is that text; web/language.py says it in the reader's language.
    A param may be a Sentence itself.
    """

    __slots__ = ("message", "params")
    message: str
    params: dict[str, object]

    def __new__(cls, message: str, **params: object) -> Self:
        made = super().__new__(cls, message % params if params else message)
        made.message, made.params = message, params
        return made
