"""Whether a user's gradient, Jacobian, Hessian or Hessian-vector product belongs to a function of floats.

- Slope test: with the right derivatives the Taylor remainder |f(x + tv) − f(x) − t f′(x)v| falls like t², with a right
  Hessian like t³ after its term; the order is fitted where the remainder stands clear of rounding.
- Entries against complex steps (exact to rounding, where the function takes complex numbers) or against central
  differences extrapolated by Ridders' table, which estimates its own error.
- A product v ↦ Hv: linear, symmetric, and the derivative of the gradient.
- Entries against the truth in balls, where the formula is known.
Everything here is tested, not proved, save the comparison with the formula.
Griewank & Walther (2008), section 3; Ridders (1982), Adv. Eng. Software 4:75.
"""

from __future__ import annotations

import html
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hessmath.errors import InputError

__all__ = ["DerivativeCheck", "Finding", "check_derivatives"]

Array = NDArray[np.float64]
Call = Callable[[Any], Any]

EPS = float(np.finfo(np.float64).eps)
TOLERANCE = 1e-6
"""Relative error of an entry that still counts as rounding, besides the estimated error of its reference."""
EXACT_TOLERANCE = 1e-9
"""The same where the truth is known in balls."""


@dataclass(frozen=True)
class Finding:
    """One test: what was tested, whether it passed, in words; the figure is a fitted order or a relative error."""

    test: str
    passed: bool
    words: str
    figure: float

    def __str__(self) -> str:
        return f"{'right' if self.passed else 'WRONG'}  {self.test}: {self.words}"


@dataclass(frozen=True, repr=False)
class DerivativeCheck:
    """All findings at a point, and the relative errors of the entries by name (``jac``, ``hess``)."""

    x: Array
    findings: tuple[Finding, ...]
    errors: dict[str, Array]

    @property
    def passed(self) -> bool:
        """Whether every test passed."""
        return all(finding.passed for finding in self.findings)

    def __str__(self) -> str:
        return "\n".join(map(str, self.findings))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{'right' if f.passed else 'wrong'}</td><td>{html.escape(f.test)}</td>"
            f"<td>{html.escape(f.words)}</td></tr>"
            for f in self.findings
        )
        return f"<table>{rows}</table>"


def check_derivatives(
    fun: Call,
    jac: Call | None = None,
    hess: Call | None = None,
    x: ArrayLike | None = None,
    *,
    hessp: Callable[[Any, Any], Any] | None = None,
    truth: Callable[[Array], dict[str, Array]] | None = None,
    rng: np.random.Generator | int | None = None,
) -> DerivativeCheck:
    """Test derivatives of fun at x: slopes, entries, symmetry and linearity.

    Parameters
    ----------
    fun : (n,) → number or (m,)
    jac : (n,) → gradient (n,) or Jacobian (m, n)
    hess : (n,) → (n, n), of a scalar fun
    hessp : ((n,), (n,)) → Hv (n,), of a scalar fun
    truth : x → the right ``jac`` and ``hess``, as far as known
    rng : for the directions; the same ones every time if not given

    Raises
    ------
    InputError
        If there is nothing to test, a shape is wrong, or fun is not finite at x.

    Examples
    --------
    >>> def f(x): return x[0] ** 3 * x[1]
    >>> def wrong(x): return np.array([3 * x[0] ** 2 * x[1], x[0] ** 2])
    >>> print(check_derivatives(f, wrong, x=[2.0, 1.0]))
    WRONG  slope test of jac: the remainder falls like t^1.00, but t^2 is needed
    WRONG  entries of jac: jac[1] = 4, but by complex steps it is 8 (relative error 0.5)
    """
    if x is None or (jac is None and hess is None and hessp is None):
        raise InputError("check_derivatives needs a point x= and at least one of jac, hess and hessp.")
    point = np.array(x, dtype=np.float64)
    if point.ndim != 1 or not np.isfinite(point).all():
        raise InputError(f"x should be a vector of finite numbers, but is {x!r}.")
    n = len(point)
    f = _Plain(fun)
    value = np.asarray(f(point), dtype=np.float64)
    if value.ndim > 1 or not np.isfinite(value).all():
        raise InputError(f"fun should give a finite number or vector at x, but gives {value.tolist()}.")
    if value.ndim and (hess is not None or hessp is not None):
        raise InputError("hess and hessp are tested for a scalar fun; for a map give its Jacobian only.")
    known = truth(point) if truth is not None else {}
    rng = np.random.default_rng(0 if rng is None else rng)
    findings: list[Finding] = []
    errors: dict[str, Array] = {}
    v = rng.standard_normal(n)
    v *= (1 + float(np.abs(point).max(initial=0.0))) / max(float(np.abs(v).max()), EPS)
    J = None
    if jac is not None:
        J = _shaped(_Plain(jac)(point), (*value.shape, n), "jac")
        findings.append(_slope("jac", f, point, v, lambda t: value + t * (J @ v), 2))
        reference = _columns(f, point)
        findings.append(_entries("jac", J, reference, errors))
        findings += _against_truth("jac", J, known)
    g = _Plain(jac) if jac is not None else None
    if hess is not None:
        H = _shaped(_Plain(hess)(point), (n, n), "hess")
        slope = J if J is not None else _columns(f, point).values
        if g is not None:
            findings.append(_slope("hess, by the gradient", g, point, v, lambda t: slope + t * (H @ v), 2))
        else:
            findings.append(_slope("hess", f, point, v, lambda t: value + t * (slope @ v) + t * t / 2 * (v @ H @ v), 3))
        findings.append(_entries("hess", H, _columns(g, point) if g is not None else _second(f, point), errors))
        findings.append(_symmetric(H))
        findings += _against_truth("hess", H, known)
    if hessp is not None:
        findings += _product(hessp, point, f, g, known, rng)
    return DerivativeCheck(point, tuple(findings), errors)


class _Plain:
    """A user's function on a copy of the point, so that what it writes into its argument does no harm."""

    def __init__(self, function: Call) -> None:
        self.function = function

    def __call__(self, x: NDArray[Any]) -> NDArray[Any]:
        with np.errstate(all="ignore"):
            return np.asarray(self.function(x.copy()))


def _shaped(values: NDArray[Any], shape: tuple[int, ...], name: str) -> Array:
    if values.shape != shape:
        raise InputError(f"{name} should give shape {shape} at x, but gives {values.shape}.")
    array: Array = values.astype(np.float64)
    if not np.isfinite(array).all():
        raise InputError(f"{name} should give finite numbers at x, but gives {array.tolist()}.")
    return array


# ---- the slope test ----------------------------------------------------------------------------------


def _slope(test: str, f: _Plain, x: Array, v: Array, model: Callable[[float], Any], order: int) -> Finding:
    """The order at which f(x + tv) − model(t) falls, fitted over the smallest steps clear of rounding."""
    name = f"slope test of {test}"
    steps, remainders = [], []
    for k in range(2, 40):
        t = 2.0**-k
        moved, predicted = np.asarray(f(x + t * v), dtype=np.float64), np.asarray(model(t))
        # what rounding the point and the values can do
        change = np.abs(predicted - np.asarray(model(0.0))).max() / t
        floor = 64 * EPS * (np.abs(predicted).max() + change)
        remainder = float(np.abs(moved - predicted).max())
        if np.isfinite(remainder) and remainder > floor:
            steps.append(t)
            remainders.append(remainder)
    if len(steps) < 3:
        return Finding(name, True, "the remainder is nothing but rounding", float("inf"))
    logs = np.log2(steps[-6:]), np.log2(remainders[-6:])
    fitted = float(np.polyfit(*logs, 1)[0])
    passed = fitted > order - 0.3
    words = f"the remainder falls like t^{fitted:.2f}"
    return Finding(name, passed, words if passed else f"{words}, but t^{order} is needed", fitted)


# ---- entries -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Reference:
    """Values to compare with, an estimate of their error, and how they were found."""

    values: Array
    error: Array
    by: str


def _columns(f: _Plain, x: Array) -> _Reference:
    """Derivatives by every coordinate, the last axis: complex steps where they work, else differences."""

    def along(i: int) -> Call:
        return lambda t: f(_moved(x, i, t))

    differences = [_ridders(along(i), 1 + abs(x[i])) for i in range(len(x))]
    values, error = (np.stack([d[k] for d in differences], axis=-1) for k in range(2))
    complex_values = _complex_steps(f, x)
    if complex_values is not None:
        near = np.abs(complex_values - values) <= 10 * error + 1e-5 * np.abs(values) + 1e-10
        if near.all():  # else the function is not analytic as it is written: abs, conjugates, comparisons
            return _Reference(complex_values, 4 * EPS * np.abs(complex_values), "complex steps")
    return _Reference(values, error, "central differences")


def _moved(x: Array, i: int, t: float) -> Array:
    moved = x.copy()
    moved[i] += t
    return moved


def _complex_steps(f: _Plain, x: Array) -> Array | None:
    columns = []
    for i in range(len(x)):
        point = x.astype(np.complex128)
        point[i] += 1e-30j
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("error", np.exceptions.ComplexWarning)  # the imaginary part would be lost
                column = np.asarray(f.function(point))
        except (TypeError, ValueError, AttributeError, ArithmeticError, np.exceptions.ComplexWarning):
            return None
        if not np.iscomplexobj(column):
            return None
        columns.append(np.imag(column) / 1e-30)
    return np.stack(columns, axis=-1)


def _ridders(f: Callable[[float], Any], scale: float) -> tuple[Array, Array]:
    """f′(0) and an estimate of its error: central differences with halved steps, extrapolated."""
    step = 0.05 * scale
    best: Array | None = None
    error: Any = None
    row: list[Array] = []
    for k in range(14):
        h = step * 0.5**k
        high, low = np.asarray(f(h), dtype=np.float64), np.asarray(f(-h), dtype=np.float64)
        found = [(high - low) / (2 * h)]
        rounding = EPS * (np.abs(high) + np.abs(low)) / h
        for j, previous in enumerate(row):
            found.append(found[j] + (found[j] - previous) / (4.0 ** (j + 1) - 1))
        for j in range(1, len(found)):
            guess = np.maximum(np.abs(found[j] - found[j - 1]), np.abs(found[j] - row[j - 1])) + rounding
            if best is None:
                best, error = found[j], np.where(np.isfinite(guess), guess, np.inf)
                continue
            better = guess < error
            best, error = np.where(better, found[j], best), np.where(better, guess, error)
        row = found[:8]
    assert best is not None
    return best, error


def _second(f: _Plain, x: Array) -> _Reference:
    """The Hessian by second differences of f, once extrapolated."""
    n, values, error = len(x), np.zeros((len(x), len(x))), np.zeros((len(x), len(x)))
    for i in range(n):
        for j in range(i + 1):
            coarse, fine = (_mixed(f, x, i, j, h) for h in (4e-3, 2e-3))
            values[i, j] = values[j, i] = fine + (fine - coarse) / 3
            size = abs(float(f(x))) + 1e-300
            error[i, j] = error[j, i] = abs(fine - coarse) / 10 + 64 * EPS * size / 4e-6
    return _Reference(values, error, "second differences")


def _mixed(f: _Plain, x: Array, i: int, j: int, h: float) -> float:
    a, b = h * (1 + abs(x[i])), h * (1 + abs(x[j]))
    corners = [(s, t, float(f(_moved(_moved(x, i, s * a), j, t * b)))) for s in (1, -1) for t in (1, -1)]
    return sum(s * t * value for s, t, value in corners) / (4 * a * b)


def _entries(name: str, given: Array, reference: _Reference, errors: dict[str, Array]) -> Finding:
    scale = np.maximum(np.abs(reference.values), np.abs(given))
    difference = np.abs(given - reference.values)
    relative = np.divide(difference, scale, out=np.zeros_like(difference), where=scale > 0)
    errors[name] = relative
    size = float(scale.max(initial=0.0))
    excess = difference - (TOLERANCE * scale + 4 * reference.error + 64 * EPS * size)
    return _worst(f"entries of {name}", name, given, reference.values, relative, excess, f"by {reference.by}")


def _against_truth(name: str, given: Array, known: dict[str, Array]) -> list[Finding]:
    if name not in known:
        return []
    right = known[name]
    scale = np.maximum(np.abs(right), np.abs(given))
    difference = np.abs(given - right)
    relative = np.divide(difference, scale, out=np.zeros_like(difference), where=scale > 0)
    excess = difference - EXACT_TOLERANCE * np.maximum(scale, float(scale.max(initial=0.0)) * 1e-3)
    return [_worst(f"{name} against the formula", name, given, right, relative, excess, "exactly")]


def _worst(test: str, name: str, given: Array, right: Array, relative: Array, excess: Array, how: str) -> Finding:
    bad = ~(excess <= 0)
    if not bad.any():
        worst = float(relative.max(initial=0.0))
        return Finding(test, True, f"the largest relative error is {worst:.1e} ({how})", worst)
    place = np.unravel_index(int(np.argmax(np.where(bad, np.nan_to_num(relative, nan=np.inf), -1.0))), given.shape)
    where = f"{name}[{', '.join(map(str, place))}]"
    more = f"; {int(bad.sum())} entries are wrong" if bad.sum() > 1 else ""
    words = (
        f"{where} = {given[place]:.6g}, but {how} it is {right[place]:.6g} (relative error {relative[place]:.2g}){more}"
    )
    return Finding(test, False, words, float(relative[place]))


# ---- symmetry and linearity --------------------------------------------------------------------------


def _symmetric(H: Array) -> Finding:
    size = float(np.abs(H).max(initial=0.0))
    difference = np.abs(H - H.T)
    worst = float(difference.max(initial=0.0)) / size if size else 0.0
    if worst <= 1e-12:
        return Finding("symmetry of hess", True, f"hess is symmetric to {worst:.1e} of its largest entry", worst)
    i, j = np.unravel_index(int(difference.argmax()), H.shape)
    i, j = min(i, j), max(i, j)
    words = f"hess[{i}, {j}] = {H[i, j]:.6g}, but hess[{j}, {i}] = {H[j, i]:.6g}"
    return Finding("symmetry of hess", worst <= 1e-9, words, worst)


def _product(
    hessp: Callable[[Any, Any], Any],
    x: Array,
    f: _Plain,
    g: _Plain | None,
    known: dict[str, Array],
    rng: np.random.Generator,
) -> list[Finding]:
    n = len(x)
    v, w = rng.standard_normal(n), rng.standard_normal(n)

    def H(p: Array) -> Array:
        return _shaped(np.asarray(hessp(x.copy(), p.copy())), (n,), "hessp")

    Hv, Hw = H(v), H(w)
    size = float(np.abs(Hv).max() + np.abs(Hw).max()) or 1.0
    bent = float(np.abs(H(2.0 * v - 3.0 * w) - (2.0 * Hv - 3.0 * Hw)).max()) / size
    skew = abs(float(w @ Hv - v @ Hw)) / (size * float(np.abs(v).sum() + np.abs(w).sum()))
    findings = [
        Finding("linearity of hessp", bent <= 1e-9, f"H(2v − 3w) − 2Hv + 3Hw is {bent:.1e} of Hv", bent),
        Finding("symmetry of hessp", skew <= 1e-9, f"wᵀHv − vᵀHw is {skew:.1e} of its terms", skew),
    ]
    if g is not None:
        values, error = _ridders(lambda t: g(x + t * v), 1.0)
        findings.append(_entries("hessp(v)", Hv, _Reference(values, error, "central differences of jac"), {}))
    else:
        pairs = [(v, v @ Hv), (w, w @ Hw), (v + w, (v + w) @ (Hv + Hw))]
        curvatures = [_curvature(f, x, p) for p, _ in pairs]
        values, error = np.array(curvatures).T
        reference = _Reference(values, error, "second differences")
        findings.append(_entries("pᵀhessp(p)", np.array([found for _, found in pairs]), reference, {}))
    if "hess" in known:
        findings += _against_truth("hessp(v)", Hv, {"hessp(v)": known["hess"] @ v})
    return findings


def _curvature(f: _Plain, x: Array, p: Array) -> tuple[float, float]:
    """The second derivative of f(x + tp) at t = 0 and an estimate of its error: differences, once extrapolated."""
    step = 4e-3 * (1 + float(np.abs(x).max())) / max(float(np.abs(p).max()), EPS)
    middle = float(f(x))

    def second(h: float) -> float:
        return float((f(x + h * p) - 2 * middle + f(x - h * p)) / h**2)

    coarse, fine, finer = second(step), second(step / 2), second(step / 4)
    first, better = fine + (fine - coarse) / 3, finer + (finer - fine) / 3
    return better, abs(better - first) + 256 * EPS * abs(middle) / step**2


def truth_from(gradient: Callable[[Sequence[float]], Any], hessian: Callable[[Sequence[float]], Any]) -> Any:
    """What ``check_derivatives`` takes as the truth, from functions that give balls (or rationals) for floats."""

    def truth(x: Array) -> dict[str, Array]:
        n, point = len(x), x.tolist()
        first = np.array([float(entry.mid()) for entry in gradient(point)])
        second = np.array([float(entry.mid()) for entry in hessian(point)])
        return {"jac": first.reshape(-1, n) if len(first) != n else first, "hess": second.reshape(n, n)}

    return truth
