"""The kind `eigenvalues`: a multiset of roots of the characteristic polynomial."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.grading.answers import Items, Manner, Parts, Reading, Scalar, Value
from hessmath.grading.answers import read as read_text
from hessmath.grading.exact import (
    CannotTell,
    Number,
    Table,
    characteristic,
    echelon,
    expression,
    is_real,
    minus,
    number,
    plus,
    times,
    vanishes,
)
from hessmath.grading.grade import Judgement
from hessmath.grading.judging import decided, domain_of, flag, right, wrong
from hessmath.grading.kinds.data import square
from hessmath.grading.kinds.kind import Kind, Problem, Slip
from hessmath.grading.kinds.plain import plain
from hessmath.grading.kinds.spectrum import (
    algebraic_roots,
    evaluate,
)
from hessmath.grading.prose import with_multiplicities
from hessmath.grading.shapes import agrees, has_decimals, scalar
from hessmath.grading.shown import text_of
from hessmath.grading.words import canonical, read, word_of
from hessmath.symbolic.surds import Surd


def read_numbers(problem: Problem, answer: Any) -> Reading:
    """Words, and numbers with the imaginary unit i unless the domain is real."""
    imaginary = problem.options.get("domain", "complex") == "complex"
    return read(answer, problem.symbols, replace(Manner.of(problem.options), imaginary=imaginary))


def read_eigenvalues(problem: Problem, answer: Any) -> Reading:
    """Numbers, of which the text may say how often they count."""
    if isinstance(answer, str) and canonical(answer) is None:
        answer = with_multiplicities(answer)
    return read_numbers(problem, answer)


# ---- eigenvalues ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Eigenvalues:
    """A characteristic polynomial (leading coefficient first), and whether only real roots count."""

    coefficients: tuple[sympy.Expr, ...]
    real: bool
    counted: bool
    """Whether multiplicities belong to the answer."""

    @property
    def is_rational(self) -> bool:
        """Whether the polynomial can be factored over ℚ."""
        return all(c.is_Rational for c in self.coefficients)


def _eigenvalues(problem: Problem) -> Eigenvalues:
    A = square(problem)
    real = problem.options.get("domain") in ("real", "positive")
    return Eigenvalues(characteristic(A), real, flag(problem, "multiplicities", True))


def _judge_eigenvalues(problem: Problem, truth: Eigenvalues, answer: Value) -> Judgement:
    given = [] if word_of(answer) == "none" else listed(problem, answer)
    if not truth.is_rational:
        return _whole_multiset(problem, truth, given)
    if has_decimals([value for value, _ in given], problem):
        return _near_roots(problem, truth, given)
    return _each_root(truth, given)


def listed(problem: Problem, answer: Value) -> list[tuple[Scalar, int]]:
    """Numbers with their multiplicities: [1, 1, 3], [[1, 2], [3, 1]] or {"1": "2", "3": "1"}.

    Raises
    ------
    InputError
        If the answer is none of these.
    """
    if isinstance(answer, Parts):
        manner = Manner(imaginary=True)
        pairs = [(read_text(name, problem.symbols, manner).value, part) for name, part in answer.parts.items()]
        return [(scalar(value), _multiplicity(times_)) for value, times_ in pairs]
    if not isinstance(answer, Items):
        return [(scalar(answer), 1)]
    if not answer.items:
        raise InputError("The answer is empty; if there is no eigenvalue, write none.")
    items = [each for item in answer.items for each in (item.items if _is_both_signs(item) else (item,))]
    if items and all(isinstance(item, Items) and len(item.items) == 2 for item in items):
        return [(scalar(item.items[0]), _multiplicity(item.items[1])) for item in items]
    return [(scalar(item), 1) for item in items]


def _is_both_signs(item: Any) -> bool:
    return isinstance(item, Items) and item.bracket == "±"


def _multiplicity(value: Value) -> int:
    found = scalar(value).value
    if not (found.is_Integer and 1 <= found <= 100):
        raise InputError(f"A multiplicity must be a whole number from 1, but it is {found}.")
    return int(found)


def _each_root(truth: Eigenvalues, given: Sequence[tuple[Scalar, int]]) -> Judgement:
    """Every value is tried in the irreducible factors; each of them needs as many different values as it has roots."""
    roots = algebraic_roots(truth.coefficients)
    found: list[list[tuple[Number, int]]] = [[] for _ in roots.factors]
    strange: Scalar | None = None
    extra = 0
    for entry, times_ in given:
        value = number(entry.value)
        place_ = next(
            (k for k, (f, _) in enumerate(roots.factors) if vanishes(evaluate(_coefficients(f), value))), None
        )
        if place_ is None or (truth.real and not is_real(value)):
            strange, extra = strange or entry, extra + times_
            continue
        group = found[place_]
        same = next((k for k, (other, _) in enumerate(group) if vanishes(plus(value, minus(other)))), None)
        if same is None:
            group.append((value, times_))
        else:
            group[same] = (value, group[same][1] + times_)
    needed = [_count(roots, k, truth.real) for k in range(len(roots.factors))]
    total = sum(n * m for n, (_, m) in zip(needed, roots.factors, strict=True))
    matched = sum(min(t, m) for group, (_, m) in zip(found, roots.factors, strict=True) for _, t in group)
    share = Fraction(max(0, matched - extra), total) if total else Fraction(0)
    if strange is not None:
        at = expression(evaluate([number(c) for c in truth.coefficients], number(strange.value)))
        where = {"value": text_of(strange.value), "characteristic_polynomial": text_of(at)}
        return wrong("not_an_eigenvalue", where, fraction=share if share < 1 else 0)
    missing = sum(n - len(group) for n, group in zip(needed, found, strict=True))
    if missing:
        return wrong("eigenvalues_missing", {"count": str(missing)}, fraction=share)
    if truth.counted:
        for group, (_, m) in zip(found, roots.factors, strict=True):
            for value, t in group:
                if t != m:
                    fields = {"value": text_of(expression(value)), "given": str(t), "multiplicity": str(m)}
                    return wrong("wrong_multiplicity", fields, fraction=min(share, Fraction(total - 1, total)))
    return right()


def _coefficients(factor: Sequence[int]) -> list[Number]:
    return [Surd.rational(c) for c in reversed(factor)]


def _count(roots: Any, k: int, real: bool) -> int:
    """How many different roots of factor k count."""
    factor = roots.factors[k][0]
    if not real:
        return len(factor) - 1
    return sum(root.factor == factor for root in roots.real_roots)


def _near_roots(problem: Problem, truth: Eigenvalues, given: Sequence[tuple[Scalar, int]]) -> Judgement:
    """Decimals: some assignment of the values to the exact roots with every root in the interval of its value."""
    roots = algebraic_roots(truth.coefficients)
    if not truth.real and roots.real < roots.total:
        raise CannotTell("decimals for complex eigenvalues")
    exact = [number(r.value) for r in roots.real_roots for _ in range(r.multiplicity if truth.counted else 1)]
    values = [entry for entry, times_ in given for _ in range(times_ if truth.counted else 1)]
    fits = [[k for k, root in enumerate(exact) if agrees(entry, root, problem)] for entry in values]
    for entry, near in zip(values, fits, strict=True):
        if not near:
            return wrong("not_an_eigenvalue", {"value": text_of(entry.value)}, fraction=0)
    owner: dict[int, int] = {}
    matched = sum(_assign(k, fits, owner, set()) for k in range(len(values)))
    if matched == len(values) == len(exact):
        return right()
    if not truth.counted and len(owner) == len(exact):
        return right()
    return wrong(
        "eigenvalues_missing", {"count": str(len(exact) - matched)}, fraction=Fraction(matched, len(exact) + 1)
    )


def _assign(value: int, fits: Sequence[Sequence[int]], owner: dict[int, int], seen: set[int]) -> bool:
    """Augmenting paths: give the value a root, moving others where needed."""
    for root in fits[value]:
        if root not in seen:
            seen.add(root)
            if root not in owner or _assign(owner[root], fits, owner, seen):
                owner[root] = value
                return True
    return False


def _whole_multiset(problem: Problem, truth: Eigenvalues, given: Sequence[tuple[Scalar, int]]) -> Judgement:
    """Coefficients with symbols or surds: the values are right when ∏(λ − μ) is the characteristic polynomial."""
    values = [entry.value for entry, times_ in given for _ in range(times_)]
    if truth.real and not all(c.free_symbols for c in values) and any(c.has(sympy.I) for c in values):
        raise CannotTell("whether all values are real")
    degree = len(truth.coefficients) - 1
    for value in values:
        at = evaluate([number(c) for c in truth.coefficients], number(value))
        if not vanishes(at, domain_of(problem)):
            said = {"value": text_of(value), "characteristic_polynomial": text_of(expression(at))}
            return wrong("not_an_eigenvalue", said)
    if len(values) < degree:
        if not truth.counted:
            raise CannotTell("whether all different eigenvalues are listed")
        return wrong(
            "eigenvalues_missing", {"count": str(degree - len(values))}, fraction=Fraction(len(values), degree)
        )
    if len(values) > degree:
        return wrong("too_many_eigenvalues", {"given": str(len(values)), "needed": str(degree)})
    product: list[Number] = [Surd.rational(1)]
    for value in values:
        shifted = [times(c, number(-value)) for c in product]
        product = [plus(a, b) for a, b in zip([*product, Surd({})], [Surd({}), *shifted], strict=True)]
    for mine, true in zip(product, truth.coefficients, strict=True):
        if not vanishes(plus(mine, minus(number(true))), domain_of(problem)):
            return wrong("wrong_multiplicities", {})
    return right()


def _show_eigenvalues(truth: Eigenvalues) -> str:
    if truth.is_rational:
        roots = algebraic_roots(truth.coefficients)
        if roots.real == roots.total or truth.real:
            shown = [r.value for r in roots.real_roots for _ in range(r.multiplicity if truth.counted else 1)]
            return r",\; ".join(map(sympy.latex, shown)) if shown else r"\text{none}"
    t = sympy.Symbol("lambda")
    degree = len(truth.coefficients) - 1
    poly = sum((c * t ** (degree - k) for k, c in enumerate(truth.coefficients)), sympy.S.Zero)
    return rf"\text{{the roots of }} {sympy.latex(poly)}"


def _eigenvalues_answer(truth: Eigenvalues) -> Any:
    if truth.is_rational:
        roots = algebraic_roots(truth.coefficients)
        times_ = {root.factor: root.multiplicity if truth.counted else 1 for root in roots.real_roots}
        found = [plain(root.value) for root in roots.real_roots for _ in range(times_[root.factor])]
        if not truth.real and roots.real < roots.total:
            for factor, m in roots.factors:
                if factor not in times_:
                    found += [text for text in _complex_texts(factor) for _ in range(m if truth.counted else 1)]
        return found or "none"
    if len(truth.coefficients) == 3:
        _, b, c = truth.coefficients
        root = sympy.sqrt(sympy.factor(b**2 - 4 * c))
        return [plain(sympy.expand((-b + s * root) / 2)) for s in (1, -1)]
    raise InputError("The eigenvalues cannot be written down in general; give numbers.")


def _complex_texts(factor: Sequence[int]) -> list[str]:
    if len(factor) != 3:
        raise InputError("The complex eigenvalues cannot be written down.")
    c, b, a = map(sympy.Integer, factor)
    middle, height = -b / (2 * a), sympy.sqrt(4 * a * c - b**2) / (2 * a)
    return [f"{plain(middle)} {sign} ({plain(height)})*i" for sign in "+-"]


def _sign_lost(problem: Problem, truth: Eigenvalues) -> Iterator[Eigenvalues]:
    yield replace(truth, coefficients=tuple(c * (-1) ** k for k, c in enumerate(truth.coefficients)))


def _diagonal_entries(problem: Problem, truth: Eigenvalues) -> Iterator[Eigenvalues]:
    A = square(problem)
    diagonal = Table.of(sympy.diag(*map(expression, A.diagonal())))
    yield replace(truth, coefficients=characteristic(diagonal))


def _uncounted(problem: Problem, truth: Eigenvalues) -> Iterator[Eigenvalues]:
    if truth.counted and truth.is_rational:
        squarefree = algebraic_roots(truth.coefficients).squarefree
        if len(squarefree) < len(truth.coefficients):
            yield replace(truth, coefficients=tuple(squarefree))


def _determinant_sign(problem: Problem, truth: Eigenvalues) -> Iterator[Eigenvalues]:
    yield replace(truth, coefficients=(*truth.coefficients[:-1], -truth.coefficients[-1]))


def _trace_sign(problem: Problem, truth: Eigenvalues) -> Iterator[Eigenvalues]:
    if len(truth.coefficients) > 3:  # of a 2×2 matrix this gives the eigenvalues of −A
        yield replace(truth, coefficients=(sympy.S.One, -truth.coefficients[1], *truth.coefficients[2:]))


def _row_reduced(problem: Problem, truth: Eigenvalues) -> Iterator[Eigenvalues]:
    """Eigenvalues of the row-reduced matrix."""
    A = square(problem)
    if A.is_rational:
        yield replace(truth, coefficients=characteristic(echelon(A).table))


def _scaled(problem: Problem, truth: Eigenvalues) -> Iterator[Eigenvalues]:
    for factor in (sympy.Integer(2), sympy.Rational(1, 2)):
        yield replace(truth, coefficients=tuple(c * factor**k for k, c in enumerate(truth.coefficients)))


def _of_the_inverse(problem: Problem, truth: Eigenvalues) -> Iterator[Eigenvalues]:
    last = truth.coefficients[-1]
    if truth.is_rational and last != 0:
        yield replace(truth, coefficients=tuple(c / last for c in reversed(truth.coefficients)))


def _of_the_square(problem: Problem, truth: Eigenvalues) -> Iterator[Eigenvalues]:
    A = square(problem)
    if A.is_rational:
        yield replace(truth, coefficients=characteristic(A @ A))


EIGENVALUES = Kind(
    "eigenvalues",
    ("matrix",),
    _eigenvalues,
    decided(_judge_eigenvalues),
    _show_eigenvalues,
    may=("multiplicities",),
    answer=_eigenvalues_answer,
    slips=(
        Slip("multiplicity_forgotten", _uncounted),
        Slip("sign_of_the_eigenvalues", _sign_lost),
        Slip("diagonal_entries_taken", _diagonal_entries),
        Slip("sign_of_the_determinant", _determinant_sign),
        Slip("sign_of_the_trace", _trace_sign),
        Slip("row_reduced_first", _row_reduced),
        Slip("factor_two", _scaled),
        Slip("eigenvalues_of_the_inverse", _of_the_inverse),
        Slip("eigenvalues_of_the_square", _of_the_square),
    ),
    read=read_eigenvalues,
)

ROWS = (EIGENVALUES,)
