"""What a verdict rests on: the files that check each family of certificates, and how long they are.

Every certificate passes through the core: it is read, typed and printed there, and its statement and obligations are
derived there.  What shows the statement is checked by the files of its family; the others are never run for it.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterable
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent

CORE = ("__init__", "__main__", "checker", "local", "trees")
"""The files that every certificate passes through; ``local`` is the table of kinds."""

FAMILIES = {
    "a counterexample to a relation": ("evaluate",),
    "a relation between matrices, vectors and scalars": ("proofs",),
    "a gradient or Hessian on a set": ("identities",),
    "a critical point": ("critical",),
    "exactly one critical point in a box (also trusts python-flint)": ("boxes",),
    "all critical points in a box (also trusts python-flint)": ("regions",),
    "convexity": ("convex",),
    "a statement at a point": ("points",),
    "a limit or an order": ("limits",),
}
"""Where the check of each family begins; the files that these use belong to it."""

_LAYOUT = frozenset(
    {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
        tokenize.ENCODING,
    }
)


def files(family: str) -> tuple[str, ...]:
    """The files beyond the core that a family of certificates rests on, by name.

    >>> files("a counterexample to a relation")[:3]
    ('algebra', 'entries', 'evaluate')
    """
    return tuple(sorted(_reached(FAMILIES[family]) - set(CORE)))


def _reached(names: Iterable[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _imports(name)
    return found


@cache
def _imports(name: str) -> tuple[str, ...]:
    """The files of the checker that a file imports, from its text."""
    nodes = ast.walk(ast.parse(_text(name)))
    modules = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return tuple(module.rpartition(".")[2] for module in modules if module.startswith("hessmath.verify.kernel."))


@cache
def lines_of_code(name: str) -> int:
    """The lines of a file without blank lines, comments and docstrings."""
    text = _text(name)
    documented: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            documented.update(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    code: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _LAYOUT:
            code.update(range(token.start[0], token.end[0] + 1))
    return len(code - documented)


def _text(name: str) -> str:
    return (HERE / f"{name}.py").read_text(encoding="utf-8")


def report() -> str:
    """The core and the families with their files and lines of code."""
    rows = [("core: every certificate", CORE), *((family, files(family)) for family in FAMILIES)]
    return "\n".join(f"{title}: {sum(map(lines_of_code, names))} lines in {', '.join(names)}" for title, names in rows)
