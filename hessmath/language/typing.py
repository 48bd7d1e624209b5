"""Names and sizes: an untyped tree becomes a typed one, or a message says what does not fit.

Every value gets its ``shape``; relations, predicates, cases, rows and lambdas have none.  What a formula may grow
into is bounded in ``bounds.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from difflib import get_close_matches
from fractions import Fraction

from hessmath.errors import FormulaError, ShapeError
from hessmath.language.bounds import check_bulk, check_growth, problem
from hessmath.language.printing import to_text
from hessmath.language.sizes import Shape, Size, shape_text
from hessmath.language.tokenizer import shortened
from hessmath.language.tree import BOUND, NUMBER, SIZE, SYMBOL, Node
from hessmath.language.vocabulary import (
    BY_NAME,
    CALLABLE,
    CONSTANT_SPELLINGS,
    CONSTANTS,
    COUNTS,
    DERIVATIVES,
    ONE,
    RELATION_NAMES,
    RELATIONS,
    SPECIAL,
    Misfit,
    broadcast,
    product,
)

MAX_SIZE = 1_000_000
MAX_TERMS = 100_000

_MISPLACED = {
    "row": "a list [ ] stands only in block([A, B], [C, D])",
    "case": "a pair ( , ) stands only in Piecewise((value, condition), …)",
    "lambda": "a lambda stands only in psum(lambda k: …, low, high)",
}

_RULES = {"add": broadcast, "mul": broadcast, "div": broadcast, "matmul": product}


def typed(tree: Node, shapes: Mapping[str, Shape], sizes: Collection[str], text: str = "") -> Node:
    """The tree with names resolved and a shape on every value.

    Parameters
    ----------
    tree : Node
        From ``grammar.untyped``, or typed before.
    shapes : the declared names
    sizes : the size names, which stand for numbers in formulas
    text : what was read, for messages

    Raises
    ------
    FormulaError
        For a name that is not declared, a call with the wrong arguments, or a power that is too large.
    ShapeError
        For parts whose sizes do not fit each other.
    """
    check_bulk(tree, text)
    result = _Reader(shapes, frozenset(sizes), text).read(tree, frozenset())
    check_growth(result, text)
    return result


class _Reader:
    """One pass over one tree; ``bound`` are the variables of the lambdas around a node."""

    def __init__(self, shapes: Mapping[str, Shape], sizes: frozenset[str], text: str) -> None:
        self.shapes, self.sizes, self.text = shapes, sizes, text

    def error(self, node: Node, advice: str) -> FormulaError:
        """The error for a node, at its column when it has one."""
        return problem(node, self.text, advice)

    def misfit(self, node: Node, wrong: str) -> ShapeError:
        """The error for sizes that do not fit, naming the part and its column."""
        where = f" (column {node.column})" if node.column else ""
        return ShapeError(f"`{shortened(to_text(node))}`{where}: {wrong}.", self.text, node.column or None)

    def read(self, node: Node, bound: frozenset[str]) -> Node:
        """The typed node."""
        op = node.op
        if op == NUMBER:
            return replace(node, shape=())
        if op in (SYMBOL, BOUND, SIZE):
            return self.name(node, bound)
        if op.startswith("call:"):
            return self.call(node, op[5:], bound)
        if op.startswith("attribute:"):
            if op[10:] != "T":
                raise self.error(node, f"the only attribute is .T, the transpose, not .{shortened(op[10:])}")
            return self.word(Node("T", node.args, column=node.column), bound)
        if op not in COUNTS or op in _MISPLACED:
            raise self.error(node, _MISPLACED.get(op, f"{shortened(op)!r} is unknown"))
        self.count(node)
        if op in ("true", "false"):
            return node
        if op in RELATIONS:
            return self.relation(node, bound)
        if op in ("and", "or", "not"):
            return replace(node, args=tuple(self.condition(arg, bound) for arg in node.args))
        if op in _RULES or op in ("neg", "pow"):
            return self.arithmetic(node, bound)
        if op == "index":
            return self.index(node, bound)
        if op in SPECIAL:
            return self.special(node, op, bound)
        if op in CONSTANTS:
            return replace(node, shape=())
        if op in DERIVATIVES:
            return self.derivative(node, bound)
        return self.word(node, bound)

    def count(self, node: Node, name: str = "") -> None:
        """The operation has as many arguments as it takes."""
        least, most = COUNTS[node.op]
        found = len(node.args)
        if found < least or (most is not None and found > most):
            raise self.error(node, f"{name or node.op} takes {_count(least, most)}, but got {found}")

    def value(self, node: Node, bound: frozenset[str]) -> Node:
        """A typed node that is a number, vector or matrix."""
        result = self.read(node, bound)
        if result.shape is None:
            raise self.error(node, "a value is needed here, not a relation")
        return result

    def scalar(self, node: Node, bound: frozenset[str], what: str) -> Node:
        """A typed node of shape ()."""
        result = self.value(node, bound)
        if result.shape:
            raise self.misfit(result, f"{what} must be a scalar")
        return result

    def condition(self, node: Node, bound: frozenset[str]) -> Node:
        """A typed relation or predicate."""
        result = self.read(node, bound)
        if result.shape is not None:
            raise self.error(node, "a condition such as x > 0 is needed here, not a value")
        return result

    def name(self, node: Node, bound: frozenset[str]) -> Node:
        """A leaf that is a name: variable of a lambda, declared name, size, constant, in this order."""
        name = str(node.value)
        if name in bound:
            return Node(BOUND, value=name, shape=(), column=node.column)
        if name in self.shapes:
            return Node(SYMBOL, value=name, shape=self.shapes[name], column=node.column)
        if name in self.sizes:
            return Node(SIZE, value=name, shape=(), column=node.column)
        if name in CONSTANT_SPELLINGS:
            return Node(CONSTANT_SPELLINGS[name], shape=(), column=node.column)
        if name in CALLABLE:
            raise self.error(node, f"{name} is a function; write {name}(…)")
        raise self.error(node, self.unknown(name))

    def unknown(self, name: str) -> str:
        """What to say about a name that nobody declared."""
        known = sorted({*self.shapes, *self.sizes})
        close = get_close_matches(name, [*known, *CALLABLE], n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        listed = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
        return f"{name} is not one of the declared names ({listed or 'there are none'}){hint}".rstrip("?")

    def call(self, node: Node, name: str, bound: frozenset[str]) -> Node:
        """A call of a word, a relation written as a function, or a special form."""
        if name in RELATION_NAMES:
            relation = Node(RELATION_NAMES[name], node.args, column=node.column)
            self.count(relation, name)
            return self.relation(relation, bound)
        if name in SPECIAL:
            return self.special(Node(SPECIAL[name], node.args, column=node.column), SPECIAL[name], bound)
        if name in BY_NAME:
            return self.word(Node(BY_NAME[name].name, node.args, column=node.column), bound)
        if name in self.shapes:
            raise self.error(node, f"{name} is not a function; write a product as {name}*(…)")
        close = get_close_matches(name, CALLABLE, n=1)
        hint = f"; did you mean {close[0]}" if close else ""
        raise self.error(node, f"there is no function {name}{hint}")

    def word(self, node: Node, bound: frozenset[str]) -> Node:
        """A word of the vocabulary: arity and rule are in its row."""
        row = BY_NAME[node.op]
        self.count(node)
        result = replace(node, args=tuple(self.value(arg, bound) for arg in node.args))
        try:
            shape = row.rule([arg.shape or () for arg in result.args])
        except Misfit as wrong:
            raise self.misfit(result, str(wrong)) from None
        if row.name == "mpow":
            self.integer(result.args[1])
        if row.name == "polygamma" and not _is_order(result.args[0]):
            raise self.error(node, "the order of polygamma is a whole number from 0 to 100")
        return replace(result, shape=None if row.predicate else shape)

    def arithmetic(self, node: Node, bound: frozenset[str]) -> Node:
        """Sums, products, quotients, powers."""
        result = replace(node, args=tuple(self.value(arg, bound) for arg in node.args))
        shapes = [arg.shape or () for arg in result.args]
        if node.op == "div" and result.args[1].op == NUMBER and result.args[1].value == 0:
            raise self.error(node, "this divides by zero")
        if node.op == "pow" and shapes[1]:
            raise self.misfit(result, "the exponent must be a scalar")
        try:
            shape = _RULES.get(node.op, lambda s: s[0])(shapes)
        except Misfit as wrong:
            raise self.misfit(result, str(wrong)) from None
        return replace(result, shape=shape)

    def relation(self, node: Node, bound: frozenset[str]) -> Node:
        """Both sides have one shape; only a number such as 0 may stand for an array of that number."""
        result = replace(node, args=tuple(self.value(arg, bound) for arg in node.args))
        left, right = (arg.shape or () for arg in result.args)
        number = any(arg.op == NUMBER for arg in result.args)
        if left != right and not (number and () in (left, right)):
            sides = f"{shape_text(left)} and {shape_text(right)}"
            raise self.misfit(result, f"the two sides have different shapes, {sides}")
        shape = left or right
        if node.op in ("psd_le", "psd_ge") and shape and (len(shape) != 2 or shape[0] != shape[1]):
            raise self.misfit(result, "both sides must be square matrices")
        return result

    def index(self, node: Node, bound: frozenset[str]) -> Node:
        """x[i] of a vector, A[i, j] of a matrix; counted from 0."""
        array = self.value(node.args[0], bound)
        indices = tuple(self.integer(self.scalar(arg, bound, "an index")) for arg in node.args[1:])
        shape = array.shape or ()
        if len(indices) != len(shape):
            wanted = ("it is a scalar", "a vector takes one index", "a matrix takes two indices")[len(shape)]
            raise self.misfit(replace(node, args=(array, *indices)), wanted)
        for i, size in zip(indices, shape, strict=True):
            if any(part.op == BOUND for part in i.walk()):
                continue
            position = _size(i)
            if (position.is_never_positive and position.terms) or (size - position).is_never_positive:
                raise self.misfit(replace(node, args=(array, *indices)), f"indices run from 0 to {size - 1}")
        return replace(node, args=(array, *indices), shape=())

    def integer(self, node: Node) -> Node:
        """The node, if it is built from integers, sizes and lambda variables by + - *."""
        for part in node.walk():
            whole = part.op != NUMBER or (isinstance(part.value, Fraction) and part.value.denominator == 1)
            if part.op not in (NUMBER, SIZE, BOUND, "add", "mul", "neg") or not whole:
                raise self.error(part if part.column else node, "an integer is needed here, such as 2 or n - 1")
        return node

    def size(self, node: Node, bound: frozenset[str]) -> tuple[Node, Size]:
        """An argument of eye, zeros, ones, K: a size, and the tree that says it."""
        result = self.integer(self.scalar(node, bound, "a size"))
        try:
            size = _size(result)
        except KeyError:
            raise self.error(node, "a size cannot depend on the variable of a lambda") from None
        if size.is_never_positive:
            raise self.error(node, f"a size must be at least 1, but this is {size}")
        if size.known is not None and size.known > MAX_SIZE:
            raise self.error(node, f"a size may be at most {MAX_SIZE:,}")
        return result, size

    def special(self, node: Node, op: str, bound: frozenset[str]) -> Node:
        """eye, zeros, ones, K, block, psum, Piecewise."""
        self.count(node)
        if op == "block":
            return self.block(node, bound)
        if op == "psum":
            return self.psum(node, bound)
        if op == "Piecewise":
            return self.piecewise(node, bound)
        pairs = [self.size(arg, bound) for arg in node.args]
        sizes = tuple(size for _, size in pairs)
        shape = sizes * 2 if op == "eye" else (sizes[0] * sizes[1],) * 2 if op == "K" else sizes
        return replace(node, args=tuple(tree for tree, _ in pairs), shape=shape)

    def block(self, node: Node, bound: frozenset[str]) -> Node:
        """block([A, B], [C, D]): heights agree along a row, widths down a column; scalars are 1×1."""
        rows = []
        for row in node.args:
            if row.op != "row":
                raise self.error(node, "block takes rows, as in block([A, B], [C, D])")
            self.count(row)
            rows.append(replace(row, args=tuple(self.value(cell, bound) for cell in row.args)))
        result = replace(node, args=tuple(rows))
        heights, widths = [], None
        for row in rows:
            cells = [cell.shape or (ONE, ONE) for cell in row.args]
            if any(len(cell) != 2 for cell in cells):
                raise self.misfit(result, "the parts of a block matrix must be matrices or scalars")
            if any(cell[0] != cells[0][0] for cell in cells):
                raise self.misfit(result, "the parts of one row must have one number of rows")
            if widths is not None and widths != [cell[1] for cell in cells]:
                raise self.misfit(result, "the parts of one column must have one number of columns")
            heights.append(cells[0][0])
            widths = [cell[1] for cell in cells]
        return replace(result, shape=(_total(heights), _total(widths or [])))

    def psum(self, node: Node, bound: frozenset[str]) -> Node:
        """psum(lambda k: f(k), low, high): the sum over k = low, …, high."""
        function, low, high = node.args
        if function.op != "lambda":
            raise self.error(node, "psum takes a lambda first, as in psum(lambda k: x[k], 0, n - 1)")
        self.count(function)
        if function.args[0].op not in (SYMBOL, BOUND):
            raise self.error(function, "the variable of a lambda is a name")
        name = str(function.args[0].value)
        if name in self.shapes or name in self.sizes or name in bound:
            raise self.error(function, f"the name {name} is taken; choose another for the variable of the lambda")
        body = self.value(function.args[1], bound | {name})
        variable = Node(BOUND, value=name, shape=(), column=function.args[0].column)
        bounds = [self.integer(self.scalar(arg, bound, "a bound of psum")) for arg in (low, high)]
        terms = _size(bounds[1]) - _size(bounds[0]) + 1 if not bound else Size(())
        if terms.known is not None and terms.known > MAX_TERMS:
            raise self.error(node, f"psum adds at most {MAX_TERMS:,} terms")
        return replace(node, args=(replace(function, args=(variable, body)), *bounds), shape=body.shape)

    def piecewise(self, node: Node, bound: frozenset[str]) -> Node:
        """Piecewise((value, condition), …): the first condition that holds decides."""
        cases = []
        for case in node.args:
            if case.op != "case":
                raise self.error(node, "Piecewise takes pairs, as in Piecewise((x, x > 0), (0, True))")
            self.count(case)
            value, condition = case.args
            cases.append(replace(case, args=(self.value(value, bound), self.condition(condition, bound))))
        result = replace(node, args=tuple(cases))
        try:
            return replace(result, shape=broadcast([case.args[0].shape or () for case in cases]))
        except Misfit as wrong:
            raise self.misfit(result, str(wrong)) from None

    def derivative(self, node: Node, bound: frozenset[str]) -> Node:
        """The operators that claims about derivatives are made of; x is a declared name."""
        args = tuple(self.value(arg, bound) for arg in node.args)
        result = replace(node, args=args)
        if len(args) < 2 or args[1].op != SYMBOL:
            raise self.error(node, f"{node.op} needs the name it differentiates by")
        f, x, directions = args[0].shape or (), args[1].shape or (), args[2:]
        if any((v.shape or ()) != x for v in directions):
            raise self.misfit(result, "a direction must have the shape of the variable")
        if node.op == "jacobian" and (len(f) != 1 or len(x) > 1):
            raise self.misfit(result, "a Jacobian is of a vector by a vector; a scalar has a gradient")
        if node.op in ("gradient_sym", "gradient_diag") and (len(x) != 2 or x[0] != x[1]):
            raise self.misfit(result, f"{node.op} is by a square matrix")
        if node.op in ("jacobian", "dirderiv", "dirderiv2"):
            return replace(result, shape=f + x if node.op == "jacobian" else f)
        if f:
            raise self.misfit(result, "the function must be a scalar")
        if node.op == "hessian":
            size = _total([]) + 1
            for part in x:
                size = size * part
            return replace(result, shape=(size, size) if x else ())
        if node.op == "gradient_diag":
            return replace(result, shape=x[:1])
        return replace(result, shape=x)


def _count(least: int, most: int | None) -> str:
    """How many arguments, in words: "1 argument", "1 to 2 arguments", "at least 2 arguments"."""
    if most is None:
        return f"at least {least} argument{'s' * (least > 1)}"
    return f"{least} argument{'s' * (least > 1)}" if least == most else f"{least} to {most} arguments"


def _is_order(node: Node) -> bool:
    value = node.value
    return isinstance(value, Fraction) and value.denominator == 1 and 0 <= value <= 100


def _total(sizes: list[Size]) -> Size:
    return sum(sizes, Size(()))


def _size(node: Node) -> Size:
    if node.op == NUMBER:
        return Size.of(int(Fraction(node.value or 0)))
    if node.op == SIZE:
        return Size.of(str(node.value))
    if node.op == "neg":
        return _size(node.args[0]) * -1
    if node.op == BOUND:
        raise KeyError(node.value)
    parts = [_size(arg) for arg in node.args]
    if node.op == "add":
        return _total(parts)
    result = Size.of(1)
    for part in parts:
        result = result * part
    return result
