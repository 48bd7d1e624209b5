"""Terms: patterns of operations as nested tuples, such as ("log", ("add", 1, "u")); written, printed and matched."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from hessmath.program.passes import simplest
from hessmath.program.primitives import OPCODE, PRIMITIVES
from hessmath.program.tape import TapeBuilder

Term = str | int | Fraction | tuple["str | Term", ...]
"""A variable by its name, a number, or a primitive's name followed by terms."""


def write_term(builder: TapeBuilder, term: Term, bound: Mapping[str, int]) -> int:
    """The slot of a term, its variables taken from these slots."""
    if isinstance(term, str):
        return bound[term]
    if not isinstance(term, tuple):
        return builder.constant(Fraction(term))
    name, *rest = term
    return simplest(builder, str(name), *(write_term(builder, part, bound) for part in rest))


def text(term: Term, inside: int = 0) -> str:
    """A term as a formula; ``inside`` is how tightly the surrounding operation binds."""
    if isinstance(term, str):
        return term
    if not isinstance(term, tuple):
        shown = str(term).replace("-", "−")
        return f"({shown})" if "/" in shown and inside > 1 else shown
    name, *rest = term
    if name in _INFIX:
        sign, strength = _INFIX[str(name)]
        parts = [text(part, strength + (i and name in ("sub", "div"))) for i, part in enumerate(rest)]
        shown = sign.join(parts).replace("+ −", "− ")
    elif name == "neg":
        shown, strength = f"−{text(rest[0], 2)}", 1
    elif name == "abs":
        return f"|{text(rest[0])}|"
    else:
        return f"{name}({', '.join(text(part) for part in rest)})"
    return f"({shown})" if strength < inside or (name == "neg" and inside) else shown


_INFIX = {"add": (" + ", 1), "sub": (" − ", 1), "mul": ("·", 3), "div": ("/", 3)}


def names_in(term: Term) -> set[str]:
    """The primitives that a term consists of."""
    if not isinstance(term, tuple):
        return set()
    return {str(term[0])}.union(*(names_in(part) for part in term[1:]))


def may_be(term: Term, head: str) -> bool:
    """Whether a term can match a slot of this primitive."""
    if isinstance(term, str):
        return True
    return head == (term[0] if isinstance(term, tuple) else "constant") or (
        isinstance(term, tuple) and term[0] == "neg"
    )


Bound = Mapping[str, int]


def _match(builder: TapeBuilder, term: Term, slot: int, bound: Bound) -> Bound | None:
    """The variables' slots under which the term is what the slot holds, or None."""
    if isinstance(term, str):
        return {**bound, term: slot} if bound.get(term, slot) == slot else None
    if not isinstance(term, tuple):
        return bound if builder.constant_at(slot) == term else None
    if term[0] == "neg" and term[1] in bound:
        return bound if multiple(builder, slot, bound[str(term[1])]) == -1 else None
    return match_call(builder, term, *builder.row(slot), bound)


def match_call(
    builder: TapeBuilder, term: tuple[str | Term, ...], name: str, operands: tuple[int, ...], bound: Bound
) -> Bound | None:
    """The variables' slots under which the term is an operation on these slots, or None."""
    if name != term[0]:
        return None
    orders = [operands]
    if len(operands) == 2 and PRIMITIVES[OPCODE[name]].commutative:
        orders.append(operands[::-1])
    for order in orders:
        found: Bound | None = bound
        for part, slot in zip(term[1:], order, strict=True):
            found = None if found is None else _match(builder, part, slot, found)
        if found is not None:
            return found
    return None


def multiple(builder: TapeBuilder, slot: int, of: int) -> Fraction | None:
    """c when slot = c·of with a rational c, both read as multiples of one slot."""
    (c, y), (d, z) = _scaled(builder, slot), _scaled(builder, of)
    if y == z:
        return c / d
    left, right = builder.row(y), builder.row(z)
    return -c / d if left[0] == right[0] == "sub" and left[1] == right[1][::-1] else None  # a − b and b − a


def _scaled(builder: TapeBuilder, slot: int) -> tuple[Fraction, int]:
    """(c, y) with slot = c·y, c rational and not 0."""
    name, operands = builder.row(slot)
    if name == "neg":
        c, y = _scaled(builder, operands[0])
        return -c, y
    if name == "mul":
        for c_slot, y in (operands, operands[::-1]):
            constant = builder.constant_at(c_slot)
            if isinstance(constant, Fraction) and constant:
                return constant, y
    return Fraction(1), slot
