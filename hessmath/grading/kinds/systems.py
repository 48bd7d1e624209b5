"""The kind ``solve``: linear systems with one solution, a family of them, or none, and least squares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.grading import answers
from hessmath.grading.answers import Items, Manner, Parts, Reading, Relation, Value
from hessmath.grading.exact import CannotTell, Matrix, Table, echelon, expression, kernel, number, rank, vanishes
from hessmath.grading.families import with_parameters, without_builder
from hessmath.grading.grade import Judgement
from hessmath.grading.judging import compare_entries, decided, domain_of, flag, place, right, wrong
from hessmath.grading.kinds.data import constants, joined, table, unknowns, vector
from hessmath.grading.kinds.kind import Kind, Problem, Slip
from hessmath.grading.kinds.plain import plain
from hessmath.grading.prose import labelled, without_remarks
from hessmath.grading.shapes import Grid, column, columns, has_decimals, scalar
from hessmath.grading.words import canonical, read, word_of

FREE = (
    *"t s r u v w k c a b lambda mu alpha beta gamma sigma tau".split(),
    *(f"{x}{i}" for x in "tsc" for i in range(1, 7)),
)
"""Names that a student may use for free parameters, where the exercise has no such variable."""


@dataclass(frozen=True)
class System:
    """Ax = b, and whether the whole family of solutions is wanted."""

    matrix: Table
    right: Table
    names: tuple[str, ...]
    complete: bool = True

    @property
    def consistent(self) -> bool:
        """Whether there is a solution."""
        both = _joined(self.matrix, self.right)
        return self.matrix.shape[1] not in echelon(both).pivots

    @property
    def particular(self) -> Table:
        """A solution of a consistent system: free unknowns are 0."""
        reduced, n = echelon(_joined(self.matrix, self.right)), self.matrix.shape[1]
        x = [sympy.S.Zero] * n
        for row, pivot in enumerate(reduced.pivots):
            x[pivot] = expression(reduced.table.rows[row][n])
        return Table.of(Matrix(x))

    @property
    def directions(self) -> tuple[Table, ...]:
        """A basis of the solutions of Ax = 0."""
        return kernel(self.matrix)


def _joined(A: Table, b: Table) -> Table:
    return Table(tuple((*row, *right_) for row, right_ in zip(A.rows, b.rows, strict=True)))


def _system(problem: Problem) -> System:
    if "system" in problem.data:
        if "matrix" in problem.data or "vector" in problem.data:
            raise InputError('An exercise of kind solve has "system", or "matrix" and "vector", but not both.')
        A, b = _equations(problem)
        names = tuple(map(str, unknowns(problem)))
    else:
        A = table(problem)
        b = vector(problem, "vector", A.shape[0])
        free = tuple(map(str, unknowns(problem)))
        names = free if len(free) == A.shape[1] else tuple(f"x{k}" for k in range(1, A.shape[1] + 1))
    if flag(problem, "least_squares", False):
        A, b = A.T @ A, A.T @ b
    return System(A, b, names)


def _equations(problem: Problem) -> tuple[Table, Table]:
    texts = problem.data["system"]
    texts = [texts] if isinstance(texts, str) else list(texts)
    variables = unknowns(problem)
    rows, rights = [], []
    for k, text in enumerate(texts, start=1):
        sides = str(text).replace("==", "=").split("=")
        if len(sides) != 2 or not variables:
            raise InputError(f'Equation {k} of the field "system" must have the form left = right, in the variables.')
        left, right_ = (answers.scalar(answers.read(side, problem.symbols).value, f"Equation {k}") for side in sides)
        difference = sympy.expand(left - right_)
        poly = sympy.Poly(difference, *variables) if difference.is_polynomial(*variables) else None
        if poly is None or poly.total_degree() > 1:
            raise InputError(f'Equation {k} of the field "system" is not linear in the variables.')
        row = [poly.coeff_monomial(v) for v in variables]
        rows.append(row)
        rights.append(-poly.coeff_monomial(1))
    return Table.of(Matrix(rows)), Table.of(Matrix(rights))


def _read(problem: Problem, answer: Any) -> Reading:
    free = {name: sympy.Symbol(name, real=True) for name in FREE if name not in problem.symbols}
    symbols: Mapping[str, sympy.Symbol] = {**problem.symbols, **free}
    if isinstance(answer, str) and canonical(answer) is None:
        answer = with_parameters(without_builder(answer))
        answer = without_remarks(answer, [name for name in symbols if name not in free])
        parts = labelled(answer) or {}
        if len(parts) > 1 and not problem.variables and all(map(_UNKNOWN.fullmatch, parts)):
            answer = parts  # unknowns that were not declared
    return read(answer, symbols, Manner.of(problem.options))


_UNKNOWN = re.compile(r"x[1-9][0-9]?")


def _judge(problem: Problem, truth: System, answer: Value) -> Judgement:
    if word_of(answer) == "none":
        if truth.consistent:
            return wrong("system_has_a_solution")
        return right()
    if word_of(answer) is not None:
        raise InputError("The answer must be a vector, a value for every unknown, or none.")
    n = truth.matrix.shape[1]
    given, directions = _family(problem, truth, answer)
    if given.shape[0] != n:
        return wrong("wrong_shape", {"what": "The solution", "needed": str(n), "given": str(given.shape[0])})
    if has_decimals(given.entries, problem):
        if not truth.consistent:
            return wrong("system_has_no_solution")
        if directions or truth.directions:
            raise CannotTell("a family of solutions in decimals")
        return compare_entries(given, truth.particular, problem)
    return _judge_family(problem, truth, given.table, directions)


def _judge_family(problem: Problem, truth: System, p: Table, directions: Sequence[Table]) -> Judgement:
    domain = domain_of(problem)
    residual = (truth.matrix @ p - truth.right).nonzero(domain)
    if residual is not None:
        if not truth.consistent:
            return wrong("system_has_no_solution", place(residual, "Ax = b"))
        return wrong("equation_fails", {"equation": str(residual.row + 1), "difference": residual.value})
    for k, d in enumerate(directions, start=1):
        entry = (truth.matrix @ d).nonzero(domain)
        if entry is not None:
            where = {"equation": str(entry.row + 1), "difference": entry.value, "parameter": str(k)}
            return wrong("family_leaves_the_solutions", where, fraction=Fraction(1, 2))
    if not truth.complete:
        return right()
    needed = len(truth.directions)
    found = rank(joined(directions)) if directions else 0
    if found < needed:
        return wrong("solutions_missing", {"given": str(found), "needed": str(needed)}, fraction=Fraction(1, 2))
    return right()


def _family(problem: Problem, truth: System, answer: Value) -> tuple[Grid, tuple[Table, ...]]:
    """The vector at zero parameters and the directions of the parameters."""
    if isinstance(answer, Parts) and "particular" in answer.parts:
        rest = [part for name, part in answer.parts.items() if name in ("directions", "homogeneous", "null space")]
        p = column(answer.parts["particular"], "The particular solution")
        found = columns(rest[0], p.shape[0], "The directions") if rest else ()
        return p, tuple(v.table for v in found)
    given = _components(problem, truth, answer)
    fixed = set(constants(problem))
    used = sorted({s for e in given.entries for s in e.value.free_symbols if s not in fixed}, key=str)
    if not used:
        return given, ()
    for entry in given.entries:
        if not entry.value.is_polynomial(*used) or sympy.Poly(entry.value, *used).total_degree() > 1:
            raise CannotTell("a family of solutions that is not linear in its parameters")
    zero = dict.fromkeys(used, sympy.S.Zero)
    at_zero = Grid(tuple((replace(e, value=sympy.expand(e.value).xreplace(zero)),) for e in given.entries))
    directions = tuple(Table.of(Matrix([sympy.diff(sympy.expand(e.value), s) for e in given.entries])) for s in used)
    return at_zero, tuple(d for d in directions if not all(vanishes(e) for (e,) in d.rows))


def _components(problem: Problem, truth: System, answer: Value) -> Grid:
    """One expression for every unknown; an unknown that is not named stands for itself."""
    named: dict[str, Any] = {}
    if isinstance(answer, Parts):
        named = {name.strip(): scalar(part, f"The value of {name[:20]}") for name, part in answer.parts.items()}
    elif isinstance(answer, Relation):
        named = {str(answer.left.value): answer.right}
    elif isinstance(answer, Items) and answer.items and all(isinstance(item, Relation) for item in answer.items):
        named = {str(item.left.value): item.right for item in answer.items}
    if not named:
        return column(answer)
    for name in named:
        if name not in truth.names:
            raise InputError(f"{name[:20]} is no unknown of the system; the unknowns are {', '.join(truth.names)}.")
    rows = []
    values = {problem.symbols[name]: part.value for name, part in named.items() if name in problem.symbols}
    for name in truth.names:
        if name in named:
            rows.append((replace(named[name], value=_followed(named[name].value, values)),))
        elif name in problem.symbols:
            rows.append((answers.Scalar(problem.symbols[name], next(iter(named.values())).tree),))
        else:
            raise InputError(f"The value of {name} is missing.")
    return Grid(tuple(rows))


def _followed(value: sympy.Expr, values: Mapping[Any, sympy.Expr]) -> sympy.Expr:
    """The value with the unknowns in it replaced by theirs: in x = y = z = 2, x is 2."""
    for _ in values:
        used = {s: values[s] for s in value.free_symbols if s in values and s not in values[s].free_symbols}
        if not used:
            break
        value = value.xreplace(used)
    return value


def _show(truth: System) -> str:
    if not truth.consistent:
        return r"\text{no solution}"
    shown = sympy.latex(truth.particular.matrix)
    for k, d in enumerate(truth.directions, start=1):
        shown += rf" + t_{{{k}}} {sympy.latex(d.matrix)}"
    return str(shown)


def _answer(truth: System) -> Any:
    if not truth.consistent:
        return "no solution"
    x = truth.particular.matrix
    for k, d in enumerate(truth.directions, start=1):
        x = x + sympy.Symbol(f"t{k}", real=True) * d.matrix
    return [plain(entry) for entry in x]


def _other_system(change: Any) -> Any:
    def answers_(problem: Problem, truth: System) -> Iterator[System]:
        found = change(truth)
        if found is not None and found.matrix.is_constant and found.consistent:
            yield found

    return answers_


def _transposed(truth: System) -> System | None:
    return replace(truth, matrix=truth.matrix.T) if truth.matrix.shape[0] == truth.matrix.shape[1] else None


def _negative(truth: System) -> System:
    return replace(truth, right=truth.right.scaled(number(sympy.S.NegativeOne)))


def _reversed(truth: System) -> System:
    return replace(truth, matrix=Table(tuple(row[::-1] for row in truth.matrix.rows)))


def _homogeneous(truth: System) -> System:
    return replace(truth, right=truth.right - truth.right)


def _particular_only(problem: Problem, truth: System) -> Iterator[System]:
    if truth.consistent and truth.directions:
        yield replace(truth, complete=False)


def _with_right_side(truth: System, right: Table) -> System:
    return replace(truth, right=right)


def _is_regular(truth: System) -> bool:
    m, n = truth.matrix.shape
    return m == n and truth.consistent and not truth.directions and truth.matrix.is_constant


def _multiplied(problem: Problem, truth: System) -> Iterator[System]:
    """Ab instead of A⁻¹b."""
    if _is_regular(truth):
        yield _with_right_side(truth, truth.matrix @ truth.matrix @ truth.right)


def _not_divided(problem: Problem, truth: System) -> Iterator[System]:
    """Cramer's numerators."""
    if _is_regular(truth):
        yield _with_right_side(truth, truth.right.scaled(number(truth.matrix.matrix.det())))


def _scaled(problem: Problem, truth: System) -> Iterator[System]:
    if truth.consistent and truth.matrix.is_constant:
        for factor in (sympy.Integer(2), sympy.Rational(1, 2)):
            yield _with_right_side(truth, truth.right.scaled(number(factor)))


def _entries(truth: System) -> Matrix | None:
    """The solution, where there is only one."""
    return truth.particular.matrix if truth.consistent and not truth.directions else None


ROWS = (
    Kind(
        "solve",
        (),
        _system,
        decided(_judge),
        _show,
        may=("matrix", "vector", "system", "constants", "least_squares"),
        slips=(
            Slip("only_one_solution_given", _particular_only),
            Slip("sign_of_the_right_side", _other_system(_negative)),
            Slip("transposed_matrix", _other_system(_transposed)),
            Slip("unknowns_in_reverse", _other_system(_reversed)),
            Slip("homogeneous_system_solved", _other_system(_homogeneous)),
            Slip("matrix_not_inverted", _multiplied),
            Slip("not_divided_by_the_determinant", _not_divided),
            Slip("factor_two", _scaled),
        ),
        answer=_answer,
        read=_read,
        entries=_entries,
    ),
)
