"""The command ``hessmath grade``: files in, files out, exit codes, and pages that a hostile answer cannot harm."""

from __future__ import annotations

import ast
import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from hessmath.cli import main
from hessmath.grading import Assignment, running, sandbox
from hessmath.grading.results import summary
from hessmath.grading.running import Result
from hessmath.render import grades as pages
from hessmath.render.latex_to_mathml import mathml

SHEET = """
title = "Sheet"
[[exercise]]
id = "1"
kind = "expression"
prompt = "Square x + 1."
variables = "x"
answer = "x**2 + 2*x + 1"
points = 2
[[exercise]]
id = "2"
kind = "expression"
prompt = "Double x."
variables = "x"
answer = "2*x"
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A class graded once: the folder, the printed text, the exit code."""
    folder = tmp_path_factory.mktemp("class")
    (folder / "sheet.toml").write_text(SHEET)
    answers = folder / "answers"
    answers.mkdir()
    (answers / "alice.toml").write_text('1 = "(x + 1)**2"\n2 = "x + x"\n')
    (answers / "bob.md").write_text("# 1\n\n$x**2 + 1$\n\n# 2\n<script>alert(1)</script>\n")
    (answers / "eve.json").write_text("{")
    return folder


def _run(capsys, *args: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main([str(each) for each in args])
    out, err = capsys.readouterr()
    return int(stop.value.code or 0), out, err


def _grade(capsys, shared: Path, *options: object) -> tuple[int, str, str]:
    common = ("-o", shared / "results", "--jobs", 1, "--seconds", 20)
    return _run(capsys, "grade", shared / "sheet.toml", shared / "answers", *common, *options)


def test_a_class_is_graded_and_written(shared, capsys):
    code, out, err = _grade(capsys, shared)
    assert (code, err) == (1, "")  # eve's file waits for a human
    assert "Sheet: 3 students (3 graded now, 0 unchanged)" in out and "could not be read: eve" in out
    found = {path.stem: json.loads(path.read_text()) for path in (shared / "results" / "students").glob("*.json")}
    assert {name: data["score"] for name, data in found.items()} == {"alice": 3.0, "bob": 0.0, "eve": 0.0}
    assert found["bob"]["answers"]["1"] == "x**2 + 1"
    table = (shared / "results" / "class.csv").read_text().splitlines()
    assert table[1] == "alice,3,3,0,2,1,"
    data = json.loads((shared / "results" / "summary.json").read_text())
    assert data["students"] == 3 and data["problems"][0]["student"] == "eve"
    names = {path.name for path in (shared / "results").iterdir()}
    assert names == {"students", "class.csv", "summary.json", "summary.html"}


def test_who_did_not_change_is_not_graded_again(shared, capsys):
    _grade(capsys, shared)
    before = {path: path.stat().st_mtime_ns for path in (shared / "results" / "students").iterdir()}
    (shared / "answers" / "alice.toml").write_text('1 = "(1 + x)**2"\n2 = "x + x"\n')
    _, out, _ = _grade(capsys, shared, "--json")
    assert json.loads(out)["students"] == 3
    changed = {path.stem for path, when in before.items() if path.stat().st_mtime_ns != when}
    assert changed == {"alice"}
    _, out, _ = _grade(capsys, shared, "--again")
    assert "(3 graded now, 0 unchanged)" in out


def test_bad_input_ends_in_one_sentence_and_two(shared, capsys, tmp_path):
    code, _, err = _run(capsys, "grade", shared / "none.toml", shared / "answers", "-o", tmp_path)
    assert code == 2 and err.count("\n") == 1
    code, _, err = _run(capsys, "grade", shared / "sheet.toml", tmp_path / "none", "-o", tmp_path)
    assert code == 2 and "is not a folder of submissions" in err


def test_weaker_isolation_than_required_is_refused(shared, capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox, "_works", lambda level: level == "limits")
    sheet = tmp_path / "code.toml"
    sheet.write_text('[[exercise]]\nid = "1"\nkind = "code"\ntask = "value"\nfunction = "x"\nvariables = "x"\n')
    code, _, err = _run(capsys, "grade", sheet, shared / "answers", "-o", tmp_path / "out", "--require-isolation")
    assert code == 2
    assert "The isolation 'namespaces' is required for student code, but the strongest here is 'limits'" in err
    assert not (tmp_path / "out" / "students").exists()


def test_check_says_what_is_wrong_with_an_assignment(shared, capsys, tmp_path):
    assert _run(capsys, "grade", "check", shared / "sheet.toml") == (
        0,
        "Sheet: 2 exercises, 3 points, 0 findings\n",
        "",
    )
    bad = tmp_path / "bad.toml"
    bad.write_text("total = 5\n" + SHEET)
    code, out, _ = _run(capsys, "grade", "check", bad, "--json")
    assert code == 1 and "add up to 3" in json.loads(out)["findings"][0]["text"]


def test_warnings_of_check_do_not_fail(shared, capsys, tmp_path):
    sheet = tmp_path / "sheet.toml"
    sheet.write_text(SHEET.replace('prompt = "Double x."\n', ""))
    code, out, _ = _run(capsys, "grade", "check", sheet)
    assert code == 0 and "warning: exercise 2: " in out


def test_package_writes_a_zip_once(shared, capsys, tmp_path):
    target = tmp_path / "autograder.zip"
    assert _run(capsys, "grade", "package", shared / "sheet.toml", "--gradescope", "-o", target)[0] == 0
    code, _, err = _run(capsys, "grade", "package", shared / "sheet.toml", "--gradescope", "-o", target)
    assert code == 2 and "use --force to overwrite it" in err
    code, _, err = _run(capsys, "grade", "package", shared / "sheet.toml", "-o", tmp_path / "b.zip")
    assert code == 2 and "--gradescope, --prairielearn, --otter" in err


def test_help_names_the_commands(capsys):
    code, out, _ = _run(capsys, "grade", "--help")
    assert code == 0 and all(name in out for name in ("check", "package", "run"))


# --- pages


class _Page(HTMLParser):
    """Tags that are opened and closed, and the attributes seen."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def _read(page: str) -> _Page:
    reader = _Page()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


HOSTILE = st.text(max_size=20) | st.sampled_from(
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '"><svg onload=1>',
        "\x1b[2J",
        "\ud800",
        "]]>",
        "&lt;",
    ]
)


@given(name=HOSTILE, answers=st.fixed_dictionaries({"1": HOSTILE, "2": st.lists(HOSTILE, max_size=2)}), problem=HOSTILE)
def test_no_answer_or_name_becomes_markup(name, answers, problem):
    sheet = Assignment.from_dict(
        {"exercise": [{"id": i, "kind": "expression", "variables": "x", "answer": "x"} for i in "12"]}
    )
    result = Result(name, tuple(sheet.grade(answers)), (problem,), answers)
    for page in (pages.student_page(sheet, result), pages.class_page(summary(sheet, [result]))):
        page.encode("utf-8")
        found = _read(page)
        assert not found.seen & {"script", "img", "svg", "iframe", "link", "object"}
        assert not [name for name in found.attributes if name.startswith("on")]
    text = pages.class_text(summary(sheet, [result]), graded=1, kept=0, folder="x")
    assert "\x1b" not in text


def test_a_page_needs_nothing_from_elsewhere(shared, capsys):
    _grade(capsys, shared)
    for path in (shared / "results").rglob("*.html"):
        assert not re.findall(r"(?:src|href)=|url\(|https?://(?!www\.w3\.org/1998/Math)", path.read_text())


x, y = sympy.symbols("x y")


@pytest.mark.parametrize(
    "expression",
    [
        x**2 / 3 + sympy.sqrt(2) * y,
        sympy.Matrix([[1, x], [y, sympy.Rational(1, 2)]]),
        sympy.exp(-x * y) * sympy.sin(x) ** 2,
        sympy.root(x, 3) + sympy.Abs(y),
        sympy.FiniteSet(1, sympy.sqrt(3)),
        sympy.Piecewise((x, x > 0), (0, True)),
        sympy.Symbol("lambda_1") ** 2 + sympy.pi * sympy.I,
        sympy.Eq(x, sympy.log(y)),
    ],
    ids=str,
)
def test_what_sympy_prints_is_shown_as_mathml_with_the_same_numbers_and_letters(expression):
    latex = sympy.latex(expression)
    shown = mathml(latex)
    assert shown is not None
    _read(shown)
    numbers = re.findall(r"<mn>(.*?)</mn>", shown)
    assert sorted(numbers) == sorted(re.findall(r"\d+", latex))


@given(st.text(alphabet=r"\{}[]()^_&abcx12 +-frac<>'\"", max_size=40))
def test_any_latex_gives_sound_mathml_or_none(latex):
    shown = mathml(latex)
    if shown is not None:
        _read(shown)


def test_latex_outside_the_subset_is_none():
    for latex in (r"\href{javascript:1}{x}", "{", "}", r"\frac{1}", "x^", r"\left(" * 100, "{" * 10_000, "x" * 30_000):
        assert mathml(latex) is None


# --- the student's side


@pytest.mark.parametrize("path", sorted(sandbox.JAIL.glob("*.py")), ids=lambda path: path.name)
def test_the_students_side_imports_the_standard_library_and_numpy_only(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or "."] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            assert name.split(".")[0] in {*sys.stdlib_module_names, "numpy"}


def test_the_isolation_of_a_run_is_empty_without_programs():
    sheet = Assignment.from_dict({"exercise": [{"kind": "expression", "variables": "x", "answer": "x"}]})
    assert running.isolation(sheet, running.Settings()) == ""
