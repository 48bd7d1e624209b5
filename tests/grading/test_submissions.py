"""Submissions: each form is read as it should be, hostile files cost little and are said in one sentence."""

from __future__ import annotations

import json
import os
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hessmath.errors import InputError
from hessmath.grading.submissions import READERS, Sheet, read_folder, read_submission, read_text

SHEET = Sheet(("1a", "1b", "prog"), ("prog",))
PROGRAM = "import numpy as np\n\ndef f(x):\n    # 1a is not a marker here\n    return 2 * x"
ANSWERS = {"1a": "x^2 + 1", "1b": "[[1, 2], [3, 4]]", "prog": PROGRAM}


def _notebook(*cells: tuple[str, str, dict]) -> str:
    rows = [
        {"cell_type": kind, "source": text.splitlines(keepends=True), "metadata": data} for kind, text, data in cells
    ]
    return json.dumps({"cells": rows, "nbformat": 4})


TABLE = '"1a" = "x^2 + 1"\n"1b" = "[[1, 2], [3, 4]]"\nprog = """\n' + PROGRAM + '"""\n'
UNDER_HEADINGS = f"""# My sheet

## 1a

$x^2 + 1$

## Exercise 1b:

I think

```
[[1, 2], [3, 4]]
```

## prog

```python
{PROGRAM}
```
"""
NAMED_FENCES = f"""```answer 1a
x^2 + 1
```

~~~ {{#1b}}
[[1, 2], [3, 4]]
~~~

```python prog
{PROGRAM}
```
"""

FORMS = {
    ".toml": TABLE,
    ".toml under answers": 'student = "A"\n[answers]\n' + TABLE,
    ".json": json.dumps(ANSWERS),
    ".json under answers": json.dumps({"student": "A", "answers": ANSWERS}),
    ".md": UNDER_HEADINGS,
    ".md with named fences": NAMED_FENCES,
    ".ipynb": _notebook(
        ("markdown", "# Sheet\n\n## 1a\n$$x^2 + 1$$", {}),
        ("code", "# exercise: 1b\n[[1, 2], [3, 4]]", {}),
        ("code", PROGRAM, {"nbgrader": {"grade_id": "prog", "solution": True}}),
        ("code", "import os; os.system('false')", {}),
    ),
    ".ipynb under headings": _notebook(
        ("markdown", "x^2 + 1", {"hessmath": {"id": "1a"}}),
        ("markdown", "## 1b\n\n[[1, 2], [3, 4]]", {}),
        ("markdown", "## prog", {}),
        ("code", PROGRAM, {}),
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_gives_the_same_answers(form):
    found, remarks = read_text(FORMS[form].encode(), form.split()[0], SHEET)
    assert {name: text.strip() for name, text in found.items()} == ANSWERS
    assert remarks == []


def test_lines_may_end_as_on_windows_and_begin_with_a_mark():
    found, _ = read_text(b"\xef\xbb\xbf" + FORMS[".md"].replace("\n", "\r\n").encode(), ".md", SHEET)
    assert found["prog"] == PROGRAM


def test_a_program_belongs_to_every_coding_exercise_or_to_the_one_that_its_marker_names():
    whole, _ = read_text(PROGRAM.encode(), ".py", SHEET)
    assert whole == {"prog": PROGRAM}
    two = Sheet(("1a", "p", "q"), ("p", "q"))
    found, _ = read_text(b"import math\n# exercise: p\ndef f(): pass\n# exercise: q\ndef g(): pass\n", ".py", two)
    assert "import math" in found["p"] and "import math" in found["q"]
    assert "def f" in found["p"] and "def f" not in found["q"]
    with pytest.raises(InputError, match="No exercise of this sheet asks for a program"):
        read_text(b"x = 1", ".py", Sheet(("1a",)))


def test_a_program_is_never_run_when_it_is_read(tmp_path):
    (tmp_path / "eve.py").write_text(f"open({str(tmp_path / 'made')!r}, 'w')\nraise SystemExit(3)")
    ((submission),) = read_folder(tmp_path, SHEET)
    assert "SystemExit" in submission.answers["prog"] and not (tmp_path / "made").exists()


@given(
    answers=st.dictionaries(
        st.sampled_from(["1a", "1b"]),
        st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1).filter(str.strip),
        min_size=1,
    )
)
def test_texts_pass_through_json_unchanged(answers):
    assert read_text(json.dumps(answers).encode(), ".json", SHEET) == (answers, [])


@given(raw=st.binary(max_size=300), suffix=st.sampled_from(sorted(READERS)))
def test_any_bytes_are_read_or_refused_in_one_sentence(raw, suffix):
    try:
        found, remarks = read_text(raw, suffix, SHEET)
    except InputError as error:
        assert str(error).endswith(".") and "\n" not in str(error)
    else:
        assert set(found) <= set(SHEET.ids) and all(isinstance(remark, str) for remark in remarks)


HOSTILE = {
    "many dots": (".".join(["a"] * 19_000) + " = 1", ".toml", "too many tables or dots"),
    "many brackets": ("1a = " + "[" * 100_000, ".toml", "too many tables or dots"),
    "deep array in TOML": ('"1a" = ' + "[" * 10_000 + "]" * 10_000, ".toml", "nested too deeply|not TOML"),
    "deep array in JSON": ('{"1a": ' + "[" * 100_000, ".json", "nested too deeply"),
    "deep notebook": ("[" * 500_000, ".ipynb", "nested too deeply"),
    "long integer": ('{"1a": ' + "9" * 100_000 + "}", ".json", "not JSON"),
    "NaN": ('{"1a": NaN}', ".json", "holds NaN, which is no number"),
    "key twice": ('{"1a": "1", "1a": "2"}', ".json", "has the key '1a' twice"),
    "a list": ("[1, 2]", ".json", "must be a table"),
    "no notebook": ('{"cells": 3}', ".ipynb", "it has no list of cells"),
    "zero bytes": ("1a\0", ".md", "zero bytes"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_at_once(name):
    text, suffix, sentence = HOSTILE[name]
    begun = time.monotonic()
    with pytest.raises(InputError, match=sentence):
        read_text(text.encode(), suffix, SHEET)
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ([[[[[[[[[[1]]]]]]]]]], "nested more than 8 deep"),
        ("x" * 100_001, "more than 100,000 characters"),
        (list(range(201)), "has 201 entries, more than 200"),
    ],
)
def test_an_answer_out_of_bounds_is_left_out_and_the_others_stay(answer, sentence):
    found, (remark,) = read_text(json.dumps({"1a": answer, "1b": "1"}).encode(), ".json", SHEET)
    assert found == {"1b": "1"} and sentence in remark


def test_decimals_keep_their_digits():
    assert read_text(b'{"1a": 0.10, "1b": [1.50, 2]}', ".json", SHEET)[0] == {"1a": "0.10", "1b": ["1.50", 2]}
    assert read_text(b'"1a" = 0.10', ".toml", SHEET)[0] == {"1a": "0.10"}


def test_remarks_name_what_was_not_understood():
    assert read_text(b'{"9z": "1"}', ".json", SHEET) == ({}, ["there is no exercise '9z'."])
    assert read_text(b"no heading", ".md", SHEET)[1] == ["no heading or fence names an exercise of this sheet."]
    found, remarks = read_text(b"## 1a\n1\n## 1a\n2\n## 1b\n```\n3", ".md", SHEET)
    assert found == {"1a": "1", "1b": "3"}
    assert remarks[0] == "exercise 1a is answered twice; the first answer counts."
    assert remarks[1].startswith("a fenced block is not closed")


def test_a_folder_is_read_by_student_and_one_broken_file_stops_nobody(tmp_path):
    (tmp_path / "alice.toml").write_text('"1a" = "x"')
    (tmp_path / "alice.py").write_text(PROGRAM)
    (tmp_path / "bob.json").write_text("{")
    (tmp_path / "carol").mkdir()
    (tmp_path / "carol" / "notes.md").write_text("# 1b\n[1]")
    (tmp_path / "carol" / "photo.png").write_bytes(b"\x89PNG")
    (tmp_path / ".hidden.json").write_text("{}")
    (tmp_path / "readme.txt").write_text("nothing")
    found = {each.student: each for each in read_folder(tmp_path, SHEET)}
    assert set(found) == {"alice", "bob", "carol"}
    assert found["alice"].answers == {"1a": "x", "prog": PROGRAM} and found["carol"].answers == {"1b": "[1]"}
    assert found["bob"].problems[0].startswith("bob.json: The file is not JSON: ")


def test_files_that_are_no_ordinary_files_are_refused(tmp_path):
    secret = tmp_path / "secret.json"
    secret.write_text('{"1a": "key"}')
    folder = tmp_path / "answers"
    folder.mkdir()
    (folder / "link.json").symlink_to(secret)
    os.mkfifo(folder / "pipe.json")
    (folder / "large.json").write_bytes(b" " * 1_000_001)
    (folder / "latin.md").write_bytes("# 1a\n\xe9".encode("latin-1"))
    found = {each.student: each for each in read_folder(folder, SHEET)}
    assert all(not each.answers for each in found.values())
    assert found["link"].problems == ("link.json: The file cannot be opened: it is a link.",)
    assert found["pipe"].problems == ("pipe.json: This is not an ordinary file.",)
    assert found["large"].problems == ("large.json: The file has more than 1,000,000 bytes.",)
    assert found["latin"].problems == ("latin.md: The file is not UTF-8 text (byte 5); save it as UTF-8.",)


def test_the_digest_changes_with_the_bytes(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"1a": "x"}')
    one = read_submission("a", [path], SHEET).digest
    path.write_text('{"1a": "x"} ')
    assert read_submission("a", [path], SHEET).digest != one


def test_a_folder_without_submissions_is_said(tmp_path):
    with pytest.raises(InputError, match=r"holds no submission: put files such as alice.toml there"):
        list(read_folder(tmp_path, SHEET))
    with pytest.raises(InputError, match="is not a folder of submissions"):
        list(read_folder(tmp_path / "none", SHEET))
    (tmp_path / "dave").mkdir()
    assert next(read_folder(tmp_path, SHEET)).problems == ("There is no file that can be read.",)
