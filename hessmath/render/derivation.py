"""What a formula yields (gradient, Hessian, quadratic form, critical points) as text, LaTeX or JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sympy

from hessmath.errors import InputError
from hessmath.symbolic import eigenvalue_enclosures, spectrum
from hessmath.symbolic.constants import is_zero

if TYPE_CHECKING:
    from hessmath.function import Function
    from hessmath.symbolic import CriticalPoint, CriticalPoints, QuadraticForm


@dataclass(frozen=True)
class LocalPicture:
    """The function at one exact point: value, gradient, Hessian, its form and eigenvalues, and the kind of point."""

    point: tuple[sympy.Expr, ...]
    value: sympy.Expr
    gradient: sympy.Matrix
    hessian: sympy.Matrix
    form: sympy.Expr
    eigenvalues: tuple[str, ...]
    kind: str


@dataclass(frozen=True)
class Derivation:
    """Everything ``hessmath derive`` prints."""

    function: Function
    gradient: sympy.Matrix
    hessian: sympy.Matrix
    form: sympy.Expr
    critical: CriticalPoints
    local: LocalPicture | None = None


def derive(f: Function, at: Mapping[str, Any] | None = None) -> Derivation:
    """Derive everything about f once; ``at`` adds the picture at one exact point.

    Raises
    ------
    NotDifferentiable
        If f has no gradient or Hessian at the point asked for.
    """
    steps = [sympy.Symbol(f"v_{name}", real=True) for name in f.variables]
    local = None if at is None else _local(f, at, steps)
    return Derivation(f, f.gradient, f.hessian, _form(f.quadratic_form(), steps), f.critical_points(), local)


def _local(f: Function, at: Mapping[str, Any], steps: Sequence[sympy.Symbol]) -> LocalPicture:
    form = f.quadratic_form(at)
    gradient = f.gradient_at(at)
    critical = all(is_zero(entry) for entry in gradient)
    return LocalPicture(
        point=f.point(at),
        value=f.at(at),
        gradient=gradient,
        hessian=form.matrix,
        form=_form(form, steps),
        eigenvalues=_eigenvalues(form.matrix),
        kind=f.classify(at).value if critical else "not critical",
    )


def _eigenvalues(H: sympy.Matrix) -> tuple[str, ...]:
    """Exact where they can be; else decimals with as many digits as the enclosures agree on, marked by ≈."""
    try:
        return tuple(map(str, spectrum(H).eigenvalues))
    except InputError:
        return tuple(f"≈ {((low + high) / 2).evalf(20)}" for low, high in eigenvalue_enclosures(H))


def _form(form: QuadraticForm, steps: Sequence[sympy.Symbol]) -> sympy.Expr:
    """Σ aᵢᵢvᵢ² + 2 Σ_{i<j} aᵢⱼvᵢvⱼ without the terms that are zero."""
    return sympy.Add(*sympy.Add.make_args(form.folded_expansion(steps)))


def as_text(d: Derivation) -> str:
    """Plain text in SymPy's syntax, one line for each entry."""
    names = [str(v) for v in d.function.variables]
    lines = [f"f({', '.join(names)}) = {d.function.expr}", "", "gradient"]
    lines += [f"  ∂f/∂{name} = {entry}" for name, entry in zip(names, d.gradient, strict=True)]
    lines += ["", "Hessian", *_matrix_lines(d.hessian), "", "quadratic form vᵀHv", f"  {d.form}"]
    lines += ["", "critical points", *_critical_lines(d.critical, names)]
    if d.local is not None:
        lines += ["", *_local_lines(d.local, names)]
    return "\n".join(lines)


def _matrix_lines(matrix: sympy.Matrix) -> list[str]:
    return [f"  [{', '.join(map(str, matrix.row(i)))}]" for i in range(matrix.rows)]


def _critical_lines(critical: CriticalPoints, names: list[str]) -> list[str]:
    lines = [f"  {_point_text(p, names)}: {p.kind.value}, f = {p.value}{_multiplicity(p)}" for p in critical.points]
    if critical.complete:
        return lines or ["  none"]
    return [*lines, f"  {'no others' if lines else 'none'} found, but there may be more: {critical.reason}"]


def _point_text(p: CriticalPoint, names: list[str]) -> str:
    return f"({', '.join(f'{name} = {value}' for name, value in zip(names, p.point, strict=True))})"


def _multiplicity(p: CriticalPoint) -> str:
    return f", multiplicity {p.multiplicity}" if p.multiplicity and p.multiplicity > 1 else ""


def _local_lines(local: LocalPicture, names: list[str]) -> list[str]:
    where = ", ".join(f"{name} = {value}" for name, value in zip(names, local.point, strict=True))
    return [
        f"at ({where}): {local.kind.replace('_', ' ')}",
        f"  f = {local.value}",
        f"  gradient = ({', '.join(map(str, local.gradient))})",
        "  Hessian",
        *("  " + line for line in _matrix_lines(local.hessian)),
        f"  quadratic form vᵀHv = {local.form}",
        f"  eigenvalues: {', '.join(local.eigenvalues)}",
    ]


def as_latex(d: Derivation) -> str:
    """The same as displayed equations for a LaTeX document (amsmath)."""
    names = ", ".join(sympy.latex(v) for v in d.function.variables)
    rows = [
        rf"f({names}) &= {sympy.latex(d.function.expr)}",
        rf"\nabla f &= {sympy.latex(d.gradient)}",
        rf"\nabla^2 f &= {sympy.latex(d.hessian)}",
        rf"v^{{\mathsf T}} \nabla^2 f\, v &= {sympy.latex(d.form)}",
    ]
    for p in d.critical.points:
        point = ", ".join(sympy.latex(value) for value in p.point)
        rows.append(rf"\nabla f({point}) &= 0 \quad \text{{({p.kind.value})}}, \quad f = {sympy.latex(p.value)}")
    if d.local is not None:
        point = ", ".join(sympy.latex(value) for value in d.local.point)
        rows.append(rf"\nabla^2 f({point}) &= {sympy.latex(d.local.hessian)}")
    body = " \\\\\n".join(rows)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"


def as_json(d: Derivation) -> dict[str, Any]:
    """The same as plain data; every expression is text that ``hessmath derive`` reads back."""
    names = [str(v) for v in d.function.variables]
    written: dict[str, Any] = {
        "formula": str(d.function.expr),
        "variables": names,
        "gradient": [str(entry) for entry in d.gradient],
        "hessian": _rows(d.hessian),
        "quadratic_form": str(d.form),
        "critical_points": [_critical_json(p, names) for p in d.critical.points],
        "critical_points_complete": d.critical.complete,
        "critical_points_reason": d.critical.reason,
    }
    if d.local is not None:
        written["at"] = {
            "point": {name: str(value) for name, value in zip(names, d.local.point, strict=True)},
            "value": str(d.local.value),
            "gradient": [str(entry) for entry in d.local.gradient],
            "hessian": _rows(d.local.hessian),
            "quadratic_form": str(d.local.form),
            "eigenvalues": list(d.local.eigenvalues),
            "kind": d.local.kind,
        }
    return written


def _rows(matrix: sympy.Matrix) -> list[list[str]]:
    return [[str(entry) for entry in matrix.row(i)] for i in range(matrix.rows)]


def _critical_json(p: CriticalPoint, names: list[str]) -> dict[str, Any]:
    return {
        "point": {name: str(value) for name, value in zip(names, p.point, strict=True)},
        "kind": p.kind.value,
        "index": p.index,
        "value": str(p.value),
        "multiplicity": p.multiplicity,
    }
