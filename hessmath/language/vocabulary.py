"""The words of the language: one row for each operation, with its aliases and its rule for sizes.

A rule takes the shapes of the arguments and gives the shape of the value, or raises :class:`Misfit` with what is
wrong.  A new word is a new row; reading, printing and typing pick it up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hessmath.errors import ShapeError
from hessmath.language.sizes import Shape, Size, shape_text

ONE = Size.of(1)


class Misfit(Exception):
    """What is wrong with the shapes of an operation's arguments."""


Rule = Callable[[list[Shape]], Shape]


@dataclass(frozen=True)
class Word:
    """An operation: canonical name, other spellings, number of arguments (most None: any), rule, meaning."""

    name: str
    least: int
    most: int | None
    rule: Rule
    aliases: tuple[str, ...] = ()
    predicate: bool = False


def broadcast(shapes: list[Shape]) -> Shape:
    """The shape of an entrywise operation: one shape, scalars go with anything."""
    found: Shape = ()
    for shape in shapes:
        if shape and found and shape != found:
            raise Misfit(f"entry by entry both sides need one shape, but they are {_both(found, shape)}")
        found = found or shape
    return found


def product(shapes: list[Shape]) -> Shape:
    """The shape of a matrix product, from left to right as in NumPy: vectors are 1-D."""
    left = shapes[0]
    for right in shapes[1:]:
        if not left or not right:
            raise Misfit("@ multiplies matrices and vectors, but one side is a scalar: write *")
        if left[-1] != right[0]:
            raise Misfit(f"the inner sizes must agree, but the sides are {_both(left, right)}")
        left = left[:-1] + right[1:]
    return left


def _both(a: Shape, b: Shape) -> str:
    return f"{shape_text(a)} and {shape_text(b)}"


def _matrix(shape: Shape) -> Shape:
    if len(shape) != 2:
        raise Misfit(f"a matrix is needed, but this is {_named(shape)}")
    return shape


def _vector(shape: Shape) -> Shape:
    if len(shape) != 1:
        raise Misfit(f"a vector is needed, but this is {_named(shape)}")
    return shape


def _square(shape: Shape) -> Shape:
    if len(shape) != 2 or shape[0] != shape[1]:
        raise Misfit(f"a square matrix is needed, but this is {_named(shape)}")
    return shape


def _named(shape: Shape) -> str:
    kind = ("a scalar", "a vector of shape ", "a matrix of shape ")[len(shape)]
    return kind if not shape else kind + shape_text(shape)


def _same(shapes: list[Shape]) -> Shape:
    return shapes[0]


def _scalar(shapes: list[Shape]) -> Shape:
    return ()


def _transposed(shapes: list[Shape]) -> Shape:
    return tuple(reversed(shapes[0]))


def _pseudo_inverse(shapes: list[Shape]) -> Shape:
    return tuple(reversed(_matrix(shapes[0])))


def _square_to_square(shapes: list[Shape]) -> Shape:
    return _square(shapes[0])


def _inverse(shapes: list[Shape]) -> Shape:
    return _square(shapes[0]) if shapes[0] else ()


def _square_to_scalar(shapes: list[Shape]) -> Shape:
    _square(shapes[0])
    return ()


def _square_to_vector(shapes: list[Shape]) -> Shape:
    return _square(shapes[0])[:1]


def _singular_values(shapes: list[Shape]) -> Shape:
    rows, columns = _matrix(shapes[0])
    try:
        return (Size.smaller(rows, columns),)
    except ShapeError:
        raise Misfit(f"the number of singular values is not determined for {_named(shapes[0])}") from None


def _of_matrix(shapes: list[Shape]) -> Shape:
    _matrix(shapes[0])
    return ()


def _of_vector(shapes: list[Shape]) -> Shape:
    _vector(shapes[0])
    return ()


def _to_diagonal(shapes: list[Shape]) -> Shape:
    return _vector(shapes[0]) * 2


def _kron(shapes: list[Shape]) -> Shape:
    if len(shapes[0]) == len(shapes[1]) == 1:
        return (shapes[0][0] * shapes[1][0],)
    (a, b), (c, d) = map(_matrix, shapes)
    return (a * c, b * d)


def _outer(shapes: list[Shape]) -> Shape:
    return _vector(shapes[0]) + _vector(shapes[1])


def _vec(shapes: list[Shape]) -> Shape:
    rows, columns = _matrix(shapes[0])
    return (rows * columns,)


def _power(shapes: list[Shape]) -> Shape:
    if shapes[1]:
        raise Misfit(f"the exponent must be a scalar, but it is {_named(shapes[1])}")
    return shapes[0]


def _quotient(shapes: list[Shape]) -> Shape:
    return broadcast(shapes)


def _matrix_power(shapes: list[Shape]) -> Shape:
    return _square(_power(shapes))


def _softmax(shapes: list[Shape]) -> Shape:
    return _vector(shapes[0])


def _predicate_of_matrix(shapes: list[Shape]) -> Shape:
    return _matrix(shapes[0])


def _predicate_of_square(shapes: list[Shape]) -> Shape:
    return _square(shapes[0])


def _commute(shapes: list[Shape]) -> Shape:
    left, right = map(_square, shapes)
    if left != right:
        raise Misfit(f"two square matrices of one size are needed, but they are {_both(left, right)}")
    return left


def _entrywise(name: str, *aliases: str, least: int = 1, most: int | None = 1) -> Word:
    return Word(name, least, most, broadcast, aliases)


def _predicate(name: str, *aliases: str, rule: Rule = _predicate_of_square, count: int = 1) -> Word:
    return Word(name, count, count, rule, aliases, predicate=True)


WORDS = (
    Word("T", 1, 1, _transposed, ("transpose",)),
    Word("inv", 1, 1, _inverse, ("inverse",)),
    Word("det", 1, 1, _square_to_scalar),
    Word("trace", 1, 1, _square_to_scalar, ("tr",)),
    Word("rank", 1, 1, _of_matrix),
    Word("adj", 1, 1, _square_to_square, ("adjugate",)),
    Word("pinv", 1, 1, _pseudo_inverse),
    Word("mpow", 2, 2, _matrix_power),
    Word("expm", 1, 1, _square_to_square),
    Word("diag", 1, 1, _to_diagonal),
    Word("diagvec", 1, 1, _square_to_vector),
    Word("diagpart", 1, 1, _square_to_square),
    Word("kron", 2, 2, _kron),
    Word("had", 2, 2, broadcast, ("hadamard",)),
    Word("outer", 2, 2, _outer),
    Word("vec", 1, 1, _vec),
    Word("eigs", 1, 1, _square_to_vector),
    Word("lmin", 1, 1, _square_to_scalar),
    Word("lmax", 1, 1, _square_to_scalar),
    Word("eigQ", 1, 1, _square_to_square),
    Word("eigL", 1, 1, _square_to_square),
    Word("svals", 1, 1, _singular_values),
    Word("norm2", 1, 1, _of_vector),
    Word("nsq", 1, 1, _scalar),
    Word("normF", 1, 1, _scalar),
    Word("norm1", 1, 1, _scalar),
    Word("norminf", 1, 1, _scalar),
    Word("normmax", 1, 1, _scalar),
    Word("nspec", 1, 1, _of_matrix),
    Word("nnuc", 1, 1, _of_matrix),
    Word("sum", 1, 1, _scalar, ("sumall",)),
    Word("softmax", 1, 1, _softmax),
    Word("logsumexp", 1, 1, _of_vector),
    *map(_entrywise, ("exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "erf", "sigmoid", "softplus", "sqrt")),
    _entrywise("log", "ln"),
    _entrywise("asin", "arcsin"),
    _entrywise("acos", "arccos"),
    _entrywise("atan", "arctan"),
    _entrywise("atan2", "arctan2", least=2, most=2),
    _entrywise("Abs", "abs"),
    _entrywise("sign"),
    _entrywise("Max", "max", "maximum", most=None),
    _entrywise("Min", "min", "minimum", most=None),
    _entrywise("loggamma", "lgamma"),
    _entrywise("digamma"),
    _entrywise("polygamma", least=2, most=2),
    _entrywise("Heaviside", "heaviside", most=2),
    _predicate("invertible", "nonsingular"),
    _predicate("symmetric"),
    _predicate("skew", "skew_symmetric", "antisymmetric"),
    _predicate("orthogonal"),
    _predicate("orthocols", "orthonormal_columns", rule=_predicate_of_matrix),
    _predicate("diagonal"),
    _predicate("idempotent"),
    _predicate("involutory"),
    _predicate("nilpotent"),
    _predicate("posdef", "positive_definite"),
    _predicate("psd", "positive_semidefinite"),
    _predicate("negdef", "negative_definite"),
    _predicate("nsd", "negative_semidefinite"),
    _predicate("indefinite"),
    _predicate("fullcol", "full_column_rank", rule=_predicate_of_matrix),
    _predicate("fullrow", "full_row_rank", rule=_predicate_of_matrix),
    _predicate("commute", rule=_commute, count=2),
    _predicate("nonzero", rule=_same),
    _predicate("positive", rule=_same),
    _predicate("nonneg", "nonnegative", rule=_same),
)

SPECIAL = {
    "eye": "eye", "identity": "eye", "zeros": "zeros", "ones": "ones", "K": "K", "commutation": "K",
    "block": "block", "psum": "psum", "Piecewise": "Piecewise",
}  # fmt: skip
"""Words whose arguments are not plain values: sizes, rows, cases, a lambda."""

RELATION_NAMES = {
    "Eq": "eq", "Ne": "ne", "Lt": "lt", "Le": "le", "Gt": "gt", "Ge": "ge", "psd_le": "psd_le", "psd_ge": "psd_ge",
}  # fmt: skip
"""Relations that can be written as functions."""

CONSTANTS = frozenset({"E", "pi"})
CONSTANT_SPELLINGS = {"E": "E", "pi": "pi", "π": "pi"}

BY_NAME = {spelling: word for word in WORDS for spelling in (word.name, *word.aliases)}
PREDICATES = frozenset(word.name for word in WORDS if word.predicate)
RELATIONS = frozenset({"eq", "ne", "lt", "le", "gt", "ge", "psd_le", "psd_ge"})
DERIVATIVES = frozenset({"gradient", "jacobian", "hessian", "gradient_sym", "gradient_diag", "dirderiv", "dirderiv2"})
"""Operators that claims about derivatives are written with inside; they are not words of the text."""

COUNTS: dict[str, tuple[int, int | None]] = {
    **{word.name: (word.least, word.most) for word in WORDS},
    **dict.fromkeys(("add", "mul", "matmul", "and", "or", "row", "block", "Piecewise"), (1, None)),
    **dict.fromkeys(("neg", "not", "eye"), (1, 1)),
    **dict.fromkeys(("zeros", "ones"), (1, 2)),
    **dict.fromkeys(("div", "pow", "K", "case", "lambda", *RELATIONS), (2, 2)),
    **dict.fromkeys(("true", "false", *CONSTANTS), (0, 0)),
    **dict.fromkeys(DERIVATIVES - {"dirderiv", "dirderiv2"}, (2, 2)),
    "index": (2, 3), "psum": (3, 3), "dirderiv": (3, 3), "dirderiv2": (4, 4),
}  # fmt: skip
"""Every operation of the tree, with its least and greatest number of arguments (None: any number)."""

CALLABLE = frozenset(BY_NAME) | frozenset(SPECIAL) | frozenset(RELATION_NAMES)
