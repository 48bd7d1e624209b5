"""Texts for students: one file of templates for each language, filled and escaped for where they are shown."""

from __future__ import annotations

import html
import re
import tomllib
from collections.abc import Callable, Iterable
from functools import cache
from importlib import resources

from hessmath.errors import InputError
from hessmath.grading.grade import Message

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$])")
_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
}  # fmt: skip


def _plain(text: str) -> str:
    return "".join(sign if sign.isprintable() or sign == "\n" else "�" for sign in text)


def _html(text: str) -> str:
    return html.escape(_plain(text))


def _markdown(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", html.escape(_plain(text), quote=False))


def _latex(text: str) -> str:
    return "".join(_LATEX.get(sign, sign) for sign in _plain(text))


ESCAPES: dict[str, Callable[[str], str]] = {
    "plain": _plain,
    "html": _html,
    "markdown": _markdown,
    "ansi": _plain,
    "latex": _latex,
}
"""What makes a text harmless, by the place where it is shown; control characters are dropped everywhere."""


@cache
def templates(language: str = "en") -> dict[str, str]:
    """The templates of a language by key.

    Raises
    ------
    InputError
        If there is no file for this language.
    """
    file = resources.files(__package__) / f"{language}.toml"
    if not language.isalpha() or not file.is_file():
        raise InputError(f"There is no feedback in the language {language!r}; English is en.")
    return {key: str(text) for key, text in tomllib.loads(file.read_text(encoding="utf-8")).items()}


def text(message: Message, place: str = "plain", language: str = "en") -> str:
    """A line of feedback: the template and what fills it, both escaped for the place.

    Raises
    ------
    InputError
        If the place is none of ``ESCAPES``.

    Examples
    --------
    >>> text(Message("differs_at_point", {"point": "x = 1 & y < 2"}), "html")
    'Your answer and the right one have different values at x = 1 &amp; y &lt; 2.'
    """
    if place not in ESCAPES:
        raise InputError(f"Feedback is written for {', '.join(ESCAPES)}, but not for {place!r}.")
    filled = templates(language)[message.key]
    return ESCAPES[place](_FIELD.sub(lambda match: message.fields[match[1]], filled))


def texts(messages: Iterable[Message], place: str = "plain", language: str = "en") -> tuple[str, ...]:
    """Every line of feedback."""
    return tuple(text(message, place, language) for message in messages)


_FIELD = re.compile(r"\{(\w+)\}")
