"""Feedback: every message has a template, and nothing that a student wrote is markup where it is shown."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hessmath.grading as grading
from hessmath.errors import InputError
from hessmath.grading.edits import PARTS, WHOLE
from hessmath.grading.feedback import ESCAPES, templates, text
from hessmath.grading.grade import Message
from hessmath.grading.kinds import KINDS

NASTY = "<script>alert(1)</script> & \\input{/etc/passwd} $x$ `rm` [a](b) \x1b[31m\u202e %n_"


def test_every_message_of_the_code_has_a_template():
    folder = Path(grading.__file__).parent
    keys = {key for file in folder.rglob("*.py") for key in re.findall(r'Message\(\s*"(\w+)"', file.read_text("utf-8"))}
    assert keys
    assert keys <= templates().keys()


def test_every_slip_has_a_template():
    names = {*WHOLE, *PARTS} | {slip.name for kind in KINDS.values() for slip in kind.slips}
    folder = Path(grading.__file__).parent
    names |= set(re.findall(r'yield "(\w+)",', (folder / "derivative_slips.py").read_text("utf-8")))
    names |= set(re.findall(r'Slip\(\s*"(\w+)"', (folder / "kinds" / "calculus_slips.py").read_text("utf-8")))
    assert {f"slip_{name}" for name in names} <= templates().keys()


@pytest.mark.parametrize(
    ("place", "never"),
    [
        ("html", ["<script", "\x1b"]),
        ("markdown", ["[a](b)", " `rm", "<script", " $x"]),
        ("latex", ["\\input", " & ", " $x", "n_"]),
        ("ansi", ["\x1b", "\u202e"]),
        ("plain", ["\x1b", "\u202e"]),
    ],
)
def test_what_a_student_wrote_is_never_markup(place, never):
    shown = text(Message("differs_at_point", {"point": NASTY}), place)
    for piece in never:
        assert piece not in shown


@given(written=st.text(max_size=50), place=st.sampled_from(sorted(ESCAPES)))
def test_fields_cannot_name_other_fields(written, place):
    message = Message("differs_at_point", {"point": written + "{point}"})
    assert text(message, place).count("different values") == 1 + (written + "{point}").count("different values")


def test_unknown_places_and_languages_are_refused():
    with pytest.raises(InputError, match="Feedback is written for plain, html"):
        text(Message("right"), "fax")
    with pytest.raises(InputError, match="no feedback in the language 'tlh'"):
        text(Message("right"), "plain", "tlh")
