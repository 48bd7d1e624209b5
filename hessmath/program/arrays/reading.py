"""Array programs read back as formulas: for every array of the result its generic entry and its boundary cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.program.arrays import derivatives
from hessmath.program.arrays.affine import Affine
from hessmath.program.arrays.array_program import ArrayProgram, Output
from hessmath.program.arrays.cases import NoCases, Part, Splitting
from hessmath.program.arrays.collecting import collected
from hessmath.program.arrays.entries import Entries
from hessmath.program.arrays.facts import AtLeastZero, Condition, Facts
from hessmath.program.arrays.guarded import Symbols, Term, Terms, settled
from hessmath.program.arrays.matrix_form import MatrixForms
from hessmath.program.arrays.matrix_text import matrix_text
from hessmath.program.arrays.notation import Notation
from hessmath.program.arrays.writing_out import written_out

Expr = Any
Label = tuple[tuple[str, int], ...]
"""What is shown on the left: parts, each with its number of indices."""


@dataclass(frozen=True)
class Case:
    """A formula, and the relations between indices and sizes under which the entry is given by it."""

    where: tuple[Expr, ...]
    formula: Expr

    def __str__(self) -> str:
        return f"{_words(self.where) or 'otherwise'}: {self.formula}"


@dataclass(frozen=True)
class ArrayFormula:
    """An array as the formula of its entry.

    Attributes
    ----------
    label : what is shown on the left, such as ∂f/∂x[j]
    indices : the symbols of its indices, which count from 0
    shape : its sizes
    general : the entry as one expression, valid for all positive sizes
    cases : the same without conditions inside: the first whose relations hold; () where the range cannot be split
    valid : the relations between sizes under which the cases hold
    matrix : the whole array as a matrix expression, where it has one; vectors are columns
    inputs, sizes : the symbols in it
    """

    label: str
    indices: tuple[Expr, ...]
    shape: tuple[Expr, ...]
    general: Expr
    cases: tuple[Case, ...]
    valid: tuple[Expr, ...]
    matrix: Expr | None
    inputs: tuple[Expr, ...]
    sizes: tuple[Expr, ...]

    def entry(self, *indices: Any) -> Expr:
        """The entry with these indices, symbols or integers.

        Raises
        ------
        InputError
            If the number of indices is wrong.
        """
        if len(indices) != len(self.indices):
            names = ", ".join(map(str, self.indices)) or "none"
            raise InputError(f"The indices of {self.label} are {names}, but got {len(indices)} values.")
        return self.general.subs(dict(zip(self.indices, map(sympy.sympify, indices), strict=True)), simultaneous=True)

    def at(self, sizes: Mapping[str, int]) -> Expr:
        """The array at given sizes: a number, or a SymPy array of entries; from the cases where they hold.

        Raises
        ------
        InputError
            If a size has no value.
        """
        missing = [symbol.name for symbol in self.sizes if symbol.name not in sizes]
        if missing:
            raise InputError(f"The size {missing[0]} is not known: give it a value.")
        values = {symbol: sympy.Integer(sizes[symbol.name]) for symbol in self.sizes}
        shape = [int(size.xreplace(values)) for size in self.shape]
        cases = self.cases if _hold(self.valid, values) else ()
        entries = []
        for index in product(*map(range, shape)):
            where = {**values, **dict(zip(self.indices, map(sympy.Integer, index), strict=True))}
            formula = next((case.formula for case in cases if _hold(case.where, where)), self.general)
            entries.append(written_out(formula, where, self.inputs))
        return sympy.ImmutableDenseNDimArray(entries, shape) if shape else entries[0]

    def __str__(self) -> str:
        lines = [f"{self.label} = {self.general}"]
        if len(self.cases) == 1:
            lines = [f"{self.label} = {self.cases[0].formula}"]
        elif self.cases:
            sizes = f" for {_words(self.valid)}" if self.valid else ""
            texts = [(_words(case.where) or "otherwise", str(case.formula)) for case in self.cases]
            width = max(len(where) for where, _ in texts)
            lines = [f"{self.label}{sizes}:", *(f"  {where + ':':<{width + 1}}  {text}" for where, text in texts)]
        if self.matrix is not None and not isinstance(self.matrix, sympy.ZeroMatrix):
            whole = matrix_text(self.matrix)
            lines += [f"  as a whole: {whole}"] if self.shape or self.general.has(sympy.Sum) else []
        return "\n".join(lines)

    def _repr_latex_(self) -> str:
        if len(self.cases) > 1:
            where = [", ".join(map(sympy.latex, case.where)) or r"\text{otherwise}" for case in self.cases]
            rows = [f"{sympy.latex(case.formula)} & {text}" for case, text in zip(self.cases, where, strict=True)]
            body = r"\begin{cases}" + r" \\ ".join(rows) + r"\end{cases}"
        else:
            body = sympy.latex(self.cases[0].formula if self.cases else self.general)
        return rf"$\displaystyle {body}$"


def read_back(f: ArrayProgram, symbols: Mapping[str, Expr] | None = None) -> tuple[ArrayFormula, ...]:
    """Every array of the result as a formula.

    Parameters
    ----------
    symbols : by the names of inputs and sizes, the symbols to use for them; otherwise an array is
        ``IndexedBase(name, shape)``, a number ``Symbol(name)``, a size ``Symbol(name, integer=True, positive=True)``

    Raises
    ------
    InputError
        If a name in ``symbols`` belongs to no input or size.

    Examples
    --------
    >>> from hessmath.program.arrays.indexed import lower_indexed
    >>> n, i = sympy.symbols("n i", integer=True)
    >>> x = sympy.IndexedBase("x", shape=(n,))
    >>> f = lower_indexed(sympy.Sum((x[i + 1] - x[i]) ** 2, (i, 0, n - 2)), [x])
    >>> print(*read_back(f))
    value = Sum((x[i + 1] - x[i])**2, (i, 0, n - 2))
    >>> print(*read_gradient(f))
    ∂f/∂x[j] for n ≥ 2:
      j = 0:          2*x[0] - 2*x[1]
      1 ≤ j ≤ n - 2:  -2*x[j + 1] - 2*x[j - 1] + 4*x[j]
      j = n - 1:      2*x[n - 1] - 2*x[n - 2]
    """
    names = ["value"] if len(f.outputs) == 1 else [f"value{k}" for k in range(len(f.outputs))]
    return _read(f, symbols, [((name, len(output.axes)),) for name, output in zip(names, f.outputs, strict=True)])


def read_gradient(f: ArrayProgram, symbols: Mapping[str, Expr] | None = None) -> tuple[ArrayFormula, ...]:
    """∂f/∂x for every variable x, as formulas.

    Raises
    ------
    WrongKind
        If f is not one number.
    """
    labels = [((f"∂f/∂{name}", len(f.shape(name))),) for name in f.variables]
    return _read(derivatives.gradient(f), symbols, labels)


def read_hessian(f: ArrayProgram, symbols: Mapping[str, Expr] | None = None) -> tuple[ArrayFormula, ...]:
    """∂²f/∂x∂y for every pair of variables x, y, row by row, as formulas.

    Raises
    ------
    WrongKind
        If f is not one number, or a variable is a matrix.
    """
    rows = [(f"∂²f/∂{name}", len(f.shape(name))) for name in f.variables]
    columns = [(f"∂{name}", len(f.shape(name))) for name in f.variables]
    return _read(derivatives.hessian(f), symbols, list(product(rows, columns)))


def _read(f: ArrayProgram, symbols: Mapping[str, Expr] | None, labels: Sequence[Label]) -> tuple[ArrayFormula, ...]:
    notation = Notation.of(f, symbols or {})
    forms = MatrixForms(f, notation)
    return tuple(_formula(f, output, notation, forms, label) for output, label in zip(f.outputs, labels, strict=True))


def _formula(f: ArrayProgram, output: Output, notation: Notation, forms: MatrixForms, label: Label) -> ArrayFormula:
    names = notation.free_indices(len(output.axes))
    indices = tuple(sympy.Symbol(name, integer=True) for name in names)
    symbols = Symbols({**notation.sizes, **dict(zip(names, indices, strict=True))})
    facts = Facts(tuple(Affine.of(size) - 1 for size in f.size_names))

    def evaluate(places: tuple[Affine, ...], known: Facts) -> tuple[Terms, frozenset[Condition]]:
        entries = Entries(f, known, symbols, forms)
        terms = settled(entries.at(output.node, output.axes, places), known, entries.symbols, names)
        return terms, entries.open | {c for term in terms for c in term.conditions}

    sizes = tuple(axis.size for axis in output.axes)
    splitting = Splitting(tuple(names), sizes, facts, evaluate, symbols)
    general, _ = evaluate(tuple(map(Affine.of, names)), splitting.box())
    try:
        cases = tuple(_case(part, symbols) for part in splitting.parts())
        valid = tuple(symbols.relation(AtLeastZero(row)) for row in splitting.needed())
    except NoCases:
        cases, valid = (), ()
    return ArrayFormula(
        _labelled(label, names),
        indices,
        tuple(map(symbols.affine, sizes)),
        _expression(general, symbols),
        cases,
        valid,
        forms.output(output),
        tuple(notation.inputs.values()),
        tuple(notation.sizes.values()),
    )


def _labelled(label: Label, names: Sequence[str]) -> str:
    """∂f/∂x[j], ∂²f/∂x[j]∂y[k]: every part with its own indices."""
    waiting = iter(names)
    text = ""
    for part, number in label:
        text += part + (f"[{', '.join(next(waiting) for _ in range(number))}]" if number else "")
    return text


def _case(part: Part, symbols: Symbols) -> Case:
    return Case(tuple(symbols.relation(c) for c in part.where), _expression(part.terms, symbols))


def _expression(terms: Terms, symbols: Symbols) -> Expr:
    return symbols.by_cases(tuple(Term(collected(term.value), term.conditions) for term in terms))


def _hold(relations: Sequence[Expr], values: Mapping[Expr, Expr]) -> bool:
    return all(relation.xreplace(dict(values)) == sympy.true for relation in relations)


def _words(relations: Sequence[Expr]) -> str:
    """k = j + 1, 1 ≤ j ≤ n - 2"""
    texts: list[str] = []
    waiting = list(relations)
    while waiting:
        relation = waiting.pop(0)
        if not isinstance(relation, sympy.Rel):
            texts.append(str(relation))
            continue
        other = next(
            (r for r in waiting if {type(r), type(relation)} == {sympy.Ge, sympy.Le} and r.lhs == relation.lhs), None
        )
        if other is not None:
            waiting.remove(other)
            low, high = (relation, other) if isinstance(relation, sympy.Ge) else (other, relation)
            texts.append(f"{low.rhs} ≤ {low.lhs} ≤ {high.rhs}")
        elif isinstance(relation.lhs, sympy.Mod):
            texts.append(f"{relation.lhs.args[1]} divides {relation.lhs.args[0]}")
        else:
            texts.append(f"{relation.lhs} {_SIGNS[relation.rel_op]} {relation.rhs}")
    return ", ".join(texts)


_SIGNS = {">=": "≥", "<=": "≤", "==": "="}
