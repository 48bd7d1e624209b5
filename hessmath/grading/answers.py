"""What a student wrote, as exact values.

An answer is text, or nested lists and dicts of texts.  Text goes through the language of answers and never reaches
SymPy before its bounds were checked.  What was understood is echoed as LaTeX, as it was written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.language import Node
from hessmath.language.answer_echo import to_latex
from hessmath.language.answer_reading import parse_answer
from hessmath.symbolic.from_answer import answer_to_sympy

MAX_CELLS = 2500
MAX_NESTING = 6

UNITS = ("i", "j", "k")
"""Names of the unit vectors, where a vector is asked for and they are not variables."""

WITH_UNITS = frozenset({"vector", "gradient", "curl"})


@dataclass(frozen=True)
class Scalar:
    """One number or expression; ``tree`` is how it was written (for forms and for the digits of decimals)."""

    value: sympy.Expr
    tree: Node


@dataclass(frozen=True)
class Items:
    """Several values: a list, tuple, set, vector or matrix before anybody asked what it is.

    ``bracket`` is "[", "(", "{", "<" or "" (separated by commas only); ":" for a value with a word, such as a point
    and its kind; "or", "and", "union", "intersection", "setminus" for what these join; "±" for two signs.
    """

    items: tuple[Any, ...]
    bracket: str = "["


@dataclass(frozen=True)
class Relation:
    """left op right, with op one of == != < <= > >=."""

    op: str
    left: Scalar
    right: Scalar


@dataclass(frozen=True)
class Interval:
    """From low to high, with or without its ends."""

    low: Scalar
    high: Scalar
    has_low: bool
    has_high: bool


@dataclass(frozen=True)
class Word:
    """A word such as "saddle", "positive definite", "yes", in lower case."""

    text: str


@dataclass(frozen=True)
class Parts:
    """Named parts, such as {"P": …, "D": …}."""

    parts: Mapping[str, Any]


Value = Scalar | Items | Relation | Interval | Word | Parts


@dataclass(frozen=True)
class Manner:
    """How answers are read: whether i is the imaginary unit, whether 0,5 is a half, names besides the variables."""

    imaginary: bool = False
    decimal_comma: bool = False
    constants: tuple[str, ...] = ()

    @staticmethod
    def of(options: Mapping[str, Any], kind: str = "") -> Manner:
        """The manner that an exercise's options and kind ask for: vectors may be written with i, j and k."""
        constants: tuple[str, ...] = ("C",) if options.get("up_to") == "constant" else ()
        constants = UNITS if kind in WITH_UNITS and options.get("domain") != "complex" else constants
        comma = bool(options.get("decimal_comma", False))
        return Manner(options.get("domain") == "complex", comma, constants)


@dataclass(frozen=True)
class Reading:
    """An answer as it was understood."""

    value: Value
    latex: str


def read(answer: Any, symbols: Mapping[str, sympy.Symbol], manner: Manner | None = None) -> Reading:
    """The value of an answer; names other than those of ``symbols`` are refused.

    Raises
    ------
    InputError
        With one sentence for the student, if the answer cannot be read.

    Examples
    --------
    >>> x = sympy.Symbol("x", real=True)
    >>> reading = read("f'(x) = 2x cos x^2", {"x": x})
    >>> reading.value.value, reading.latex
    (2*x*cos(x**2), '2 x \\\\cos\\\\left(x^{2}\\\\right)')
    """
    manner = manner or Manner()
    table = {**{name: sympy.Symbol(name, real=True) for name in manner.constants}, **symbols}
    reader = _Reader(table, manner)
    value, latex = reader.read(answer, 1)
    return Reading(_in_order(value, symbols), latex)


@dataclass
class _Reader:
    """Reads the texts of one answer; counts its cells."""

    symbols: Mapping[str, sympy.Symbol]
    manner: Manner
    cells: int = 0

    def read(self, answer: Any, level: int) -> tuple[Value, str]:
        if level > MAX_NESTING:
            raise InputError(f"Lists in an answer may be nested at most {MAX_NESTING} deep.")
        self.cells += 1
        if self.cells > MAX_CELLS:
            raise InputError(f"An answer may have at most {MAX_CELLS:,} entries.")
        if isinstance(answer, str):
            return self._text(answer)
        if isinstance(answer, bool) or answer is None:
            raise InputError(f"An answer is text, or lists of texts, but this is {answer!r}.")
        if isinstance(answer, int | float):
            if isinstance(answer, int) and abs(answer) >= 10**1000:
                raise InputError("A number may have at most 1,000 digits.")
            return self._text(repr(answer).replace(",", "."))
        if isinstance(answer, Mapping):
            pairs = {str(name): self.read(part, level + 1) for name, part in answer.items()}
            latex = r",\; ".join(rf"{_plain(name)} = {text}" for name, (_, text) in pairs.items())
            return Parts({name: value for name, (value, _) in pairs.items()}), latex
        if isinstance(answer, Sequence) and not isinstance(answer, bytes):
            read = [self.read(part, level + 1) for part in answer]
            latex = r"\left[" + ", ".join(text for _, text in read) + r"\right]"
            return Items(tuple(value for value, _ in read)), latex
        raise InputError(f"An answer is text, or lists of texts, but this is {type(answer).__name__}.")

    def _text(self, text: str) -> tuple[Value, str]:
        written = parse_answer(
            text, tuple(self.symbols), imaginary=self.manner.imaginary, decimal_comma=self.manner.decimal_comma
        )
        return self.value(written.tree), to_latex(written.tree)

    # ---- trees --------------------------------------------------------------------------------------------

    def value(self, node: Node) -> Value:
        op = node.op
        if op in _BRACKETS:
            if op == "list" and len(node.args) == 1 and node.args[0].op == "matrix":
                return self.value(node.args[0])
            return Items(tuple(self.value(arg) for arg in node.args), _BRACKETS[op])
        if op == "matrix":
            return Items(tuple(Items(tuple(self.value(cell) for cell in row.args)) for row in node.args))
        if op == "word":
            return Word(str(node.value))
        if op == "in":
            return self.value(node.args[1])
        if op == "group":
            return self.value(node.args[0])
        if op == "interval":
            low, high = (self.scalar(arg) for arg in node.args)
            brackets = str(node.value)
            return Interval(low, high, has_low=brackets[0] == "[", has_high=brackets[1] == "]")
        if (op in _ARRAY_OPERATIONS or op == "pow") and any(_is_array(arg) for arg in node.args):
            return self.array(node)
        if any(part.op in ("pm", "mp") for part in node.walk()):
            return self.both_signs(node)
        if op in _RELATIONS:
            return Relation(_RELATIONS[op], *(self.scalar(arg) for arg in node.args))
        return self.scalar(node)

    def scalar(self, node: Node) -> Scalar:
        while node.op == "group":
            node = node.args[0]
        return Scalar(answer_to_sympy(node, self.symbols, real=not self.manner.imaginary), node)

    def both_signs(self, node: Node) -> Items:
        """a ± b stands for a + b and a − b."""
        values = [self.value(_with_sign(node, sign)) for sign in (1, -1)]
        return Items(tuple(values), "or" if node.op in _RELATIONS else "±")

    # ---- sums and products of vectors and matrices --------------------------------------------------------

    def array(self, node: Node) -> Items:
        """The entries of a sum, multiple, product or transpose of vectors and matrices."""
        value = self._array(node)
        if isinstance(value, sympy.MatrixBase):
            return _items(value, node)
        return Items((Scalar(value, node),), "")

    def _array(self, node: Node) -> Any:
        if not _is_array(node):
            return self.scalar(node).value
        if node.op in ("list", "tuple", "vector", "matrix"):
            value = self.value(node)
            return vector(value) if node.op != "matrix" else matrix(value)
        if node.op == "group":
            return self._array(node.args[0])
        if node.op == "pow":
            return self._array_power(node)
        parts = [self._array(arg) for arg in node.args]
        if node.op == "neg":
            return -parts[0]
        if node.op == "T":
            return parts[0].T
        if node.op == "div" and not isinstance(parts[1], sympy.MatrixBase):
            if parts[1] == 0:
                raise InputError("This divides by zero.")
            return parts[0] / parts[1]
        if node.op == "add" and all(
            isinstance(part, sympy.MatrixBase) and part.shape == parts[0].shape for part in parts
        ):
            return sum(parts[1:], start=parts[0])
        if node.op == "mul":
            total = parts[0]
            for part in parts[1:]:
                both = isinstance(total, sympy.MatrixBase) and isinstance(part, sympy.MatrixBase)
                if both and total.cols != part.rows:
                    raise InputError("The sizes of the matrices of this product do not fit.")
                if both and max(*total.shape, *part.shape) > 12:
                    raise InputError("Write the product of large matrices as one matrix.")
                total = total * part
            return total
        raise InputError("The sizes of vectors and matrices here do not fit.")

    def _array_power(self, node: Node) -> Any:
        base, exponent = self._array(node.args[0]), self.scalar(node.args[1]).value
        if base.rows == base.cols <= 6 and exponent == -1:
            if base.det() == 0:
                raise InputError("This matrix has no inverse.")
            return base.inv()
        if base.rows == base.cols <= 6 and exponent.is_Integer and 0 < exponent <= 6:
            return base**exponent
        raise InputError("Write a power of a matrix as one matrix.")


_BRACKETS = {"list": "[", "tuple": "(", "set": "{", "vector": "<", "commas": "", "pair": ":", "or": "or", "and": "and",
             "union": "union", "intersection": "intersection", "setminus": "setminus"}  # fmt: skip

_RELATIONS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}

_ARRAY_OPERATIONS = frozenset({"add", "neg", "mul", "div", "T"})


def _is_array(node: Node) -> bool:
    if node.op in ("list", "tuple", "vector", "matrix"):
        return True
    return (node.op in _ARRAY_OPERATIONS or node.op in ("pow", "group")) and any(_is_array(arg) for arg in node.args)


def _with_sign(node: Node, sign: int) -> Node:
    if node.op in ("pm", "mp"):
        here = sign if node.op == "pm" else -sign
        parts = [_with_sign(arg, sign) for arg in node.args]
        parts[-1] = parts[-1] if here > 0 else Node("neg", (parts[-1],), column=node.column)
        return parts[0] if len(parts) == 1 else Node("add", tuple(parts), column=node.column)
    return replace(node, args=tuple(_with_sign(arg, sign) for arg in node.args)) if node.args else node


def _items(value: Any, node: Node) -> Items:
    if value.cols == 1:
        return Items(tuple(Scalar(entry, node) for entry in value))
    rows = (Items(tuple(Scalar(entry, node) for entry in value.row(i))) for i in range(value.rows))
    return Items(tuple(rows))


def _in_order(value: Value, symbols: Mapping[str, sympy.Symbol]) -> Value:
    """``y = 3, x = 2`` in the order of the declared variables, when it names each of them once."""
    if not isinstance(value, Items) or value.bracket not in ("", "and", "{", "(") or len(value.items) != len(symbols):
        return value
    if not all(isinstance(item, Relation) and item.op == "==" for item in value.items):
        return value
    places = {symbol: place for place, symbol in enumerate(symbols.values())}
    lefts = [item.left.value for item in value.items]
    if set(lefts) != set(places):
        return value
    return Items(tuple(sorted(value.items, key=lambda item: places[item.left.value])), value.bracket)


def _plain(name: str) -> str:
    return name if name.isalnum() else rf"\text{{{''.join(c for c in name if c.isalnum() or c == ' ')}}}"


# ---- what a kind asks for ---------------------------------------------------------------------------------


def matrix(value: Value, what: str = "The answer") -> sympy.ImmutableDenseMatrix:
    """A matrix from rows of scalars.

    Raises
    ------
    InputError
        If it is no list of rows of one length.
    """
    if not isinstance(value, Items) or not value.items or not all(isinstance(row, Items) for row in value.items):
        raise InputError(f"{what} must be a matrix: a list of rows such as [[1, 2], [3, 4]].")
    widths = {len(row.items) for row in value.items}
    if len(widths) != 1 or not widths.pop():
        raise InputError(f"{what} must have rows of one length.")
    return sympy.ImmutableDenseMatrix([[scalar(entry, what) for entry in row.items] for row in value.items])


def vector(value: Value, what: str = "The answer") -> sympy.ImmutableDenseMatrix:
    """A column vector from a list, a row or a column.

    Raises
    ------
    InputError
        If it is no vector.
    """
    if isinstance(value, Items) and value.items and value.bracket not in ("{", "or", "±", ":"):
        if all(isinstance(entry, Scalar | Relation) for entry in value.items):
            return sympy.ImmutableDenseMatrix([scalar(entry, what) for entry in value.items])
        if len(value.items) == 1 and isinstance(value.items[0], Items):
            return vector(value.items[0], what)
        whole = matrix(value, what)
        if 1 in whole.shape:
            return whole if whole.cols == 1 else whole.T
    raise InputError(f"{what} must be a vector such as [1, 2].")


def scalar(value: Value, what: str = "The answer") -> sympy.Expr:
    """One expression; ``x = 3`` is 3.

    Raises
    ------
    InputError
        If it is a list, another relation, a word or has parts.
    """
    return written(value, what).value


def written(value: Value, what: str = "The answer") -> Scalar:
    """One expression with how it was written.

    Raises
    ------
    InputError
        If it is a list, another relation, a word or has parts.
    """
    if isinstance(value, Relation) and value.op == "==" and value.left.value.is_Symbol:
        if value.left.value not in value.right.value.free_symbols:
            return value.right
    elif isinstance(value, Items) and len(value.items) == 1 and value.bracket in ("", "{", "[", "("):
        return written(value.items[0], what)
    if not isinstance(value, Scalar):
        raise InputError(f"{what} must be one expression.")
    return value
