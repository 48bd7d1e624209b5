"""``lambdify(args, expr)``: SymPy's call, compiled to machine code.

The expression never passes through Python source.  It is lowered to a tape (equal subexpressions are shared) and
emitted.  Plain calls go straight to the machine code (``lambdified.py``); inside Numba-compiled code the same object
is a Numba function (``wrapper.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy
from sympy.logic.boolalg import Boolean

from hessmath.errors import InputError, WrongKind
from hessmath.kernels.kernel import compile_tapes
from hessmath.kernels.lambdified import Lambdified
from hessmath.kernels.structure import Block, Group, Table, Truth
from hessmath.program import lower

_MODULES = ("math", "numba", "numpy", "scipy")


def lambdify(
    args: Any,
    expr: Any,
    modules: Any = None,
    printer: Any = None,
    use_imps: bool = True,
    dummify: bool = False,
    cse: Any = False,
    docstring_limit: int | None = 1000,
) -> Lambdified:
    """A function of the arguments that evaluates the expression in float64, as machine code.

    Call it from Python or from Numba-compiled code.  Arrays broadcast against each other as in NumPy, and each result
    has the shape of the arguments that it depends on, as with SymPy; the entries of a matrix have one shape.

    Parameters
    ----------
    args : a symbol, or a sequence of symbols; inner sequences and matrices of symbols are vector arguments, passed as
        an array, a tuple or a list; a MatrixSymbol of known size is passed as a 2-D array
    expr : an expression or condition, a matrix (result: 2-D array), or lists, tuples and dictionaries of these, the
        keys left as they are
    modules : None, "numpy", "scipy", "math", "numba" or several of them, which all mean float64 and so the same here
    printer : must be None: no code is printed
    cse, dummify, use_imps, docstring_limit : accepted for compatibility; common subexpressions are always shared, and
        names of symbols never matter

    Raises
    ------
    InputError
        If the expression has symbols that are not among the arguments, or an operation without machine code.
    WrongKind
        If args or expr is text, a printer is given, or ``modules`` asks for another library.

    Examples
    --------
    >>> import sympy
    >>> from hessmath.kernels import lambdify
    >>> x, y = sympy.symbols("x y")
    >>> f = lambdify((x, y), sympy.sin(x) + y**2)
    >>> f(0, 3)
    9.0
    """
    chosen = (modules,) if modules is None or isinstance(modules, str) else tuple(modules)
    for module in chosen:
        if module is not None and module not in _MODULES:
            raise WrongKind(
                f"hessmath's lambdify compiles to float64 machine code: modules must be None, 'numpy', 'scipy', 'math' "
                f"or 'numba', but is {modules!r}. Use sympy.lambdify for other libraries."
            )
    if printer is not None:
        raise WrongKind("hessmath's lambdify prints no code, so it takes no printer: use sympy.lambdify for that.")
    if not isinstance(args, (sympy.Basic, sympy.MatrixBase)) and not isinstance(args, (list, tuple)):
        raise WrongKind(f"args must be a symbol or a list or tuple of symbols, but is a {type(args).__name__}.")
    leaves: list[sympy.Basic] = []
    several = isinstance(args, (list, tuple, sympy.Tuple))
    arguments = tuple(_argument(each, leaves) for each in (args if several else (args,)))
    if len(set(leaves)) != len(leaves):
        twice = next(leaf for leaf in leaves if leaves.count(leaf) > 1)
        raise InputError(f"The argument {twice} appears twice.")
    values: list[sympy.Expr] = []
    result = _result(expr, values)
    names = [sympy.Symbol(f"x{i}") for i in range(len(leaves))]
    renamed = _rename(values, leaves, names)
    tape = lower(renamed[0] if isinstance(result, int) else renamed, names)
    place = {name: i for i, name in enumerate(names)}
    uses = [frozenset(place[symbol] for symbol in value.free_symbols) for value in renamed]
    return Lambdified(compile_tapes(tape, name="this function"), arguments, result, len(values), uses)


def _argument(given: Any, leaves: list[sympy.Basic]) -> int | Group:
    """The structure of one argument; what it names is appended to ``leaves``."""
    if isinstance(given, sympy.MatrixSymbol):
        rows, columns = given.shape
        if not (rows.is_Integer and columns.is_Integer):
            raise InputError(f"The size of the matrix {given} must be known, but is {rows} × {columns}.")
        return Group(
            tuple(Group(tuple(_leaf(given[i, j], leaves) for j in range(int(columns)))) for i in range(int(rows)))
        )
    if isinstance(given, (list, tuple, sympy.Tuple, sympy.MatrixBase)):
        return Group(tuple(_argument(each, leaves) for each in given))
    if not isinstance(given, sympy.Basic) or given.is_number:
        raise WrongKind(f"Each argument must be a symbol, but {given!r} is a {type(given).__name__}.")
    return _leaf(given, leaves)


def _leaf(given: sympy.Basic, leaves: list[sympy.Basic]) -> int:
    leaves.append(given)
    return len(leaves) - 1


def _result(given: Any, values: list[sympy.Expr]) -> int | Group | Block | Truth | Table:
    """The structure of the result; its scalar expressions are appended to ``values``."""
    if isinstance(given, (list, tuple, sympy.Tuple)):
        return Group(tuple(_result(each, values) for each in given), isinstance(given, list))
    if isinstance(given, (dict, sympy.Dict)):
        return Table(tuple(given), tuple(_result(given[key], values) for key in given))
    if isinstance(given, sympy.MatrixExpr):
        given = given.as_explicit()
    if isinstance(given, (sympy.MatrixBase, sympy.NDimArray)):
        first = len(values)
        values.extend(sympy.flatten(given.tolist()))
        return Block(tuple(int(n) for n in given.shape), first)
    if isinstance(given, (bool, Boolean)) and not isinstance(given, sympy.Expr):  # a symbol is both
        values.append(sympy.Piecewise((1, given), (0, True)))
        return Truth(len(values) - 1)
    if not isinstance(given, (int, float, sympy.Basic)):
        raise WrongKind(
            "expr must be a SymPy expression, a matrix, or a list or tuple of these, but holds a "
            f"{type(given).__name__}."
        )
    values.append(given if isinstance(given, sympy.Basic) else sympy.S.Zero + given)
    return len(values) - 1


def _rename(values: Sequence[sympy.Expr], leaves: Sequence[sympy.Basic], names: Sequence[sympy.Symbol]) -> list[Any]:
    """The expressions with the arguments replaced by plain symbols.

    Raises
    ------
    InputError
        If another symbol is left.
    """
    spare = {leaf: sympy.Dummy() for leaf in leaves}  # first to symbols that occur nowhere
    renamed = [value.xreplace(spare) for value in values]
    unknown = set().union(*(value.free_symbols for value in renamed)) - set(spare.values()) if renamed else set()
    if unknown:
        listed = ", ".join(sorted(map(str, unknown)))
        known = ", ".join(map(str, leaves)) or "none"
        raise InputError(f"The expression contains {listed}, but the arguments are {known}.")
    final = {spare[leaf]: name for leaf, name in zip(leaves, names, strict=True)}
    return [value.xreplace(final) for value in renamed]
