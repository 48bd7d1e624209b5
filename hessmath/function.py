"""Function: a formula with ordered variables, parameters and a domain; everything derived from it is exact."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sympy

from hessmath import program
from hessmath.errors import InputError, NotDifferentiable, WrongKind
from hessmath.language import Node, free_names, parse_conditions, parse_formula, to_text
from hessmath.symbolic import constants, derivatives
from hessmath.symbolic.from_tree import to_sympy
from hessmath.symbolic.gallery import Classic
from hessmath.symbolic.quadratic import QuadraticForm

if TYPE_CHECKING:
    from hessmath.program import Tape
    from hessmath.program.passes import Pass
    from hessmath.symbolic import CriticalPoints, DiagonalApproximation, Kind, Spectrum, Taylor

Matrix = sympy.ImmutableDenseMatrix
At = Mapping[str, Any] | Sequence[Any]


@dataclass(frozen=True, init=False)
class Function:
    """A formula f: ℝⁿ → ℝ, or a list of formulas f: ℝⁿ → ℝᵐ.

    Parameters
    ----------
    formula : str, SymPy expression, list of either, callable, or a function of the gallery
        Text is read by hessmath's own grammar.  A callable is called once with symbols: one for each of its
        arguments, or one vector of them when it has a single argument and several variables are named.
    variables : str or sequence, optional
        Names or symbols in order, as in ``"x y"``.  If not given, those in the formula, sorted (x9 before x10).
    parameters : names or symbols that are constants of the problem
    domain : text or list of texts, such as ``"x > 0"``; kept as conditions
    name : what messages call it

    Raises
    ------
    FormulaError
        If the text cannot be read or has a name that is not declared.
    InputError, WrongKind
        If the formula has symbols that are neither variables nor parameters, or is no formula.

    Examples
    --------
    >>> f = Function("100*(y - x**2)**2 + (1 - x)**2", "x y")
    >>> f.at({"x": 1, "y": 1}), f.classify({"x": 1, "y": 1}).value
    (0, 'minimum')
    """

    exprs: tuple[sympy.Expr, ...]
    variables: tuple[sympy.Symbol, ...]
    parameters: tuple[sympy.Symbol, ...]
    domain: tuple[Node, ...]
    is_map: bool
    name: str = field(compare=False)

    def __new__(cls, formula: Any = None, variables: Any = None, **options: Any) -> Any:
        """An ``ArrayFunction`` where the formula is about entries of arrays, such as x[i + 1]; else a Function."""
        if _is_about_arrays(formula, variables):
            from hessmath.array_function import array_function

            return array_function(formula, variables, **options)
        return super().__new__(cls)

    def __init__(
        self,
        formula: Any,
        variables: str | Iterable[Any] | None = None,
        *,
        parameters: str | Iterable[Any] = (),
        domain: str | Sequence[str] = (),
        name: str = "f",
    ) -> None:
        if isinstance(formula, Classic):
            formula, variables, name = formula.formula, variables or formula.variables, formula.name
        constants_ = _symbols(parameters)
        named = None if variables is None else _symbols(variables)
        if callable(formula) and not isinstance(formula, sympy.Basic | sympy.MatrixBase):
            formula, named = _traced(formula, named, constants_)
        is_map = isinstance(formula, list | tuple | sympy.MatrixBase)
        parts = list(formula) if is_map else [formula]
        if not parts:
            raise InputError("A map needs at least one formula, but the list is empty.")
        exprs, found = _expressions(parts, named, constants_)
        variables_ = named if named is not None else found
        _require_known(exprs, variables_, constants_)
        if not variables_:
            raise InputError("A function needs at least one variable; name them, as in Function('1', 'x').")
        names = [str(v) for v in variables_]
        values = (
            tuple(constants.without_floats(e) for e in exprs),
            variables_,
            constants_,
            parse_conditions(domain, names, parameters=[str(p) for p in constants_]) if domain else (),
            is_map,
            name,
        )
        for attribute, value in zip(
            ("exprs", "variables", "parameters", "domain", "is_map", "name"), values, strict=True
        ):
            object.__setattr__(self, attribute, value)

    # ---- the formula ------------------------------------------------------------------------------

    @property
    def dimension(self) -> int:
        """The number n of variables."""
        return len(self.variables)

    @property
    def expr(self) -> Any:
        """The SymPy expression; for a map the column (m, 1) of expressions."""
        return Matrix(self.exprs) if self.is_map else self.exprs[0]

    @cached_property
    def gradient(self) -> sympy.ImmutableDenseMatrix:
        """∇f, a column (n, 1); away from kinks."""
        return derivatives.gradient(self._scalar("gradient"), self.variables)

    @cached_property
    def hessian(self) -> sympy.ImmutableDenseMatrix:
        """∇²f, shape (n, n); away from kinks."""
        return derivatives.hessian(self._scalar("hessian"), self.variables)

    @cached_property
    def jacobian(self) -> sympy.ImmutableDenseMatrix:
        """J, shape (m, n): row i is ∇fᵢ."""
        return derivatives.jacobian(self.exprs, self.variables)

    def hvp(self, v: Sequence[Any] | None = None) -> sympy.ImmutableDenseMatrix:
        """∇²f·v, shape (n, 1), without forming the Hessian; with symbols v_x, v_y, … if v is not given."""
        return derivatives.hvp(self._scalar("hvp"), self.variables, self._direction(v))

    def directional_second_derivative(self, v: Sequence[Any] | None = None, at: At | None = None) -> sympy.Expr:
        """vᵀ∇²f v, the curvature of t ↦ f(x + tv); at a point if one is given."""
        scalar = self._scalar("directional_second_derivative")
        along = derivatives.directional_second_derivative(scalar, self.variables, self._direction(v))
        return along if at is None else self._put(along, at)

    # ---- at a point -------------------------------------------------------------------------------

    def point(self, at: At) -> tuple[sympy.Expr, ...]:
        """The exact coordinates of a point, in the order of the variables.

        Numbers, exact text (``"1/3"``, ``"sqrt(2)"``) and floats (read by their shortest decimal, so 0.1 is 1/10).

        Raises
        ------
        InputError
            If a coordinate is missing, unknown, or not a finite real number.
        """
        names = [str(v) for v in self.variables]
        if isinstance(at, Mapping):
            given = {str(key): value for key, value in at.items()}
            unknown = [key for key in given if key not in names and key not in map(str, self.parameters)]
            missing = [name for name in names if name not in given]
            if unknown or missing:
                wrong = f"{unknown[0]} is not one of them" if unknown else f"{missing[0]} is missing"
                raise InputError(f"The point should give the variables ({', '.join(names)}), but {wrong}.")
            values = [given[name] for name in names]
        elif isinstance(at, str) or not hasattr(at, "__len__"):
            raise InputError(f"A point is a mapping from names to numbers or a sequence, but this is {at!r}.")
        else:
            values = list(at)
        if len(values) != len(names):
            word = "variable" if len(names) == 1 else "variables"
            raise InputError(
                f"x has length {len(values)}, but {self.name} takes {len(names)} {word} ({', '.join(names)})."
            )
        return tuple(constants.exact_number(value, name) for name, value in zip(names, values, strict=True))

    def at(self, point: At) -> Any:
        """The exact value at a point; for a map the column of values.

        Raises
        ------
        InputError
            If f is not defined there.
        """
        values = [self._put(e, point) for e in self.exprs]
        return Matrix(values) if self.is_map else values[0]

    def __call__(self, *coordinates: Any) -> Any:
        """The exact value: ``f(1, 2)``."""
        return self.at(coordinates)

    def gradient_at(self, at: At) -> sympy.ImmutableDenseMatrix:
        """∇f at a point, exactly.

        Raises
        ------
        NotDifferentiable
            If f has no gradient there, as |x| at 0.
        """
        self.require_differentiable(at, 1)
        return self.gradient.applyfunc(lambda e: self._put(e, at))

    def hessian_at(self, at: At) -> sympy.ImmutableDenseMatrix:
        """∇²f at a point, exactly.

        Raises
        ------
        NotDifferentiable
            If f is not twice differentiable there.
        """
        self.require_differentiable(at, 2)
        return self.hessian.applyfunc(lambda e: self._put(e, at))

    def quadratic_form(self, at: At | None = None) -> QuadraticForm:
        """v ↦ vᵀ∇²f v, at a point or (without one) with the Hessian's formulas as entries."""
        return QuadraticForm.of(self.hessian if at is None else self.hessian_at(at))

    def spectrum(self, at: At) -> Spectrum:
        """Exact eigenvalues and orthonormal eigenvectors of ∇²f at a point: H = QΛQᵀ."""
        from hessmath.symbolic import spectrum

        return spectrum(self.hessian_at(at))

    def diagonal_approximation(self, at: At | None = None) -> DiagonalApproximation:
        """diag(∇²f) and the error of putting it in the Hessian's place."""
        from hessmath.symbolic import diagonal_approximation

        return diagonal_approximation(self.hessian if at is None else self.hessian_at(at))

    def taylor(self, at: At, order: int = 2) -> Taylor:
        """The Taylor polynomial at a point.

        Raises
        ------
        NotDifferentiable
            If f is not differentiable often enough there.
        """
        from hessmath.symbolic import taylor

        self.require_differentiable(at, 1)
        return taylor(self._scalar("taylor"), self.variables, self.point(at), order)

    def critical_points(self) -> CriticalPoints:
        """The points with ∇f = 0 that exact algebra finds, with their kinds; ``complete`` says whether that is all."""
        from hessmath.symbolic import critical_points

        return critical_points(self._scalar("critical_points"), self.variables, self._domain_conditions())

    def classify(self, at: At) -> Kind:
        """Minimum, maximum, saddle or degenerate, by the inertia of ∇²f at a critical point.

        Raises
        ------
        InputError
            If the gradient is not zero there.
        """
        from hessmath.symbolic import classify

        return classify(self.gradient_at(at), self.hessian_at(at))

    def require_differentiable(self, at: At, order: int = 1) -> None:
        """Refuse a point where f has no derivatives of this order.

        Raises
        ------
        NotDifferentiable
            With the part of the formula that stands in the way.
        """
        from hessmath.symbolic.smoothness import obstacle

        values = self._values(at)
        given = {p: values.pop(p) for p in self.parameters if p in values}
        for expr in self.exprs:
            reason = obstacle(expr.subs(given, simultaneous=True), values, order)
            if reason is not None:
                raise NotDifferentiable(reason)

    # ---- as a program -----------------------------------------------------------------------------

    @cached_property
    def tape(self) -> Tape:
        """The formula as a straight-line program; inputs are the variables, then the parameters."""
        return self.lowered()

    def lowered(self, passes: Sequence[Pass] = program.STANDARD) -> Tape:
        """The program after these passes: ``program.LITERAL`` keeps the formula as it is written."""
        inputs = [*self.variables, *self.parameters]
        return program.lower(list(self.exprs) if self.is_map else self.exprs[0], inputs, passes=passes)

    @cached_property
    def gradient_tape(self) -> Tape:
        """∇f as a program, shape (n,)."""
        return program.gradient(self.tape, self._names)

    @cached_property
    def hessian_tape(self) -> Tape:
        """∇²f as a program, shape (n, n)."""
        return program.hessian(self.tape, self._names)

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(str(v) for v in self.variables)

    # ---- helpers ----------------------------------------------------------------------------------

    def _scalar(self, what: str) -> sympy.Expr:
        if self.is_map:
            raise WrongKind(
                f"{what} needs a scalar function, but {self.name} is a map to ℝ{_superscript(len(self.exprs))}."
            )
        return self.exprs[0]

    def _direction(self, v: Sequence[Any] | None) -> tuple[sympy.Expr, ...]:
        if v is None:
            return tuple(sympy.Symbol(f"v_{x}", real=True) for x in self.variables)
        return tuple(d if isinstance(d, sympy.Expr) else constants.exact_number(d, "v") for d in v)

    def _values(self, at: At) -> dict[sympy.Symbol, sympy.Expr]:
        """The coordinates by symbol; parameters too, when the point gives them."""
        values = dict(zip(self.variables, self.point(at), strict=True))
        if isinstance(at, Mapping):
            given = {str(key): value for key, value in at.items()}
            values |= {p: constants.exact_number(given[str(p)], str(p)) for p in self.parameters if str(p) in given}
        return values

    def _put(self, expr: sympy.Expr, at: At) -> sympy.Expr:
        """The expression with the values of a point put in."""
        values = self._values(at)
        result = expr.subs(values, simultaneous=True)
        if result.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo) or result.is_real is False:
            where = ", ".join(f"{x} = {value}" for x, value in values.items())
            raise InputError(f"{_shortened(expr)} is not defined at {where}.")
        return result

    def _domain_conditions(self) -> tuple[Any, ...]:
        symbols = {str(s): s for s in (*self.variables, *self.parameters)}
        return tuple(to_sympy(condition, symbols) for condition in self.domain)

    def __repr__(self) -> str:
        shown = _shortened(self.expr if not self.is_map else list(self.exprs))
        constants_ = f"; {', '.join(map(str, self.parameters))}" if self.parameters else ""
        where = f" where {' and '.join(map(to_text, self.domain))}" if self.domain else ""
        return f"<Function {self.name}({', '.join(self._names)}{constants_}) = {shown}{where}>"

    def _repr_latex_(self) -> str:
        arguments = ", ".join(sympy.latex(v) for v in self.variables)
        return f"$\\displaystyle {self.name}({arguments}) = {sympy.latex(self.expr)}$"


_ARRAYS = (sympy.IndexedBase, sympy.MatrixSymbol)


def _is_about_arrays(formula: Any, variables: Any) -> bool:
    """Whether a formula is about entries of arrays or whole matrices."""
    if isinstance(formula, str):
        return isinstance(variables, Mapping)
    if isinstance(formula, sympy.Basic):
        return bool(formula.has(sympy.Indexed, sympy.MatrixSymbol))
    given = [variables] if isinstance(variables, _ARRAYS) else variables
    return callable(formula) and isinstance(given, list | tuple) and any(isinstance(v, _ARRAYS) for v in given)


def _symbols(names: str | Iterable[Any]) -> tuple[sympy.Symbol, ...]:
    """Symbols from ``"x y"``, ``"x, y"``, names or symbols."""
    parts = names.replace(",", " ").split() if isinstance(names, str) else list(names)
    found = []
    for part in parts:
        if isinstance(part, sympy.Symbol):
            found.append(part)
        elif isinstance(part, str) and part.isidentifier() and not part.startswith("__"):
            found.append(sympy.Symbol(part, real=True))
        else:
            raise InputError(f"A variable is a name such as x or a SymPy symbol, but this is {part!r}.")
    repeated = [name for name, count in Counter(map(str, found)).items() if count > 1]
    if repeated:
        raise InputError(f"The variable {repeated[0]} is named twice.")
    return tuple(found)


def _expressions(
    parts: list[Any], named: tuple[sympy.Symbol, ...] | None, parameters: tuple[sympy.Symbol, ...]
) -> tuple[tuple[sympy.Expr, ...], tuple[sympy.Symbol, ...]]:
    """The formulas as SymPy expressions, and the variables found in them."""
    declared = None if named is None else [str(s) for s in (*named, *parameters)]
    trees = [parse_formula(part, declared) if isinstance(part, str) else part for part in parts]
    symbols = {str(s): s for s in (*(named or ()), *parameters)}
    for tree in trees:
        if isinstance(tree, Node):
            symbols.update({n: sympy.Symbol(n, real=True) for n in free_names(tree) if n not in symbols})
    exprs = tuple(to_sympy(tree, symbols) if isinstance(tree, Node) else _expression(tree) for tree in trees)
    free = {s for e in exprs for s in e.free_symbols} - set(parameters)
    return exprs, tuple(sorted(free, key=_natural))


def _natural(symbol: sympy.Symbol) -> list[tuple[int, str]]:
    """A key that puts x9 before x10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", str(symbol))]


def _expression(value: Any) -> sympy.Expr:
    if isinstance(value, sympy.Expr):
        return value
    if isinstance(value, bool | str | sympy.Basic):
        raise WrongKind(f"A formula is text or a SymPy expression, but this is {value!r}.")
    try:
        return constants.exact_number(value, "formula")
    except InputError:
        raise WrongKind(f"A formula is text, a SymPy expression or a callable, but this is {value!r}.") from None


def _require_known(
    exprs: tuple[sympy.Expr, ...], variables: tuple[sympy.Symbol, ...], parameters: tuple[sympy.Symbol, ...]
) -> None:
    both = set(variables) & set(parameters)
    if both:
        raise InputError(f"{min(map(str, both))} is named as a variable and as a parameter; it can be only one.")
    unknown = {s for e in exprs for s in e.free_symbols} - set(variables) - set(parameters)
    if unknown:
        name = min(map(str, unknown))
        same = name in map(str, (*variables, *parameters))
        advice = "pass the same symbols" if same else "name it in variables or parameters"
        listed = ", ".join(map(str, variables))
        raise InputError(f"The formula has the symbol {name}, which is not among the variables ({listed}): {advice}.")


def _traced(
    function: Callable[..., Any], named: tuple[sympy.Symbol, ...] | None, parameters: tuple[sympy.Symbol, ...]
) -> tuple[Any, tuple[sympy.Symbol, ...]]:
    """What a callable returns for symbols."""
    arguments = [
        p.name
        for p in inspect.signature(function).parameters.values()
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty
    ]
    if named is None:
        own = _symbols(arguments)
        taken = {str(p): p for p in parameters}
        named = tuple(s for s in own if str(s) not in taken)
        values: list[Any] = [taken.get(str(s), s) for s in own]
    elif len(arguments) == 1 and len(named) > 1:
        values = [Matrix(named)]
    else:
        values = [*named, *parameters]
    if not arguments or (len(values) != len(arguments)):
        raise InputError(
            f"The callable takes {len(arguments)} arguments, but {len(values)} symbols would be passed; name one "
            "variable for each argument, or give it one vector argument."
        )
    try:
        result = function(*values)
    except (TypeError, AttributeError) as error:
        raise WrongKind(
            f"The callable could not be traced with symbols ({error}); use SymPy functions such as sympy.sin in it."
        ) from error
    return (list(result) if isinstance(result, tuple) else result), named


def _shortened(expr: Any, width: int = 70) -> str:
    text = str(expr)
    return text if len(text) <= width else text[: width - 1] + "…"


def _superscript(n: int) -> str:
    return "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(digit)] for digit in str(n))
