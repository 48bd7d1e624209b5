"""Small edits of a formula: the slips that people make, one row a slip.

``EDITS`` is the table.  Each row changes one place of a tree and says in words what it did; what it yields
need not be true, nor even well shaped: that is for whoever asks (``repairs.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from hessmath.language import Node, to_text
from hessmath.language.tree import LEAVES, NUMBER, SYMBOL

Local = Callable[[Node], Iterator[tuple[Node, str]]]

MAX_EXPANDED = 48
"""Sums with more terms than this are not multiplied out."""


@dataclass(frozen=True)
class Edit:
    """A row: its name, and what it makes of one node (with words).

    ``terms`` rows look at summands only; ``bounds`` rows also at the bounds of psum and at sizes.
    """

    name: str
    local: Local
    terms: bool = False
    bounds: bool = False

    def edited(self, tree: Node) -> Iterator[tuple[Node, str]]:
        """The tree with the edit made at one place, for every place."""
        if self.terms:
            yield from _in_sums(tree, self.local)
        else:
            yield from _everywhere(tree, self.local, self.bounds)


# ------------------------------------------------------------------------------------------- building
def number(value: Fraction | int) -> Node:
    """An exact number."""
    return Node(NUMBER, value=Fraction(value), shape=())


def total(parts: list[Node]) -> Node:
    """The sum, flat; the number 0 for no parts."""
    flat = [inner for part in parts for inner in (part.args if part.op == "add" else (part,))]
    return number(0) if not flat else flat[0] if len(flat) == 1 else Node("add", tuple(flat))


def negated(node: Node) -> Node:
    """Minus the node, without double signs."""
    if node.op == "neg":
        return node.args[0]
    if node.op == NUMBER:
        return number(-_value(node))
    if node.op == "add":
        return Node("add", tuple(map(negated, node.args)))
    return Node("neg", (node,))


def scaled(node: Node, factor: Fraction) -> Node:
    """The node times a number; a number that stands first in a product is multiplied."""
    if node.op == "neg":
        return negated(scaled(node.args[0], factor))
    if node.op == NUMBER:
        return number(_value(node) * factor)
    factors = node.args if node.op == "mul" else (node,)
    if factors[0].op == NUMBER:
        factor, factors = factor * _value(factors[0]), factors[1:]
    parts = factors if factor == 1 and factors else (number(factor), *factors)
    return parts[0] if len(parts) == 1 else Node("mul", tuple(parts))


def transposed(node: Node) -> Node:
    """The transpose, without doubling it."""
    return node.args[0] if node.op == "T" else Node("T", (node,))


def tidy(tree: Node) -> Node:
    """The tree without transposes of transposes, and with the numbers of a sum of numbers added up."""
    if tree.op in LEAVES:
        return tree
    if tree.op == "T" and tree.args[0].op == "T":
        return tidy(tree.args[0].args[0])
    args = tuple(map(tidy, tree.args))
    if tree.op == "add":
        flat = total(list(args)).args or (total(list(args)),)
        numbers = [part for part in flat if part.op == NUMBER or (part.op == "neg" and part.args[0].op == NUMBER)]
        if len(numbers) > 1 or number(0) in flat:
            c = sum((_value(part) if part.op == NUMBER else -_value(part.args[0]) for part in numbers), Fraction(0))
            return total([*(part for part in flat if part not in numbers), *([number(c)] if c else [])])
        return total(list(args))
    return Node(tree.op, args, tree.value, tree.shape)


def _value(node: Node) -> Fraction:
    return Fraction(node.value if node.value is not None else 0)


_SIZED = {"psum": 1, "eye": 0, "zeros": 0, "ones": 0, "K": 0}
"""From which argument on the arguments are sizes."""


def _everywhere(tree: Node, local: Local, bounds: bool = False) -> Iterator[tuple[Node, str]]:
    yield from local(tree)
    if tree.op in LEAVES:
        return
    for i, arg in enumerate(tree.args):
        if not bounds and i >= _SIZED.get(tree.op, len(tree.args)):
            break
        for new, words in _everywhere(arg, local, bounds):
            yield Node(tree.op, (*tree.args[:i], new, *tree.args[i + 1 :]), tree.value), words


def _in_sums(tree: Node, local: Local) -> Iterator[tuple[Node, str]]:
    """One summand changed, in the sum itself and in the sums inside it."""

    def at(node: Node) -> Iterator[tuple[Node, str]]:
        if node.op == "add":
            for i, term in enumerate(node.args):
                for new, words in local(term):
                    yield total([*node.args[:i], new, *node.args[i + 1 :]]), words

    if tree.op != "add":
        yield from local(tree)
    yield from _everywhere(tree, at)


# ---------------------------------------------------------------------------------------------- rows
def _sign(term: Node) -> Iterator[tuple[Node, str]]:
    yield negated(term), f"the sign of {to_text(_bare(term))}"


def _bare(term: Node) -> Node:
    return term.args[0] if term.op == "neg" else term


def _factor(term: Node) -> Iterator[tuple[Node, str]]:
    for factor, words in ((Fraction(2), "a factor 2 in"), (Fraction(1, 2), "a factor 1/2 in")):
        yield scaled(term, factor), f"{words} {to_text(_bare(term))}"


def _transpose(node: Node) -> Iterator[tuple[Node, str]]:
    if node.op == "T" or (node.shape is not None and len(node.shape) == 2 and node.op not in ("eye", "neg", "mul")):
        yield transposed(node), f"the transpose of {to_text(node.args[0] if node.op == 'T' else node)}"


def _order(node: Node) -> Iterator[tuple[Node, str]]:
    if node.op in ("outer", "kron", "div"):
        yield Node(node.op, node.args[::-1]), f"the order in {to_text(node)}"
    if node.op != "matmul":
        return
    for i in range(len(node.args) - 1):
        swapped = (*node.args[:i], node.args[i + 1], node.args[i], *node.args[i + 2 :])
        yield Node("matmul", swapped), f"the order in {to_text(node)}"
    if len(node.args) > 2:
        yield Node("matmul", node.args[::-1]), f"the order in {to_text(node)}"


def _offset(node: Node) -> Iterator[tuple[Node, str]]:
    if node.op == NUMBER and _value(node).denominator == 1:
        for step in (1, -1):
            yield number(_value(node) + step), f"{_value(node)} where {_value(node) + step} belongs"
    if node.op == "size":
        for step in (1, -1):
            size = Node("add", (node, number(step)))
            yield size, f"{node.value} where {to_text(size)} belongs"
    if node.op in ("pow", "mpow") and node.args[1].op == NUMBER:
        power = number(-_value(node.args[1]))
        yield Node(node.op, (node.args[0], power)), f"the sign of the exponent in {to_text(node)}"


def _surplus(node: Node) -> Iterator[tuple[Node, str]]:
    if node.op in ("add", "mul", "matmul") and len(node.args) > 1:
        kind = "term" if node.op == "add" else "factor"
        for i, part in enumerate(node.args):
            rest = (*node.args[:i], *node.args[i + 1 :])
            yield rest[0] if len(rest) == 1 else Node(node.op, rest), f"the {kind} {to_text(_bare(part))} too many"


def _similar(term: Node) -> Iterator[tuple[Node, str]]:
    """A second term that is the first with a transpose or an order changed."""
    for edit in (_transpose, _order):
        for other, _ in _everywhere(term, edit):
            yield total([term, other]), f"the missing term {to_text(other)}"
    if term.shape:
        yield total([term, transposed(term)]), f"the missing term {to_text(transposed(term))}"


def _inverse(node: Node) -> Iterator[tuple[Node, str]]:
    if node.op == "inv":
        yield node.args[0], f"the inverse of {to_text(node.args[0])}"
    elif node.shape is not None and len(node.shape) == 2 and node.op == SYMBOL:
        yield Node("inv", (node,)), f"the inverse of {to_text(node)}"


_RELATIONS = {
    "eq": ("le", "ge", "ne"), "ne": ("eq",), "lt": ("le", "gt", "ge"), "le": ("ge", "lt"), "gt": ("ge", "lt", "le"),
    "ge": ("le", "gt"), "psd_le": ("psd_ge",), "psd_ge": ("psd_le",),
}  # fmt: skip
_PROPERTIES = {
    "posdef": ("psd", "negdef", "nsd", "indefinite"), "psd": ("nsd", "indefinite", "posdef"),
    "negdef": ("nsd", "posdef", "psd", "indefinite"), "nsd": ("psd", "indefinite", "negdef"),
    "indefinite": ("posdef", "psd", "negdef", "nsd"), "symmetric": ("skew",), "skew": ("symmetric",),
    "positive": ("nonneg",), "idempotent": ("involutory",), "involutory": ("idempotent", "orthogonal"),
    "orthogonal": ("invertible",), "invertible": ("fullcol", "fullrow"), "fullcol": ("fullrow",),
    "fullrow": ("fullcol",),
}  # fmt: skip


def other_relations(statement: Node) -> Iterator[tuple[Node, str]]:
    """The statement with another relation or property in the place of its own."""
    for op in (*_RELATIONS.get(statement.op, ()), *_PROPERTIES.get(statement.op, ())):
        yield Node(op, statement.args), "the relation" if statement.op in _RELATIONS else "the property"


EDITS = (
    Edit("sign", _sign, terms=True),
    Edit("factor", _factor, terms=True),
    Edit("transpose", _transpose),
    Edit("order", _order),
    Edit("index", _offset, bounds=True),
    Edit("missing term", _similar, terms=True),
    Edit("surplus", _surplus),
    Edit("inverse", _inverse),
)
"""Every edit of an expression, the likeliest slips first."""


# --------------------------------------------------------------------------------------- multiplying out
Expanded = dict[Node, Fraction]


def missing_terms(left: Node, right: Node) -> Node | None:
    """What the right side lacks of the left one multiplied out: at most three terms, none of which it has already.

    Examples
    --------
    >>> from hessmath.language import parse
    >>> a, b = (parse(t, {"x": [], "y": []}) for t in ("(x + y)**2", "x**2 + y**2"))
    >>> to_text(missing_terms(a, b))
    '2*x*y'
    """
    first, second = expanded(left), expanded(right)
    if first is None or second is None:
        return None
    rest = {node: c - second.get(node, Fraction(0)) for node, c in first.items() if c != second.get(node)}
    if not 0 < len(rest) <= min(3, len(first) - 1) or rest.keys() & second.keys() or second.keys() - first.keys():
        return None
    return total([scaled(node, c) if c > 0 else negated(scaled(node, -c)) for node, c in rest.items()])


def expanded(node: Node) -> Expanded | None:
    """The node as a sum of products with numbers in front; None when there are too many."""
    match node.op:
        case "num":
            return {number(1): _value(node)}
        case "add":
            return _added([expanded(arg) for arg in node.args])
        case "neg":
            return _times(number(-1), expanded(node.args[0]))
        case "T":
            inner = expanded(node.args[0])
            return None if inner is None else {_turned(part): c for part, c in inner.items()}
        case "div" if node.args[1].op == NUMBER and node.args[1].value:
            return _times(number(1 / _value(node.args[1])), expanded(node.args[0]))
        case "pow" if node.args[1].op == NUMBER and node.args[1].value in (2, 3):
            return _product("mul", [node.args[0]] * int(_value(node.args[1])))
        case "mul" | "matmul":
            return _product(node.op, list(node.args))
    return {node: Fraction(1)}


def _turned(node: Node) -> Node:
    shape = node.shape and node.shape[::-1]
    if node.op == "matmul" and all(arg.shape is not None and len(arg.shape) == 2 for arg in node.args):
        return Node("matmul", tuple(transposed(arg) for arg in reversed(node.args)), shape=shape)
    return Node("T", (node,), shape=shape) if node.op != "T" else node.args[0]


def _added(parts: list[Expanded | None]) -> Expanded | None:
    result: Expanded = {}
    for part in parts:
        if part is None:
            return None
        for node, c in part.items():
            result[node] = result.get(node, Fraction(0)) + c
    return {node: c for node, c in result.items() if c} if len(result) <= MAX_EXPANDED else None


def _times(factor: Node, part: Expanded | None) -> Expanded | None:
    return None if part is None else {node: c * _value(factor) for node, c in part.items()}


def _product(op: str, args: list[Node]) -> Expanded | None:
    result: Expanded | None = expanded(args[0])
    for arg in args[1:]:
        other = expanded(arg)
        if result is None or other is None or len(result) * len(other) > MAX_EXPANDED:
            return None
        result = _added([{_joined(op, a, b): c * d} for a, c in result.items() for b, d in other.items()])
    return result


def _joined(op: str, a: Node, b: Node) -> Node:
    one = number(1)
    if op == "mul":
        if one in (a, b):
            return b if a == one else a
        parts = sorted(
            [*(a.args if a.op == "mul" else (a,)), *(b.args if b.op == "mul" else (b,))],
            key=lambda node: (len(node.shape or ()), to_text(node)),
        )
        shape = max((part.shape or () for part in parts), key=len)
        return _powers(parts, shape)
    parts = [*(a.args if a.op == "matmul" else (a,)), *(b.args if b.op == "matmul" else (b,))]
    shape = (*(a.shape or ())[:-1], *(b.shape or ())[1:])
    return Node("matmul", tuple(parts), shape=shape)


def _powers(parts: list[Node], shape: tuple[object, ...]) -> Node:
    """x*x as x**2."""
    counted: dict[Node, int] = {}
    for part in parts:
        base, k = (part.args[0], int(_value(part.args[1]))) if _is_power(part) else (part, 1)
        counted[base] = counted.get(base, 0) + k
    factors = [base if k == 1 else Node("pow", (base, number(k)), shape=base.shape) for base, k in counted.items()]
    return factors[0] if len(factors) == 1 else Node("mul", tuple(factors), shape=shape)  # type: ignore[arg-type]


def _is_power(node: Node) -> bool:
    return node.op == "pow" and node.args[1].op == NUMBER and _value(node.args[1]).denominator == 1
