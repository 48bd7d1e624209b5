"""A right program for a coding task, printed from SymPy's own derivatives: lint runs it against the compiled truth."""

from __future__ import annotations

from typing import Any

import sympy

from hessmath.function import Function
from hessmath.grading.code_tasks import CodeTask

_SOLVE = """import numpy as np

def {entry}(A, b):
    return np.linalg.solve(A, b)
"""

_QUANTITY = """import math
import numpy as np

def {entry}({arguments}):
    {names} = {arguments}
    return np.array({value}, dtype=float)
"""

_PRODUCT = """import math
import numpy as np

def {entry}(x, v):
    {names} = x
    return np.array({hessian}, dtype=float) @ np.asarray(v, dtype=float)
"""

_STEP = """import math
import numpy as np

def {entry}({arguments}):
    {names} = {arguments}
    g, H = np.array({gradient}, dtype=float), np.array({hessian}, dtype=float)
    return np.linalg.solve(H, -g)
"""

_MINIMISE = """import math
import numpy as np

def {entry}({arguments}):
    def f({arguments}):
        {names} = {arguments}
        return {value}
    def derivatives({arguments}):
        {names} = {arguments}
        return np.array({gradient}, dtype=float), np.array({hessian}, dtype=float)
    x = np.array([{arguments}], dtype=float).ravel()
    for _ in range(200):
        g, H = derivatives({unpacked})
        values, vectors = np.linalg.eigh(H)
        p = -vectors @ ((vectors.T @ g) / np.maximum(np.abs(values), 1e-8))
        if values.min() < 0 and np.abs(g).max() < 1e-9:
            p = 0.1 * vectors[:, 0]
        t = 1.0
        while t > 1e-10 and not f({moved}) <= f({unpacked}) + 1e-4 * t * (g @ p):
            t /= 2
        x = x + t * p
        if np.abs(g).max() < 1e-12 and values.min() >= 0:
            break
    return x
"""

_TEMPLATES = {"solve": _SOLVE, "hvp": _PRODUCT, "newton_step": _STEP, "minimise": _MINIMISE}


def reference_program(task: CodeTask) -> str:
    """A program that the task accepts.

    Examples
    --------
    >>> task = CodeTask.from_dict({"task": "gradient", "function": "x**2*y", "variables": "x y"})
    >>> task.judge(reference_program(task)).correct
    True
    """
    if task.task == "solve":
        return _SOLVE.format(entry=task.entry)
    formula: Any = task.formula[0] if len(task.formula) == 1 else list(task.formula)
    f = Function(formula, list(task.variables))
    names = [sympy.Symbol(f"x{i}") for i in range(len(task.variables))]
    renamed = dict(zip(f.variables, names, strict=True))
    scalar = len(task.formula) == 1
    quantities = {
        "value": f.expr if scalar else [_of(task, text, renamed) for text in task.formula],
        "gradient": list(f.gradient) if scalar else None,
        "hessian": f.hessian.tolist() if scalar else None,
        "jacobian": None if scalar else f.jacobian.tolist(),
    }
    texts = {name: _printed(value, renamed) for name, value in quantities.items() if value is not None}
    listed = ", ".join(map(str, names))
    from_array = not task.scalars or task.task == "hvp"
    fields = {
        "entry": task.entry,
        "arguments": listed if task.scalars else "x",
        "names": listed + ("," if len(names) == 1 and from_array else ""),
        "unpacked": "*x" if task.scalars else "x",
        "moved": "*(x + t * p)" if task.scalars else "x + t * p",
    }
    template = _TEMPLATES.get(task.task, _QUANTITY)
    return template.format(**{**texts, "value": texts.get(task.task, texts["value"]), **fields})


def _of(task: CodeTask, text: str, renamed: Any) -> Any:
    return Function(text, list(task.variables)).expr.xreplace(renamed)


def _printed(value: Any, renamed: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_printed(each, renamed) for each in value) + "]"
    return str(sympy.pycode(sympy.sympify(value, strict=True).xreplace(renamed)))
