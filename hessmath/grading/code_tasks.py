"""Student functions against the compiled truth: at given, special and random points, by shape, type, value and time.

The truth is a kernel compiled from the formula of the problem; it stays in this process.  A value is right when it
differs from the truth by at most ``tolerance`` times the largest entry, plus what a change of the input in its last
digits would do.  Solvers are judged by their residual, never by a stored solution.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hessmath.errors import InputError
from hessmath.function import Function
from hessmath.grading.matrix_families import MATRICES
from hessmath.grading.sandbox import Failed, Isolation, Limits, Returned, Student, array, student
from hessmath.kernels import Kernel, compile_tapes

Float64 = NDArray[np.float64]
FIELDS = frozenset(
    {
        "task",
        "entry",
        "function",
        "map",
        "variables",
        "arguments",
        "at",
        "box",
        "samples",
        "tolerance",
        "matrices",
        "sizes",
    }
    | {"seconds"}
)
"""The fields of a coding problem."""


@dataclass(frozen=True)
class Call:
    """One call of the student's function: its arguments, how to say them, and the judge of what comes back."""

    arguments: tuple[Any, ...]
    said: str
    shape: tuple[int, ...]
    distance: Callable[[Float64], float]
    group: str = "values"


@dataclass(frozen=True)
class CodeJudgement:
    """What was found: ``correct`` is None only when nothing could be tried.

    ``fraction`` is the part of the groups of checks that passed, all or nothing in each group.
    """

    correct: bool | None
    fraction: float
    feedback: tuple[str, ...]
    where: str = ""
    tried: int = 0
    isolation: Isolation = field(default=Isolation("none", ()))


@dataclass(frozen=True)
class CodeTask:
    """A coding problem: which quantity of which formula the student's function ``entry`` should return.

    Raises
    ------
    InputError
        From :meth:`from_dict`, if a field is missing, unknown or of the wrong form.

    Examples
    --------
    >>> from hessmath.grading.code_tasks import CodeTask
    >>> task = CodeTask.from_dict({"task": "gradient", "function": "x**2*y", "variables": "x y"})
    >>> task.judge("def gradient(x):\\n    return [2*x[0]*x[1], x[0]**2]").correct
    True
    >>> task.judge("def gradient(x):\\n    return [2*x[0]*x[1], x[0]]").where
    'gradient([2.0, 3.0]) returns [12.0, 2.0]'
    """

    task: str
    entry: str
    formula: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    scalars: bool = False
    at: tuple[tuple[float, ...], ...] = ()
    box: tuple[float, float] = (-2.0, 2.0)
    samples: int = 30
    tolerance: float = 1e-6
    matrices: str = "general"
    sizes: tuple[int, ...] = (1, 2, 3, 5, 8)
    seconds: float = 10.0

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> CodeTask:
        """The task that the fields of an exercise describe."""
        unknown = sorted(data.keys() - FIELDS)
        if unknown:
            raise InputError(f"A coding exercise has no field {unknown[0]!r}; it has {', '.join(sorted(FIELDS))}.")
        task = data.get("task")
        if task not in TASKS:
            raise InputError(f"The task of a coding exercise is one of {', '.join(TASKS)}, not {task!r}.")
        entry = data.get("entry", task)
        if not isinstance(entry, str) or not entry.isidentifier():
            raise InputError(f"entry names the student's function, so it cannot be {entry!r}.")
        arguments = data.get("arguments", "vector")
        if arguments not in ("vector", "scalars"):
            raise InputError(f"arguments is 'vector' for f(x) or 'scalars' for f(x, y), not {arguments!r}.")
        if data.get("matrices", "general") not in MATRICES:
            raise InputError(f"matrices is one of {', '.join(MATRICES)}, not {data['matrices']!r}.")
        formula = data.get("map", data.get("function", ()))
        names = data.get("variables", ())
        if task != "solve" and not (formula and names):
            raise InputError(f'A coding exercise of task {task} needs "function" (or "map") and "variables".')
        made = CodeTask(
            task=str(task),
            entry=entry,
            formula=(formula,) if isinstance(formula, str) else tuple(map(str, formula)),
            variables=tuple(names.replace(",", " ").split() if isinstance(names, str) else map(str, names)),
            scalars=arguments == "scalars",
            at=tuple(_point(each) for each in data.get("at", ())),
            box=_interval(data.get("box", (-2, 2))),
            samples=_count(data.get("samples", 30), "samples", 1000),
            tolerance=_positive(data.get("tolerance", 1e-6), "tolerance"),
            matrices=str(data.get("matrices", "general")),
            sizes=tuple(_count(n, "sizes", 50) for n in data.get("sizes", (1, 2, 3, 5, 8))),
            seconds=_positive(data.get("seconds", 10.0), "seconds"),
        )
        wrong = [point for point in made.at if len(point) != len(made.variables)]
        if wrong and task != "solve":
            raise InputError(f"The point {list(wrong[0])} of at has not one number for each of {made.variables}.")
        return made

    def judge(self, source: str, *, require: str | None = None, level: str | None = None) -> CodeJudgement:
        """Run a student's text in the sandbox and compare what it returns.

        Raises
        ------
        InputError
            If the isolation that is required cannot be had.
        """
        if not isinstance(source, str) or len(source) > 100_000:
            return CodeJudgement(None, 0.0, ("The program must be text of at most 100000 characters.",))
        if not self.calls:
            return CodeJudgement(None, 0.0, ("The formula is defined at none of the points tried.",))
        with student(limits=Limits(seconds=self.seconds), require=require, level=level) as process:
            failure = process.load(source, [self.entry])
            if failure is not None:
                return CodeJudgement(False, 0.0, (failure.reason,), isolation=process.isolation)
            return self._run(process)

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """The calls that test the function, with the truth that each is compared with; computed once."""
        return tuple(TASKS[self.task](self))

    def _run(self, process: Student) -> CodeJudgement:
        groups = dict.fromkeys(call.group for call in self.calls)
        failed: dict[str, str] = {}
        where = ""
        for call in self.calls:
            if call.group in failed:
                continue
            found = process.call(self.entry, call.arguments)
            problem = self._problem(call, found)
            if problem is not None:
                failed[call.group] = problem
                if isinstance(found, Returned):
                    where = where or f"{self.entry}({call.said}) returns {_shown(found)}"
                if isinstance(found, Failed) and found.fatal:
                    failed.update(dict.fromkeys(groups, problem))
                    break
        told = {"values": failed["values"]} if "values" in failed else failed  # the others follow from wrong values
        feedback = tuple(dict.fromkeys(told.values()))
        fraction = 0.0 if "values" in failed else 1 - len(failed) / len(groups)
        return CodeJudgement(not failed, fraction, feedback, where, len(self.calls), process.isolation)

    def _problem(self, call: Call, found: Returned | Failed) -> str | None:
        """What is wrong with one result, in one sentence."""
        asked = f"{self.entry}({call.said})"
        if isinstance(found, Failed):
            return f"{asked}: {found.reason}"
        if found.changed:
            return f"{asked} changes its argument; work on a copy."
        if found.shape != call.shape:
            return f"{asked} should have shape {call.shape}, but has shape {found.shape}."
        value = np.array(found.numbers, dtype=np.float64).reshape(found.shape)
        if not np.all(np.isfinite(value)):
            return f"{asked} is not finite."
        distance = call.distance(value)
        if not distance <= 1.0:
            kind = {"integers": " for integers (of a NumPy integer type or Python's int)"}.get(call.group, "")
            return f"{asked} is not right{kind}."
        return None


def _point(values: Any) -> tuple[float, ...]:
    try:
        return tuple(float(Fraction(each) if isinstance(each, str) else each) for each in values)
    except (TypeError, ValueError, ZeroDivisionError):
        raise InputError(f"A point of at is a list of numbers, not {values!r}.") from None


def _interval(values: Any) -> tuple[float, float]:
    point = _point(values)
    if len(point) != 2 or not point[0] < point[1]:
        raise InputError(f"box is two numbers, the smaller first, not {values!r}.")
    return point[0], point[1]


def _count(value: Any, name: str, most: int) -> int:
    if type(value) is not int or not 1 <= value <= most:
        raise InputError(f"{name} takes whole numbers from 1 to {most}, not {value!r}.")
    return value


def _positive(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e6:
        raise InputError(f"{name} is a positive number, not {value!r}.")
    return float(value)


def _shown(found: Returned) -> str:
    value = np.array(found.numbers).reshape(found.shape).tolist()
    text = repr(value)
    return text if len(text) <= 200 else text[:200] + "…"


# --- points and calls


def _random(task: CodeTask) -> np.random.Generator:
    """The same numbers for the same problem, everywhere."""
    text = json.dumps([task.task, task.formula, task.variables, task.samples, task.box, task.sizes, task.matrices])
    return np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big"))


def _points(task: CodeTask) -> Iterator[tuple[Float64, str, str]]:
    """The points with the group they test and how the array is given."""
    n = len(task.variables)
    for point in task.at:
        yield np.array(point), "values", "C"
    # small different numbers first: they read well in feedback
    yield np.arange(2.0, n + 2.0), "values", "C"
    rng = _random(task)
    for _ in range(task.samples):
        yield rng.uniform(*task.box, size=n), "values", "C"
    for special in (np.zeros(n), np.ones(n), -np.ones(n), *np.eye(n)[:6]):
        yield special, "edges", "C"
    if not task.scalars:
        yield rng.uniform(*task.box, size=n), "arrays", "strided"
        yield rng.uniform(*task.box, size=n), "arrays", "read-only"
    for whole in (np.arange(1.0, n + 1), np.ones(n), np.arange(n, 0.0, -1) + 1):
        yield whole, "integers", "int"


def _arguments(task: CodeTask, x: Float64, layout: str) -> tuple[tuple[Any, ...], str]:
    whole = layout == "int"
    numbers = [int(v) for v in x] if whole else x.tolist()
    if task.scalars:
        return tuple(numbers), ", ".join(map(repr, numbers))
    dtype = "int64" if whole else "float64"
    return (array(numbers, dtype=dtype, layout="C" if whole else layout),), repr(numbers)


def _kernel(task: CodeTask) -> Kernel:
    """The compiled formula, several formulas as a map."""
    formula: Any = task.formula[0] if len(task.formula) == 1 else list(task.formula)
    function = Function(formula, list(task.variables))
    if not isinstance(function, Function):
        raise InputError("A coding exercise takes formulas of numbers, not of arrays.")
    return compile_tapes(function.tape, name=task.entry, variables=list(task.variables), parameters=[])


def _nearby(x: Float64) -> Float64:
    """The input with every coordinate changed in its last digits, in alternating directions."""
    signs = np.where(np.arange(x.size) % 2 == 0, 1.0, -1.0)
    return x + signs * 8 * np.spacing(np.maximum(np.abs(x), 1.0))


def _compared(task: CodeTask, truth: Float64, moved: Float64) -> Callable[[Float64], float]:
    """The largest difference, in units of what is allowed."""
    allowed = task.tolerance * max(float(np.max(np.abs(truth), initial=0.0)), 1.0)
    allowed += 100 * float(np.max(np.abs(moved - truth), initial=0.0))
    return lambda value: float(np.max(np.abs(value - truth), initial=0.0)) / allowed


def _quantity(which: str) -> Callable[[CodeTask], Iterator[Call]]:
    """Calls for one quantity that the kernel computes: f, gradient, jacobian, hessian."""

    def calls(task: CodeTask) -> Iterator[Call]:
        kernel = _kernel(task)
        evaluate = getattr(kernel, which)
        for x, group, layout in _points(task):
            with np.errstate(all="ignore"):
                truth, moved = (np.asarray(evaluate(at), dtype=np.float64) for at in (x, _nearby(x)))
            if np.all(np.isfinite(truth)) and np.all(np.isfinite(moved)):
                arguments, said = _arguments(task, x, layout)
                yield Call(arguments, said, truth.shape, _compared(task, truth, moved), group)

    return calls


def _products(task: CodeTask) -> Iterator[Call]:
    """Calls hvp(x, v)."""
    kernel, rng = _kernel(task), _random(task)
    for x, group, layout in _points(task):
        v = rng.integers(-3, 4, size=x.size).astype(np.float64)
        with np.errstate(all="ignore"):
            truth, moved = kernel.hvp(x, v), kernel.hvp(_nearby(x), v)
        if np.all(np.isfinite(truth)) and np.all(np.isfinite(moved)):
            (first,), said = (
                _arguments(task, x, layout) if not task.scalars else ((array(x.tolist()),), repr(x.tolist()))
            )
            yield Call(
                (first, array(v.tolist())), f"{said}, {v.tolist()}", truth.shape, _compared(task, truth, moved), group
            )


def _newton_steps(task: CodeTask) -> Iterator[Call]:
    """Calls newton_step(x): p with Hp = −∇f, judged by its residual, where H is far from singular."""
    kernel = _kernel(task)
    for x, group, layout in _points(task):
        with np.errstate(all="ignore"):
            g, H = kernel.gradient(x), kernel.hessian(x)
        if not (np.all(np.isfinite(g)) and np.all(np.isfinite(H))) or np.linalg.cond(H) > 1e8:
            continue
        arguments, said = _arguments(task, x, layout)
        yield Call(arguments, said, g.shape, _residual(task, H, -g), group)


def _residual(task: CodeTask, A: Float64, b: Float64) -> Callable[[Float64], float]:
    """‖b − Ax‖ over what is allowed: the normwise backward error (Higham 2002, theorem 7.1)."""

    def distance(x: Float64) -> float:
        scale = np.linalg.norm(A, np.inf) * np.linalg.norm(x, np.inf) + np.linalg.norm(b, np.inf)
        return float(np.linalg.norm(b - A @ x, np.inf) / (task.tolerance * scale)) if scale else 0.0

    return distance


def _minimisers(task: CodeTask) -> Iterator[Call]:
    """Calls minimise(x0): any x near which f has no descent: ∇f is small and H has no negative eigenvalue."""
    kernel = _kernel(task)

    def distance(x: Float64) -> float:
        with np.errstate(all="ignore"):
            g, H = kernel.gradient(x), kernel.hessian(x)
        if not (np.all(np.isfinite(g)) and np.all(np.isfinite(H))):
            return float("inf")
        scale = max(1.0, float(np.linalg.norm(H, 2)))
        slope = float(np.linalg.norm(g, np.inf)) / (task.tolerance * scale * max(1.0, float(np.abs(x).max())))
        bend = -float(np.linalg.eigvalsh(H).min()) / (np.sqrt(task.tolerance) * scale)
        return max(slope, bend)

    for x, group, layout in _points(task):
        if group == "values" or layout != "C":
            arguments, said = _arguments(task, x, layout)
            yield Call(arguments, said, x.shape, distance, group)


def _solves(task: CodeTask) -> Iterator[Call]:
    """Calls solve(A, b) for matrices of the family: random, the identity, b = 0, integers, columns in memory."""
    rng = _random(task)

    def call(A: Float64, b: Float64, group: str, layout: str = "C", dtype: str = "float64") -> Call:
        first = array(
            [[int(v) for v in row] for row in A] if dtype == "int64" else A.tolist(), dtype=dtype, layout=layout
        )
        second = array([int(v) for v in b] if dtype == "int64" else b.tolist(), dtype=dtype)
        return Call((first, second), f"{A.tolist()}, {b.tolist()}", b.shape, _residual(task, A, b), group)

    def right_side(n: int) -> Float64:
        return rng.integers(-9, 10, size=n).astype(np.float64)

    make = MATRICES[task.matrices]
    for n in task.sizes:
        for _ in range(3):
            yield call(make(rng, n), right_side(n), "values")
        yield call(np.eye(n), right_side(n), "edges")
        yield call(make(rng, n), np.zeros(n), "edges")
        yield call(make(rng, n), right_side(n), "integers", dtype="int64")
        yield call(make(rng, n), right_side(n), "arrays", layout="fortran")
        yield call(make(rng, n), right_side(n), "arrays", layout="read-only")


TASKS: dict[str, Callable[[CodeTask], Iterator[Call]]] = {
    "value": _quantity("f"),
    "gradient": _quantity("gradient"),
    "jacobian": _quantity("jacobian"),
    "hessian": _quantity("hessian"),
    "hvp": _products,
    "newton_step": _newton_steps,
    "minimise": _minimisers,
    "solve": _solves,
}
"""What a coding exercise may ask for, and the calls that test it."""
