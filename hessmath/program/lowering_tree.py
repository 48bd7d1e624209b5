"""The typed tree of hessmath/language to tapes: scalar formulas as they were read from text.

The same rules as in lowering from SymPy, in the order of the text and without making a SymPy object.  Nothing recurses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from hessmath.errors import FormulaError
from hessmath.language.tree import NUMBER, SYMBOL, Node
from hessmath.program.better_forms import STANDARD
from hessmath.program.passes import Pass, run_passes
from hessmath.program.tape import NamedConstant, Tape, TapeBuilder
from hessmath.program.writing import (
    write_all,
    write_any,
    write_cases,
    write_extreme,
    write_not,
    write_polygamma,
    write_power,
    write_product,
    write_relation,
)

Writer = Callable[[TapeBuilder, list[int]], int]


def lower_tree(node: Node, names: Sequence[str], passes: Sequence[Pass] = STANDARD) -> Tape:
    """The tape of a scalar formula.

    Parameters
    ----------
    node : a scalar formula whose variables are scalars
    names : the inputs, in order
    passes : what is done to the tape as written

    Raises
    ------
    FormulaError
        If a name is not among ``names``, or something is not a scalar operation; with the column.

    Examples
    --------
    >>> from fractions import Fraction
    >>> square = Node("pow", (Node("var", (), "x"), Node("num", (), Fraction(2))))
    >>> print(lower_tree(square, ["x"]))
    0  x
    1  mul 0 0
    → 1
    """
    builder = TapeBuilder(names)
    inputs = {name: i for i, name in enumerate(builder.names)}
    slots: dict[int, int] = {}  # by identity: comparing deep trees would recurse
    stack = [node]
    while stack:
        top = stack[-1]
        if id(top) in slots:
            stack.pop()
            continue
        children = _children(top)
        missing = [child for child in children if id(child) not in slots]
        if missing:
            stack.extend(reversed(missing))
            continue
        slots[id(top)] = _write(builder, inputs, top, [slots[id(child)] for child in children])
    return run_passes(builder.build([slots[id(node)]]), passes)


def _children(node: Node) -> Sequence[Node]:
    """The nodes that are written before this one."""
    if node.op == "pow" and node.args[1].op == NUMBER:
        return node.args[:1]
    if node.op == "polygamma":
        return node.args[1:]
    if node.op == "Piecewise":
        return [case.args[0] for case in node.args] + [case.args[1] for case in node.args]
    return node.args


def _write(builder: TapeBuilder, inputs: dict[str, int], node: Node, slots: list[int]) -> int:
    if node.op == NUMBER and isinstance(node.value, Fraction):
        return builder.constant(node.value)
    if node.op == SYMBOL:
        if node.value not in inputs:
            known = f"the variables are {', '.join(inputs)}" if inputs else "there are no variables"
            raise FormulaError(f"The formula contains {node.value}, but {known}.", column=node.column or None)
        return inputs[str(node.value)]
    if node.op == "add":
        return _write_add(builder, node, slots)
    if node.op == "pow":
        exponent = node.args[1].value
        if isinstance(exponent, Fraction):
            return write_power(builder, slots[0], exponent)
        return builder.emit("pow", *slots)
    if node.op == "polygamma":
        return write_polygamma(builder, _order(node), slots[0])
    writer = _WRITERS.get(node.op)
    if writer is None:
        raise FormulaError(
            f"A program computes scalar formulas, and {node.op} is not an operation between scalars.",
            column=node.column or None,
        )
    return writer(builder, slots)


def _write_add(builder: TapeBuilder, node: Node, slots: list[int]) -> int:
    """a + (−b) is written a − b, from left to right."""
    total: int | None = None
    for term, slot in zip(node.args, slots, strict=True):
        if total is None:
            total = slot
        elif term.op == "neg":
            (negated,) = builder.row(slot)[1]
            total = builder.emit("sub", total, negated)
        else:
            total = builder.emit("add", total, slot)
    return builder.constant(0) if total is None else total


def _order(node: Node) -> int:
    order = node.args[0].value
    if isinstance(order, Fraction) and order.denominator == 1 and 0 <= order <= 100:
        return int(order)
    raise FormulaError("polygamma needs an order that is an integer from 0 to 100.", column=node.column or None)


def _emitting(name: str) -> Writer:
    return lambda builder, slots: builder.emit(name, *slots)


def _relating(name: str) -> Writer:
    return lambda builder, slots: write_relation(builder, name, *slots)


def _named(constant: NamedConstant) -> Writer:
    return lambda builder, _: builder.constant(constant)


def _write_cases(builder: TapeBuilder, slots: list[int]) -> int:
    k = len(slots) // 2
    return write_cases(builder, slots[:k], slots[k:])


def _write_extreme(name: str) -> Writer:
    return lambda builder, slots: write_extreme(builder, name, slots)


_SAME_NAME = (
    *("neg", "div", "exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "asin", "acos", "atan"),
    *("atan2", "erf", "sign", "sigmoid", "softplus", "loggamma", "digamma"),
)

_WRITERS: dict[str, Writer] = {
    **{name: _emitting(name) for name in _SAME_NAME},
    **{name: _relating(name) for name in ("lt", "le", "gt", "ge", "eq", "ne")},
    "mul": write_product,
    "had": write_product,
    "Abs": _emitting("abs"),
    "Heaviside": _emitting("heaviside"),
    "Min": _write_extreme("min"),
    "Max": _write_extreme("max"),
    "pi": _named(NamedConstant.PI),
    "E": _named(NamedConstant.E),
    "true": lambda builder, _: builder.constant(1),
    "false": lambda builder, _: builder.constant(0),
    "and": write_all,
    "or": write_any,
    "not": lambda builder, slots: write_not(builder, slots[0]),
    "Piecewise": _write_cases,
}
