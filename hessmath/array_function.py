"""ArrayFunction: a formula over whole arrays, f: ℝⁿ → ℝ, whose sizes may be left open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sympy

from hessmath.errors import FormulaError, InputError, WrongKind
from hessmath.function import Function
from hessmath.language import parse
from hessmath.language.sizes import Size
from hessmath.program import read_back
from hessmath.program.arrays.array_program import ArrayProgram
from hessmath.program.arrays.expanding import entry_names, expand
from hessmath.program.arrays.indexed import lower_indexed
from hessmath.program.arrays.reading import ArrayFormula, read_gradient, read_hessian
from hessmath.program.arrays.reading import read_back as read_back_arrays
from hessmath.program.arrays.trees import lower_array_tree

ARRAYS = sympy.IndexedBase | sympy.MatrixSymbol

Named = str | Iterable[Any] | Mapping[str, Any] | None


@dataclass(frozen=True)
class ArrayFunction:
    """A scalar function of arrays; ``hessmath.Function`` gives one for every formula with array entries.

    Attributes
    ----------
    program : the formula as a program on whole arrays
    formula : what it was made from
    name : what messages call it

    Examples
    --------
    >>> import sympy
    >>> from hessmath import Function
    >>> n, i = sympy.symbols("n i", integer=True)
    >>> x = sympy.IndexedBase("x", shape=(n,))
    >>> f = Function(sympy.Sum((x[i + 1] - x[i] ** 2) ** 2, (i, 0, n - 2)), x)
    >>> f
    <ArrayFunction f(x: n) = Sum((x[i + 1] - x[i]**2)**2, (i, 0, n - 2))>
    >>> f.expand(n=2).expr
    (-x_0**2 + x_1)**2
    """

    program: ArrayProgram
    formula: Any = field(compare=False)
    name: str = field(default="f", compare=False)

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the arrays and numbers to differentiate by; together they are x, one after the other."""
        return self.program.variables

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the data."""
        return self.program.parameters

    @property
    def sizes(self) -> tuple[str, ...]:
        """The names of the sizes."""
        return self.program.size_names

    def shape(self, name: str) -> tuple[str, ...]:
        """The sizes of an array, as text."""
        return tuple(str(axis.size) for axis in self.program.shape(name))

    @cached_property
    def gradient(self) -> Mapping[str, ArrayFormula]:
        """∂f/∂x for every variable x: its generic entry with the boundary cases, as a formula."""
        return dict(zip(self.variables, read_gradient(self.program), strict=True))

    @cached_property
    def hessian(self) -> Mapping[tuple[str, str], ArrayFormula]:
        """∂²f/∂x∂y for every pair of variables, as formulas.

        Raises
        ------
        WrongKind
            If a variable is a matrix.
        """
        pairs = [(x, y) for x in self.variables for y in self.variables]
        return dict(zip(pairs, read_hessian(self.program), strict=True))

    def read_back(self) -> str:
        """The program, its gradient and its Hessian, read back as formulas, as text.

        Blocks of the Hessian by a matrix have four indices and are left out.
        """
        formulas = [*read_back_arrays(self.program), *self.gradient.values()]
        if all(len(self.program.shape(name)) < 2 for name in self.variables):
            formulas += self.hessian.values()
        return "\n".join(map(str, formulas))

    def expand(self, **sizes: int) -> Function:
        """The formula written out at given sizes, with the variables x_0, x_1, …, A_0_0, ….

        Raises
        ------
        InputError
            If a size is missing or unknown, or an entry lies outside its array.
        """
        unknown = [name for name in sizes if name not in self.sizes]
        if unknown:
            raise InputError(f"The sizes of {self.name} are {', '.join(self.sizes) or '(none)'}, but not {unknown[0]}.")
        tape = expand(self.program, sizes)
        groups = [
            [
                sympy.Symbol(entry.translate(_PLAIN), real=True)
                for name in names
                for entry in entry_names(name, self.program.shape(name), sizes)
            ]
            for names in (self.variables, self.parameters)
        ]
        symbols = [symbol for group in groups for symbol in group]
        return Function(read_back(tape, symbols), groups[0], parameters=groups[1], name=self.name)

    def __repr__(self) -> str:
        text = str(self.formula)
        shown = text if len(text) <= 70 else text[:69] + "…"
        return f"<ArrayFunction {self.name}({self._arguments()}) = {shown}>"

    def _arguments(self) -> str:
        groups = [
            ", ".join(f"{name}: {' × '.join(self.shape(name))}" if self.shape(name) else name for name in names)
            for names in (self.variables, self.parameters)
        ]
        return "; ".join(group for group in groups if group)

    def _repr_latex_(self) -> str:
        formula = sympy.latex(self.formula) if isinstance(self.formula, sympy.Basic) else rf"\text{{{self.formula}}}"
        return f"$\\displaystyle {self.name} = {formula}$"


_PLAIN = str.maketrans({"[": "_", ",": "_", "]": None})


def array_function(formula: Any, variables: Named = None, *, parameters: Named = (), name: str = "f") -> ArrayFunction:
    """The function of an indexed formula; see ``Function``.

    Raises
    ------
    InputError
        If a name is not in the formula, or the formula cannot be a program on arrays.
    """
    if isinstance(formula, str):
        return _from_text(formula, variables, parameters, name)
    if not isinstance(formula, sympy.Basic):
        formula = _traced(formula, variables, parameters)
    named = _arrays(formula, parameters, "parameters")
    if variables is None:
        chosen = [each for each in _candidates(formula) if each not in named]
    else:
        chosen = _arrays(formula, variables, "variables")
    if not chosen:
        raise InputError("A function needs at least one variable; name the arrays to differentiate by.")
    return ArrayFunction(lower_indexed(formula, chosen, named), formula, name)


def _from_text(text: str, variables: Any, parameters: Any, name: str) -> ArrayFunction:
    """The function of a matrix formula in hessmath's own language."""
    if not isinstance(parameters, Mapping) and parameters:
        raise InputError("With variables as a mapping, parameters are one too: name → sizes, as in {'X': 'm k'}.")
    shapes = [_shapes(given) for given in (variables, parameters or {})]
    twice = set(shapes[0]) & set(shapes[1])
    if twice:
        raise InputError(f"{min(twice)} is named as a variable and as a parameter; it can be only one.")
    tree = parse(text, {each: shape for group in shapes for each, shape in group.items()})
    if tree.shape is None:
        raise FormulaError("A function needs a formula whose value is a number, but this is a relation.")
    sizes = [{each: tuple(Size.of(s) for s in shape) for each, shape in group.items()} for group in shapes]
    return ArrayFunction(lower_array_tree(tree, *sizes), text, name)


def _shapes(given: Mapping[str, Any]) -> dict[str, tuple[str | int, ...]]:
    """name → sizes, from ``"m k"``, ``""`` for a number, or a sequence."""
    shapes: dict[str, tuple[str | int, ...]] = {}
    for each, shape in given.items():
        parts = shape.replace(",", " ").split() if isinstance(shape, str) else list(shape)
        shapes[each] = tuple(int(part) if isinstance(part, str) and part.isdigit() else part for part in parts)
    return shapes


def _traced(function: Any, variables: Any, parameters: Any) -> Any:
    """What a callable returns for the variables, then the parameters."""
    groups = [[each] if isinstance(each, sympy.Basic) else list(each or ()) for each in (variables, parameters)]
    arguments = [each for group in groups for each in group]
    if not all(isinstance(each, sympy.Basic) for each in arguments):
        raise WrongKind("A callable on arrays needs its variables and parameters as IndexedBase or symbols, not names.")
    try:
        formula = function(*arguments)
    except (TypeError, AttributeError) as error:
        raise WrongKind(
            f"The callable could not be traced with {len(arguments)} arrays and symbols: {error}."
        ) from error
    if not isinstance(formula, sympy.Expr | sympy.MatrixExpr):
        raise WrongKind(f"The callable must give one formula, but gave {type(formula).__name__}.")
    return formula


def _candidates(formula: Any) -> list[Any]:
    """The arrays of a formula, then its symbols that are not integers, by name."""
    arrays = sorted(formula.atoms(sympy.IndexedBase, sympy.MatrixSymbol), key=str)
    labels = {array.label for array in arrays if isinstance(array, sympy.IndexedBase)}
    sizes = {s for array in arrays for size in array.shape or () for s in sympy.Add(size).free_symbols}
    numbers = [s for s in formula.free_symbols if isinstance(s, sympy.Symbol) and s not in labels | sizes]
    free = [s for s in numbers if not s.is_integer and not isinstance(s, sympy.Indexed)]
    return [*arrays, *sorted(free, key=str)]


def _arrays(formula: Any, given: Named, what: str) -> list[Any]:
    """The arrays and symbols that names stand for."""
    if given is None:
        return []
    if isinstance(given, str):
        given = given.replace(",", " ").split()
    parts: Sequence[Any] = [given] if isinstance(given, ARRAYS | sympy.Symbol) else list(given)
    known = {
        str(each.label) if isinstance(each, sympy.IndexedBase) else str(each): each for each in _candidates(formula)
    }
    found = []
    for part in parts:
        if isinstance(part, ARRAYS | sympy.Symbol):
            found.append(part)
        elif isinstance(part, str) and part in known:
            found.append(known[part])
        elif isinstance(part, str):
            raise InputError(f"{part} is named in {what}, but the formula has {', '.join(known) or 'no arrays'}.")
        else:
            raise WrongKind(f"{what} are names, symbols, IndexedBase or MatrixSymbol, but this is {part!r}.")
    return found
