"""Grades as pages: one for each student, one for the class; no script, no font, no network, all text escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from hessmath.render.latex_to_mathml import mathml

if TYPE_CHECKING:
    from hessmath.grading.assignment import Assignment
    from hessmath.grading.grade import Grade
    from hessmath.grading.results import Summary
    from hessmath.grading.running import Result

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; } td, th { padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: top; }
section { border-left: .4rem solid #bbb; padding-left: 1rem; margin: 1.5rem 0; }
section.right { border-color: #2a7; } section.wrong { border-color: #c43; } section.open { border-color: #e90; }
pre { background: #f4f4f4; padding: .5rem; white-space: pre-wrap; overflow-wrap: anywhere; }
h2 { margin-bottom: 0; } .points { color: #666; }
@media (prefers-color-scheme: dark) { body { background: #181818; color: #ddd; } pre { background: #262626; } }
"""


def student_page(assignment: Assignment, result: Result) -> str:
    """A student's page: score, and for each exercise what was given, how it was understood, and the feedback."""
    titles = {exercise.id: exercise.title for exercise in assignment.exercises}
    parts = [
        f"<h1>{_text(assignment.title)}</h1>",
        f"<p>{_text(result.student)}: <strong>{result.score:g}</strong> of {result.points:g} points</p>",
    ]
    if result.problems:
        parts.append("<p>What could not be read:</p>" + _list(map(_text, result.problems)))
    answers = result.answers or {}
    parts += [_exercise(grade, titles.get(grade.exercise, ""), answers.get(grade.exercise)) for grade in result.grades]
    return _page(f"{result.student}: {assignment.title}", parts)


def _exercise(grade: Grade, title: str, answer: Any) -> str:
    from hessmath.grading.feedback import texts

    state = {True: "right", False: "wrong", None: "open"}[grade.correct]
    head = f"{grade.exercise} {title}".strip()
    parts = [f"<h2>{_text(head)}</h2>", f'<p class="points">{grade.score:g} of {grade.points:g} points</p>']
    if answer is not None:
        parts.append(f"<pre>{_text(answer_text(answer))}</pre>")
    if grade.understood_as:
        parts.append(f"<p>Understood as {_formula(grade.understood_as)}</p>")
    if grade.error:
        parts.append(f"<p>{_text(grade.error)} This costs no attempt.</p>")
    lines = texts(grade.messages, "html")
    parts.append(_list(lines))
    return f'<section class="{state}">{"".join(parts)}</section>'


def class_page(found: Summary) -> str:
    """The class: figures, the hardest exercises, the commonest slips, what needs a human."""
    parts = [
        f"<h1>{_text(found.title)}</h1>",
        f"<p>{found.students} students; mean {found.mean:g}, median {found.median:g} of {found.points:g} points.</p>",
    ]
    if found.isolation:
        parts.append(f"<p>Programs ran under {_text(found.isolation)}.</p>")
    rows = (
        (each.exercise, f"{100 * each.part:.0f} %", _counts(each.verdicts), _counts(each.slips))
        for each in found.hardest
    )
    parts.append(
        "<h2>Exercises, the hardest first</h2>" + _table(("exercise", "points earned", "verdicts", "slips"), rows)
    )
    if found.slips:
        slips = ((name, str(count)) for name, count in found.slips)
        parts.append("<h2>The commonest slips</h2>" + _table(("slip", "answers"), slips))
    if found.undecided:
        parts.append("<h2>To be looked at</h2>" + _table(("student", "exercise", "reason"), found.undecided))
    if found.problems:
        parts.append("<h2>What could not be read</h2>" + _table(("student", "problem"), found.problems))
    return _page(found.title, parts)


def class_text(found: Summary, *, graded: int, kept: int, folder: str) -> str:
    """The class for a terminal: a few lines, and where the rest is."""
    lines = [
        f"{found.title}: {found.students} students ({graded} graded now, {kept} unchanged), "
        f"mean {found.mean:g}, median {found.median:g} of {found.points:g} points",
        "hardest: " + ", ".join(f"{each.exercise} ({100 * each.part:.0f} %)" for each in found.hardest[:5]),
    ]
    if found.slips:
        lines.append("commonest slips: " + ", ".join(f"{name} ({count})" for name, count in found.slips[:5]))
    lines += [f"to be looked at: {student}, exercise {exercise}" for student, exercise, _ in found.undecided[:10]]
    lines += [f"could not be read: {student}: {problem}" for student, problem in found.problems[:10]]
    if found.isolation:
        lines.append(f"programs ran under {found.isolation}")
    return "\n".join([*map(_plain, lines), f"results in {folder}"])


def _plain(text: str) -> str:
    """Without control characters, so that a file's name or content cannot steer the terminal."""
    return "".join(c if c.isprintable() else "�" for c in text)


def answer_text(answer: Any, limit: int = 4000) -> str:
    """An answer as it was given: text as it is, lists and tables as JSON; cut when very long."""
    import json

    text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False, default=str)
    return text if len(text) <= limit else text[:limit] + " …"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def _formula(latex: str) -> str:
    return mathml(latex) or f"<code>{_text(latex)}</code>"


def _text(text: str) -> str:
    """Escaped, without control characters and lone surrogates."""
    return html.escape("".join(c if c.isprintable() or c in "\n\t" else "�" for c in text))


def _list(items: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    first = "".join(f"<th>{_text(name)}</th>" for name in head)
    rest = "".join("<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{first}</tr>{rest}</table>"


def _page(title: str, parts: Iterable[str]) -> str:
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{_text(title)}</title><style>{_STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )
