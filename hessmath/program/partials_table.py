"""The partial derivatives that SymPy derives for the op table, kept as text: deriving them takes longer than compiling.

Per operand: 0, or a sign and numerator / denominator in postfix notation; x, y, z are the operands, v is the value.
A row that is not here is derived when it is first needed; the tests derive all of them and compare.
"""

from __future__ import annotations

from fractions import Fraction

from hessmath.program.primitives import OPCODE, PRIMITIVES
from hessmath.program.tape import NamedConstant, Tape, TapeBuilder

DERIVED: dict[str, str] = {
    "add": "+ 1 ; + 1",
    "sub": "+ 1 ; - 1",
    "mul": "+ y ; + x",
    "div": "+ 1 / y ; - v / y",
    "neg": "- 1",
    "sqrt": "+ 1 / x sqrt 2 mul",
    "pow": "+ y x y 1 sub pow mul ; + x y pow x log mul",
    "exp": "+ x exp",
    "log": "+ 1 / x",
    "expm1": "+ x exp",
    "log1p": "+ 1 / x 1 add",
    "sin": "+ x cos",
    "cos": "- x sin",
    "tan": "+ 1 x tan x tan mul add",
    "asin": "+ 1 / 1 x x mul sub sqrt",
    "acos": "- 1 / 1 x x mul sub sqrt",
    "atan": "+ 1 / 1 x x mul add",
    "atan2": "+ y / x x mul y y mul add ; - x / x x mul y y mul add",
    "sinh": "+ x cosh",
    "cosh": "+ x sinh",
    "tanh": "+ 1 x tanh x tanh mul sub",
    "asinh": "+ 1 / 1 x x mul add sqrt",
    "acosh": "+ 1 / x 1 add sqrt x 1 sub sqrt mul",
    "atanh": "+ 1 / 1 x x mul sub",
    "erf": "+ x x mul neg exp 2 mul / pi sqrt",
    "abs": "+ x sign",
    "sign": "0",
    "heaviside": "0",
    "min": "+ y x sub heaviside ; + x y sub heaviside",
    "max": "+ x y sub heaviside ; + y x sub heaviside",
    "loggamma": "+ x digamma",
    "digamma": "+ 2 x zeta",
    "select": "0 ; + x 0 eq 0 1 select ; + x 0 eq 1 0 select",
    "lt": "0 ; 0",
    "le": "0 ; 0",
    "eq": "0 ; 0",
    "sigmoid": "+ x neg sigmoid x sigmoid mul",
    "softplus": "+ x sigmoid",
}


def split(name: str) -> list[tuple[int, Tape | None, Tape | None] | None] | None:
    """Per operand (sign, numerator, denominator), where None stands for 1, or None for 0; None for a row not here."""
    text = DERIVED.get(name)
    if text is None:
        return None
    names = [*"xyz"[: PRIMITIVES[OPCODE[name]].arity], "v"]
    parts: list[tuple[int, Tape | None, Tape | None] | None] = []
    for part in text.split(" ; "):
        if part == "0":
            parts.append(None)
            continue
        above, _, below = part[2:].partition(" / ")
        parts.append((1 if part[0] == "+" else -1, _tape(above, names), _tape(below or "1", names)))
    return parts


def _tape(text: str, names: list[str]) -> Tape | None:
    """The program of a formula in postfix notation; None for 1."""
    if text == "1":
        return None
    builder = TapeBuilder(names)
    stack: list[int] = []
    for word in text.split():
        if word in names:
            stack.append(names.index(word))
        elif word in OPCODE:
            first = len(stack) - PRIMITIVES[OPCODE[word]].arity
            operands, stack = stack[first:], stack[:first]
            stack.append(builder.emit(word, *operands))
        else:
            stack.append(builder.constant(NamedConstant.PI if word == "pi" else Fraction(word)))
    return builder.build(stack)
