"""Trees of claims: read from JSON with bounds, typed by shapes, printed as text.

Nothing downstream sees JSON: ``read`` and ``make`` are the only ways to a ``Tree``, and both refuse
operations that are unknown or whose shapes do not fit, so every tree has one meaning.  A shape is
() for a scalar, (n,) for a vector, (n, m) for a matrix; scalars broadcast over arrays (s + A means
s·ones + A).  Sizes are polynomials with nonnegative coefficients in names that range over 1, 2, ….
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

MAX_NODES, MAX_DEPTH, MAX_DIGITS, MAX_TERMS, MAX_POWER = 20_000, 60, 2_000, 400, 64
"""Bounds on a tree, on a written number, on an unrolled psum and on an expanded power."""

Json = Any
_NAME = re.compile(r"[^\W\d]\w*'*", re.UNICODE)
_NUMBER = re.compile(r"-?[0-9]+(/[0-9]+)?", re.ASCII)


def named(names: str) -> frozenset[str]:
    """The set of the names in a text."""
    return frozenset(names.split())


class Rejected(Exception):
    """The certificate does not establish its claim; the message is the reason."""


def fields(obj: Json, required: str, optional: str = "") -> dict[str, Json]:
    """A JSON object with exactly these keys; any other key is a reason to reject."""
    if type(obj) is not dict:
        raise Rejected(f"an object with the keys {required} was needed")
    for key in required.split():
        if key not in obj:
            raise Rejected(f"the key {key!r} is missing")
    for key in obj:
        if type(key) is not str or key not in (required + " " + optional).split():
            raise Rejected(f"the key {key!r} is not known here")
    return obj


def items(obj: Json) -> list[Json]:
    """A JSON list, of bounded length."""
    if type(obj) is not list or len(obj) > MAX_NODES:
        raise Rejected("a list was needed")
    return obj


def word(obj: Json) -> str:
    """A name: letters, digits, underscores, primes."""
    if type(obj) is not str or len(obj) > 60 or not _NAME.fullmatch(obj):
        raise Rejected(f"a name was needed, not {str(obj)[:40]!r}")
    return obj


def number(obj: Json) -> Fraction:
    """An exact rational written as a string, such as "-3/7"."""
    if type(obj) is not str or len(obj) > MAX_DIGITS or not _NUMBER.fullmatch(obj):
        raise Rejected(f"an exact number such as '-3/7' was needed, not {str(obj)[:40]!r}")
    if "/" in obj and int(obj.split("/")[1]) == 0:
        raise Rejected(f"{obj} divides by zero")
    return Fraction(obj)


def integer(obj: Json, low: int = 0, high: int = 10_000) -> int:
    """A JSON integer between the bounds; true and false are not integers."""
    if type(obj) is not int or not low <= obj <= high:
        raise Rejected(f"an integer between {low} and {high} was needed, not {str(obj)[:40]!r}")
    return obj


@dataclass(frozen=True, order=True)
class Size:
    """A polynomial in size names, as sorted (names, coefficient) pairs."""

    terms: tuple[tuple[tuple[str, ...], int], ...]

    @staticmethod
    def of(value: int | str) -> Size:
        """The size a number or a name stands for."""
        return Size((((value,), 1),) if isinstance(value, str) else (((), value),) if value else ())

    @staticmethod
    def _collect(pairs: Iterator[tuple[tuple[str, ...], int]]) -> Size:
        total: dict[tuple[str, ...], int] = {}
        for names, c in pairs:
            total[names] = total.get(names, 0) + c
        return Size(tuple(sorted((names, c) for names, c in total.items() if c)))

    def __add__(self, other: Size) -> Size:
        return Size._collect(iter(self.terms + other.terms))

    def __mul__(self, other: Size) -> Size:
        return Size._collect((tuple(sorted(a + b)), c * d) for a, c in self.terms for b, d in other.terms)

    @property
    def known(self) -> int | None:
        """The number this is, or None while names remain."""
        return None if any(names for names, _ in self.terms) else sum(c for _, c in self.terms)

    def at(self, sizes: Mapping[str, int]) -> Size:
        """The same polynomial with numbers put in for the names that have one."""
        total = Size(())
        for names, c in self.terms:
            term = Size.of(c)
            for name in names:
                parts = name[4:-1].split(", ") if name.startswith("min(") else [name]
                numbers = [int(part) if part.isdecimal() else sizes.get(part) for part in parts]
                term = term * Size.of(name if None in numbers else min(n for n in numbers if n is not None))
            total = total + term
        return total

    def __str__(self) -> str:
        return " + ".join("*".join(([str(c)] if c != 1 or not names else []) + list(names)) for names, c in self.terms)


ONE = Size.of(1)
Shape = tuple[Size, ...]
Sort = Shape | str  # a shape, or "truth", "row", "case", "lambda"


@dataclass(frozen=True)
class Tree:
    """An operation with arguments, or a leaf (num, var, size, bound, hole) with its value."""

    op: str
    args: tuple[Tree, ...] = ()
    value: Fraction | str | None = None
    sort: Sort = ()

    @property
    def shape(self) -> Shape:
        """The shape of an expression; a relation has none."""
        if isinstance(self.sort, str):
            raise Rejected(f"{text(self)} is not an expression")
        return self.sort

    def walk(self) -> Iterator[Tree]:
        """Every node, arguments before the operation."""
        for arg in self.args:
            yield from arg.walk()
        yield self


def num(value: int | Fraction) -> Tree:
    """The leaf of an exact number."""
    return Tree("num", (), Fraction(value))


def size_tree(size: Size) -> Tree:
    """A size as an integer-valued expression."""
    terms = []
    for names, c in size.terms:
        factors = ([num(c)] if c != 1 or not names else []) + [Tree("size", (), name) for name in names]
        terms.append(Tree("mul", tuple(factors)) if len(factors) > 1 else factors[0])
    return terms[0] if len(terms) == 1 else Tree("add", tuple(terms)) if terms else num(0)


def size_of(tree: Tree) -> Size:
    """The size an integer node stands for; refused unless it is at least 1 whatever the names are."""

    def value(node: Tree) -> Size:
        if node.op == "num" and isinstance(node.value, Fraction) and node.value.denominator == 1:
            return Size.of(int(node.value))
        if node.op == "size":
            return Size.of(str(node.value))
        if node.op in ("add", "mul"):
            total = value(node.args[0])
            for arg in node.args[1:]:
                total = total + value(arg) if node.op == "add" else total * value(arg)
            return total
        raise Rejected(f"{text(node)} is not a size")

    size = value(tree)
    if not size.terms or any(c < 0 for _, c in size.terms):
        raise Rejected(f"the size {text(tree)} may be smaller than 1")
    return size


# ---------------------------------------------------------------------------------------------- typing
def _need(condition: bool, message: str) -> None:
    if not condition:
        raise Rejected(message)


def _broadcast(shapes: Sequence[Shape]) -> Shape:
    arrays = {shape for shape in shapes if shape}
    _need(len(arrays) <= 1, "arrays of different shapes meet")
    return arrays.pop() if arrays else ()


def _square(shapes: Sequence[Shape]) -> Shape:
    _need(len(shapes[0]) == 2 and shapes[0][0] == shapes[0][1], "a square matrix was needed")
    return shapes[0]


def _matrix(shapes: Sequence[Shape]) -> Shape:
    _need(len(shapes[0]) == 2, "a matrix was needed")
    return shapes[0]


def _vector(shapes: Sequence[Shape]) -> Shape:
    _need(all(len(shape) == 1 for shape in shapes), "a vector was needed")
    return shapes[0]


def _scalars(shapes: Sequence[Shape]) -> Shape:
    _need(not any(shapes), "scalars were needed")
    return ()


def _matmul(shapes: Sequence[Shape]) -> Shape:
    left = shapes[0]
    for right in shapes[1:]:
        _need(bool(left and right) and left[-1] == right[0], "the inner sizes of @ differ")
        left = left[:-1] + right[1:]
    return left


def _kron(shapes: Sequence[Shape]) -> Shape:
    _need(len(shapes[0]) == len(shapes[1]) > 0, "kron needs two matrices or two vectors")
    return tuple(a * b for a, b in zip(*shapes, strict=True))


def _hessian(shapes: Sequence[Shape]) -> Shape:
    _need(shapes[0] == (), "the Hessian is of a scalar")
    total = ONE
    for size in shapes[1]:
        total = total * size
    return (total, total) if shapes[1] else ()


def _gradient(shapes: Sequence[Shape]) -> Shape:
    _need(shapes[0] == (), "the gradient is of a scalar")
    return shapes[1]


def _directional(shapes: Sequence[Shape]) -> Shape:
    _need(all(shape == shapes[1] for shape in shapes[2:]), "a direction has the shape of the variable")
    return shapes[0]


def _singular_values(shapes: Sequence[Shape]) -> Shape:
    """As many as the smaller size; ``min(m, n)`` stands for it until both are numbers."""
    rows, columns = _matrix(shapes)
    if rows == columns:
        return (rows,)
    _need(all(size.known or len(size.terms) == len(size.terms[0][0]) == 1 for size in shapes[0]), "sizes are names")
    if rows.known and columns.known:
        return (min(rows, columns, key=lambda size: size.known or 0),)
    return (Size.of(f"min({', '.join(sorted((str(rows), str(columns))))})"),)


def _either(shapes: Sequence[Shape]) -> Shape:
    return _square(shapes) if shapes[0] else ()


Rule = Callable[[Sequence[Shape]], Shape]
FUNCTIONS = named(
    "exp log sqrt sin cos tan sinh cosh tanh asin acos atan erf Abs sign sigmoid softplus loggamma digamma Heaviside"
)
DERIVATIVES = named("gradient jacobian hessian gradient_sym gradient_diag dirderiv dirderiv2")
RELATIONS = named("eq ne lt le gt ge psd_le psd_ge")
DEFINITE = named("posdef psd negdef nsd")
SQUARE = named("invertible symmetric skew orthogonal diagonal idempotent involutory nilpotent indefinite")
_SQUARE = SQUARE | DEFINITE
PREDICATES = _SQUARE | {"orthocols", "fullcol", "fullrow", "commute", "nonzero", "positive", "nonneg"}

TYPES: dict[str, tuple[int, int, Rule]] = {
    **dict.fromkeys(FUNCTIONS, (1, 1, _broadcast)),
    **dict.fromkeys(("add", "mul", "Max", "Min"), (1, MAX_NODES, _broadcast)),
    **dict.fromkeys(("div", "pow", "atan2"), (2, 2, _broadcast)),
    **dict.fromkeys(("had",), (2, 2, _broadcast)),
    "neg": (1, 1, _broadcast),
    "matmul": (1, MAX_NODES, _matmul),
    "T": (1, 1, lambda s: s[0][::-1]),
    "inv": (1, 1, _either),
    **dict.fromkeys(("adj", "expm", "diagpart", "eigQ", "eigL"), (1, 1, _square)),
    **dict.fromkeys(("det", "trace", "lmin", "lmax"), (1, 1, lambda s: _square(s) and ())),
    **dict.fromkeys(("diagvec", "eigs"), (1, 1, lambda s: _square(s)[:1])),
    "svals": (1, 1, _singular_values),
    "diag": (1, 1, lambda s: _vector(s) * 2),
    "pinv": (1, 1, lambda s: _matrix(s)[::-1]),
    "kron": (2, 2, _kron),
    "outer": (2, 2, lambda s: _vector(s) + s[1]),
    "vec": (1, 1, lambda s: (_matrix(s)[0] * s[0][1],)),
    "softmax": (1, 1, _vector),
    "logsumexp": (1, 1, lambda s: _vector(s) and ()),
    **dict.fromkeys(("rank", "nspec", "nnuc"), (1, 1, lambda s: _matrix(s) and ())),
    **dict.fromkeys(("normF",), (1, 1, lambda s: _matrix(s) and ())),
    "norm2": (1, 1, lambda s: _vector(s) and ()),
    **dict.fromkeys(("nsq", "sum", "norm1", "norminf", "normmax"), (1, 1, lambda s: ())),
    **dict.fromkeys(("pi", "E"), (0, 0, _scalars)),
    "gradient": (2, 2, _gradient),
    "gradient_sym": (2, 2, lambda s: _square([_gradient(s)])),
    "gradient_diag": (2, 2, lambda s: _square([_gradient(s)])[:1]),
    "jacobian": (2, 2, lambda s: _vector(s) + s[1]),
    "hessian": (2, 2, _hessian),
    "dirderiv": (3, 3, _directional),
    "dirderiv2": (4, 4, _directional),
}


def make(op: str, *args: Tree) -> Tree:
    """The one constructor: an operation on typed arguments, refused when the shapes do not fit."""
    if op in ("and", "or", "not", "true", "false"):
        _need(all(arg.sort == "truth" for arg in args), f"{op} joins relations")
        _need(len(args) == {"not": 1, "true": 0, "false": 0}.get(op, max(1, len(args))), f"{op} has too many arguments")
        return Tree(op, args, None, "truth")
    if op == "case":
        _need(len(args) == 2 and args[1].sort == "truth", "a case has an expression and a condition")
        return Tree(op, args, None, "case" if args[0].shape == () else "bad")
    if op == "Piecewise":
        _need(bool(args) and all(arg.sort == "case" for arg in args), "Piecewise needs scalar cases")
        return Tree(op, args)
    if op == "row":
        _need(bool(args) and all(len(arg.shape) in (0, 2) for arg in args), "a row holds matrices or scalars")
        return Tree(op, args, None, "row")
    if op == "block":
        return Tree(op, args, None, _block(args))
    if op == "psum":
        _need(len(args) == 3 and args[0].sort == "lambda", "psum needs a lambda and two bounds")
        _scalars([args[1].shape, args[2].shape])
        return Tree(op, args, None, args[0].args[1].shape)
    if op in ("eye", "zeros", "ones", "K"):
        sizes = tuple(size_of(arg) for arg in args)
        _need(len(sizes) in {"eye": (1,), "K": (2,)}.get(op, (1, 2)), f"{op} has the wrong number of sizes")
        return Tree(op, args, None, sizes * 2 if op == "eye" else (sizes[0] * sizes[1],) * 2 if op == "K" else sizes)
    if op in ("index", "mpow"):
        base = args[0].shape if args else ()
        _need(len(args) == (len(base) + 1 if op == "index" else 2) and len(args) > 1, f"{op} has the wrong arguments")
        _scalars([arg.shape for arg in args[1:]])
        return Tree(op, args, None, () if op == "index" else _square([base]))
    shapes = [arg.shape for arg in args]
    if op in RELATIONS or op in PREDICATES:
        _need(
            len(args) == 2 if op in RELATIONS or op == "commute" else len(args) == 1, f"{op}: wrong number of arguments"
        )
        joint = _broadcast(shapes)
        if op in _SQUARE or op in ("psd_le", "psd_ge", "commute"):
            _square(shapes)
            _need(shapes[-1] == shapes[0], f"{op} needs matrices of one shape")
        elif op in ("orthocols", "fullcol", "fullrow"):
            _matrix(shapes)
        elif op in ("lt", "le", "gt", "ge"):
            _need(joint == (), "an inequality compares scalars")
        return Tree(op, args, None, "truth")
    if op not in TYPES:
        raise Rejected(f"the operation {op[:40]!r} is not known")
    low, high, rule = TYPES[op]
    _need(low <= len(args) <= high, f"{op} has the wrong number of arguments")
    _need(op not in DERIVATIVES or args[1].op == "var", f"{op} is with respect to a variable")
    return Tree(op, args, None, rule(shapes))


def _block(rows: Sequence[Tree]) -> Shape:
    _need(bool(rows) and all(row.sort == "row" for row in rows), "block needs rows")
    columns: Shape = ()
    height = Size(())
    for row in rows:
        shapes = [cell.shape or (ONE, ONE) for cell in row.args]
        _need(all(shape[0] == shapes[0][0] for shape in shapes), "cells of one row differ in height")
        widths = tuple(shape[1] for shape in shapes)
        _need(columns in ((), widths), "the rows of a block differ in their columns")
        columns, height = widths, height + shapes[0][0]
    total = Size(())
    for width in columns:
        total = total + width
    return (height, total)


def read(
    obj: Json, variables: Mapping[str, Shape], hole: Shape | None = None, given: Mapping[str, Tree] | None = None
) -> Tree:
    """The typed tree that a JSON tree stands for.

    ``hole`` is the shape of the leaf ["hole"]; ``given`` holds trees that a leaf such as ["hessian_of_f"] names.
    """
    size_names = names_of_sizes(variables)
    left = [MAX_NODES]

    def go(node: Json, bound: frozenset[str], depth: int) -> Tree:
        left[0] -= 1
        if depth > MAX_DEPTH or left[0] < 0:
            raise Rejected("a tree is too large")
        if type(node) is not list or not node or type(node[0]) is not str:
            raise Rejected(f"a tree was needed, not {str(node)[:40]!r}")
        op, rest = node[0], node[1:]
        if op == "num" and len(rest) == 1:
            return num(number(rest[0]))
        if given and op in given and not rest:
            return given[op]
        if op == "hole" and not rest and hole is not None:
            return Tree("hole", (), None, hole)
        if op in ("var", "size", "bound") and len(rest) == 1:
            name = word(rest[0])
            if name not in {"var": variables, "size": size_names, "bound": bound}[op]:
                raise Rejected(f"{name} is not declared")
            return Tree(op, (), name, variables[name] if op == "var" else ())
        if (
            op == "lambda"
            and len(rest) == 2
            and type(rest[0]) is list
            and rest[0][:1] == ["bound"]
            and len(rest[0]) == 2
        ):
            name = word(rest[0][1])
            _need(name not in variables and name not in size_names, f"{name} has two meanings")
            return Tree(op, (Tree("bound", (), name), go(rest[1], bound | {name}, depth + 1)), None, "lambda")
        return make(op, *(go(arg, bound, depth + 1) for arg in rest))

    return go(obj, frozenset(), 0)


def names_of_sizes(variables: Mapping[str, Shape]) -> frozenset[str]:
    """The size names that occur in the declared shapes."""
    return frozenset(
        name for shape in variables.values() for size in shape for names, _ in size.terms for name in names
    )


# -------------------------------------------------------------------------------------- definitions
def minus(a: Tree, b: Tree) -> Tree:
    """a − b."""
    return make("add", a, make("neg", b))


def eye(tree: Tree) -> Tree:
    """The identity with as many rows as the tree."""
    return make("eye", size_tree(tree.shape[0]))


def zero_like(shape: Shape) -> Tree:
    """The zero of a shape."""
    return make("zeros", *map(size_tree, shape)) if shape else num(0)


def depends(tree: Tree, name: str) -> bool:
    """Whether a variable occurs."""
    return any(node.op == "var" and node.value == name for node in tree.walk())


def literal(tree: Tree) -> Fraction | None:
    """The number that an expression of numbers only is (sums, products, quotients), or None."""
    if tree.op == "num":
        return Fraction(str(tree.value))
    parts = [literal(arg) for arg in tree.args] if tree.op in ("add", "mul", "neg", "div") else [None]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts) or (tree.op == "div" and known[1] == 0):
        return None
    total = -known[0] if tree.op == "neg" else known[0]
    for part in known[1:]:
        total = total + part if tree.op == "add" else total * part if tree.op == "mul" else total / part
    return total


_EVEN = frozenset(Fraction(k) for k in range(2, MAX_POWER, 2))


def plain(tree: Tree, sizes: Mapping[str, int]) -> Tree:
    """The same expression with sizes put in, psum unrolled and abbreviations written out.

    norm2, normF, nsq, had, kron of vectors, E, integer mpow, powers with half-integer exponents, >, >= and psd_ge are
    replaced by their definitions; engines and obligations never see them.
    """
    return _plain(tree, sizes, {}, [5 * MAX_NODES])


def _plain(tree: Tree, sizes: Mapping[str, int], bound: Mapping[str, int], left: list[int]) -> Tree:
    left[0] -= 1
    if left[0] < 0:
        raise Rejected("a tree is too large when written out")
    if tree.op == "num":
        return tree
    if tree.op == "bound":
        return num(bound[str(tree.value)])
    if tree.op == "size":
        return num(sizes[str(tree.value)]) if str(tree.value) in sizes else tree
    if tree.op in ("var", "hole"):
        return Tree(tree.op, (), tree.value, tuple(size.at(sizes) for size in tree.shape))
    if tree.op == "psum":
        name, body = str(tree.args[0].args[0].value), tree.args[0].args[1]
        low, high = (literal(_plain(arg, sizes, bound, left)) for arg in tree.args[1:])
        if low is None or high is None or low.denominator * high.denominator != 1 or high - low >= MAX_TERMS:
            raise Rejected("the bounds of psum must be known integers, not too far apart")
        parts = [_plain(body, sizes, {**bound, name: k}, left) for k in range(int(low), int(high) + 1)]
        return make("add", *parts) if parts else zero_like(tuple(size.at(sizes) for size in tree.shape))
    args = tuple(_plain(arg, sizes, bound, left) for arg in tree.args)
    op = {"gt": "lt", "ge": "le", "psd_ge": "psd_le"}.get(tree.op)
    if op:
        return make(op, args[1], args[0])
    if tree.op in ("norm2", "normF", "nsq"):
        x = args[0]
        square = (
            make("trace", make("matmul", make("T", x), x))
            if len(x.shape) == 2
            else make("matmul" if x.shape else "mul", x, x)
        )
        return square if tree.op == "nsq" else make("sqrt", square)
    if tree.op == "had":
        return make("mul", *args)
    if tree.op == "kron" and len(tree.shape) == 1:
        return make("vec", make("outer", args[1], args[0]))
    if tree.op == "E":
        return make("exp", num(1))
    if tree.op in ("pow", "mpow", "index"):
        args = (args[0], *(arg if (value := literal(arg)) is None else num(value) for arg in args[1:]))
        value = literal(args[1])
        if tree.op == "pow" and tree.args[0].op in ("norm2", "normF") and value is not None and value in _EVEN:
            # the root of a sum of squares, squared, is that sum everywhere, and smooth where the root is not
            square = args[0].args[0]
            return square if value == 2 else make("pow", square, num(value / 2))
        if tree.op == "pow" and value is not None and value.denominator == 2:
            root = make("sqrt", args[0])
            return root if value == Fraction(1, 2) else make("pow", root, num(2 * value))
        if tree.op == "mpow" and value is not None:
            if value.denominator != 1 or abs(value) > MAX_POWER:
                raise Rejected("mpow needs a small integer power")
            factor = args[0] if value > 0 else make("inv", args[0])
            if not value:  # the base stays, because it has to be defined
                return make("add", eye(args[0]), make("mul", num(0), args[0]))
            return make("matmul", *[factor] * abs(int(value)))
        for arg, size in zip(args[1:], args[0].shape, strict=False):
            position, known = literal(arg), size.known
            if tree.op == "index" and not (
                position is not None and position.denominator == 1 and 0 <= position < (known or 1)
            ):
                raise Rejected(f"the index {text(arg)} may be out of range")
    return make(tree.op, *args)


# ---------------------------------------------------------------------------------------- definedness
def obligations(node: Tree) -> Iterator[tuple[str, Tree]]:
    """What must hold for this one (plain) node to be defined, its arguments being defined.

    ``entries`` means that every entry of an array is nonzero.  For loggamma, digamma and pow with a
    symbolic exponent the condition is sufficient; for the others it is also necessary.
    """
    op, args = node.op, node.args
    if op == "inv":
        yield ("invertible" if args[0].shape else "nonzero", args[0])
    elif op == "div":
        yield ("entries" if args[1].shape else "nonzero", args[1])
    elif op == "pow":
        power = literal(args[1])
        if power is None:
            if any(leaf.op not in ("size", "num", "add", "mul") for leaf in args[1].walk()) or not _natural(args[1]):
                yield ("positive", args[0])
        elif power.denominator != 1:
            yield ("nonneg" if power > 0 else "positive", args[0])
        elif power < 0:
            yield ("entries" if args[0].shape else "nonzero", args[0])
    elif op in ("log", "loggamma", "digamma"):
        yield ("positive", args[0])
    elif op == "sqrt":
        yield ("nonneg", args[0])
    elif op in ("asin", "acos"):
        yield ("nonneg", minus(num(1), make("mul", args[0], args[0])))
    elif op == "tan":
        cosine = make("cos", args[0])
        yield ("entries" if cosine.shape else "nonzero", cosine)
    elif op == "atan2":
        radius = make("add", make("mul", args[0], args[0]), make("mul", args[1], args[1]))
        yield ("entries" if radius.shape else "nonzero", radius)
    elif op in ("eigs", "lmin", "lmax", "eigQ", "eigL"):
        yield ("symmetric", args[0])
    elif op == "mpow" and not _natural(args[1]):
        raise Rejected(f"{text(node)}: the power must be a number or a size")


NECESSARY = named("inv div log sqrt asin acos tan atan2 eigs lmin lmax eigQ eigL")
"""Nodes whose obligation is necessary: where it fails the node is undefined."""

_KINKS = named("Max Min sign Heaviside Piecewise norm1 norminf normmax nspec nnuc rank eigs lmin lmax eigQ eigL")


def smoothness(node: Tree, by_inverse: bool) -> Iterator[tuple[str, Tree]]:
    """What must hold, besides definedness, for the function of this derivative node to be smooth.

    Every condition is open, so it holds near the point too.  ``by_inverse``: the derivative of a
    determinant is written with an inverse.
    """
    if node.op not in DERIVATIVES:
        return
    wrt = str(node.args[1].value)
    for part in node.args[0].walk():
        if not part.args or part.sort in ("case", "truth") or not depends(part, wrt):
            continue
        if part.op in _KINKS:
            raise Rejected(f"{text(part)} may have a kink")
        if part.op == "sqrt" or (part.op == "pow" and (literal(part.args[1]) or Fraction(1, 2)).denominator != 1):
            yield ("positive", part.args[0])
        elif part.op == "Abs":
            yield ("entries" if part.shape else "nonzero", part.args[0])
        elif part.op in ("asin", "acos"):
            yield ("positive", minus(num(1), make("mul", part.args[0], part.args[0])))
        elif part.op == "atan2":
            yield ("positive", part.args[1])
        elif part.op == "det" and by_inverse:
            yield ("invertible", part.args[0])
    for direction in node.args[2:]:
        _need(not depends(direction, wrt), "a direction must not contain the variable")


def _natural(tree: Tree) -> bool:
    """Whether an integer expression of numbers and sizes has no negative part."""
    return all(
        leaf.op != "num" or (Fraction(str(leaf.value)) >= 0 and Fraction(str(leaf.value)).denominator == 1)
        for leaf in tree.walk()
    ) and all(leaf.op in ("num", "size", "add", "mul") for leaf in tree.walk())


# ---------------------------------------------------------------------------------------------- text
_INFIX = {
    "or": (" or ", 0),
    "and": (" and ", 1),
    **{
        op: (f" {sign} ", 3)
        for op, sign in {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}.items()
    },
    "mul": ("*", 5),
    "matmul": (" @ ", 5),
    "div": ("/", 5),
    "pow": ("**", 7),
}


def text(tree: Tree) -> str:
    """The tree in the syntax of claims, with every parenthesis that its meaning needs."""
    return _text(tree)[0]


def _text(tree: Tree) -> tuple[str, int]:
    def inner(arg: Tree, level: int) -> str:
        body, binding = _text(arg)
        return body if binding >= level else f"({body})"

    op, args = tree.op, tree.args
    if op == "num":
        value = Fraction(str(tree.value))
        return str(value), 9 if value >= 0 and value.denominator == 1 else 5 if value >= 0 else 4
    if op in ("var", "size", "bound"):
        return str(tree.value), 9
    if op == "hole":
        return "…", 9
    if op == "neg":
        return "-" + inner(args[0], 6), 4
    if op == "add":
        body = inner(args[0], 4)
        for arg in args[1:]:
            negative = arg.op == "num" and Fraction(str(arg.value)) < 0
            opposite = num(-Fraction(str(arg.value))) if negative else arg.args[0] if arg.op == "neg" else None
            body += " + " + inner(arg, 5) if opposite is None else " - " + inner(opposite, 5)
        return body, 4
    if op in _INFIX:
        sign, level = _INFIX[op]
        return sign.join([inner(args[0], level + (op == "pow")), *(inner(arg, level + 1) for arg in args[1:])]), level
    if op == "not":
        return "not " + inner(args[0], 3), 2
    if op == "T":
        return inner(args[0], 8) + ".T", 8
    if op == "index":
        return f"{inner(args[0], 8)}[{', '.join(map(text, args[1:]))}]", 8
    if op == "lambda":
        return f"lambda {args[0].value}: {text(args[1])}", 0
    if op in ("row", "case"):
        return ("[{}]" if op == "row" else "({})").format(", ".join(map(text, args))), 9
    if op in ("true", "false", "pi", "E"):
        return op.capitalize() if len(op) > 2 else op, 9
    if op == "nonzero" and args[0].shape:
        return f"{inner(args[0], 4)} != {text(zero_like(args[0].shape))}", 3
    return f"{op}({', '.join(map(text, args))})", 9
