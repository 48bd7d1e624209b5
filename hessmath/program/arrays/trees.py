"""Matrix formulas as they were read from text, as array programs.

Parts that work entry by entry become one map, so that log(1 + exp(u)) is seen as a whole; products, sums, norms,
inverses and determinants between them become nodes of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from hessmath.errors import FormulaError, InputError
from hessmath.language.sizes import Shape, Size
from hessmath.language.tree import NUMBER, SYMBOL, Node
from hessmath.program.arrays.affine import Affine
from hessmath.program.arrays.array_program import ArrayProgram
from hessmath.program.arrays.building import ArrayBuilder
from hessmath.program.arrays.nodes import Axis
from hessmath.program.arrays.values import Algebra, Value
from hessmath.program.lowering_tree import lower_tree

Scope = Mapping[str, Affine]
"""The variables of psum in force: names → affine expressions in axes."""

#: Operations on corresponding entries.
ENTRYWISE = frozenset(
    "add neg mul had div pow exp log sqrt sin cos tan sinh cosh tanh asin acos atan atan2 erf Abs sign Max Min sigmoid "
    "softplus loggamma digamma polygamma Heaviside Piecewise case lt le gt ge eq ne and or not true false pi E".split()
)

#: Norms that are roots of a sum of squares.
_ROOTS = ("norm2", "normF")


def lower_array_tree(
    node: Node, variables: Mapping[str, Shape], parameters: Mapping[str, Shape] | None = None
) -> ArrayProgram:
    """The array program of a scalar formula in vectors and matrices.

    Parameters
    ----------
    node : typed tree of the formula
    variables, parameters : the shapes of all names

    Raises
    ------
    FormulaError
        If the value is not a number, a size is not affine (n·m), or an operation has no program; with the column.

    Examples
    --------
    >>> from hessmath.language import parse
    >>> n = Size.of("n")
    >>> print(lower_array_tree(parse("x @ x", {"x": ["n"]}), {"x": (n,)}))
    0  Input (x.0 < n) x
    1  Gather (#1 < n) 0 (#1) ()
    2  Map (#1 < n) {1  mul 0 0} (1)
    3  Sum () 2 (#1 < n)
    → 3 ()
    in x
    """
    given = {**variables, **(parameters or {})}
    lowering = _Lowering(given)
    value = lowering.value(node, {}, ())
    if value.axes:
        shape = ", ".join(str(axis.size) for axis in value.axes)
        raise FormulaError(f"A function needs a formula whose value is a number, but this has shape ({shape}).")
    return lowering.builder.build([value.node], tuple(variables), tuple(parameters or ()))


class _Lowering:
    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self.builder = ArrayBuilder()
        self.algebra = Algebra(self.builder)
        self.known: dict[Node, Value] = {}
        for name, shape in shapes.items():
            self.builder.input(name, [_affine_size(size, None) for size in shape])
        self.inputs = {name: k for k, name in enumerate(shapes)}

    def value(self, node: Node, scope: Scope, axes: tuple[Axis, ...]) -> Value:
        """The value of a formula; ``axes`` are those of psum's variables in force."""
        if scope:
            return self.computed(node, scope, axes)
        if node not in self.known:
            self.known[node] = self.computed(node, scope, axes)
        return self.known[node]

    def computed(self, node: Node, scope: Scope, axes: tuple[Axis, ...]) -> Value:
        algebra = self.algebra
        match node.op:
            case "var":
                return algebra.array(self.inputs[str(node.value)])
            case "num":
                return Value(self.builder.constant(_fraction(node)), ())
            case "size" | "bound":
                return Value(self.builder.position(_affine(node, scope), axes), ())
            case "index":
                array = self.value(node.args[0], scope, axes)
                where = {a.name: _affine(i, scope) for a, i in zip(array.axes, node.args[1:], strict=True)}
                own = self.builder.axes(array.node)
                places = [where.get(a.name, Affine.of(a.name)) for a in own]
                outer = (*axes, *(a for a in own if a.name not in where))
                return Value(self.builder.gather(array.node, outer, places), ())
            case "psum":
                return self.sum_over(node, scope, axes)
            case "matmul":
                return algebra.chain([self.value(arg, scope, axes) for arg in node.args])
            case "eye":
                return algebra.identity(_affine(node.args[0], {}))
            case "zeros" | "ones":
                return algebra.constant(int(node.op == "ones"), [_affine(arg, {}) for arg in node.args])
            case "mpow":
                exponent = node.args[1].value
                if not isinstance(exponent, Fraction) or exponent.denominator != 1 or abs(exponent) > 64:
                    raise self.refused(node, "needs an integer exponent from −64 to 64")
                return algebra.power(self.value(node.args[0], scope, axes), int(exponent))
        operation = _OPERATIONS.get(node.op)
        if operation is not None:
            return operation(algebra, *(self.value(arg, scope, axes) for arg in node.args))
        if node.op in ("norm1", "norminf") and node.args[0].shape and len(node.args[0].shape) == 1:
            array = algebra.apply("abs", self.value(node.args[0], scope, axes))
            if node.op == "norm1":
                return algebra.sum(array)
        if node.op in ENTRYWISE:
            return self.entrywise(node, scope, axes)
        raise self.refused(node, "has no program on arrays")

    def entrywise(self, node: Node, scope: Scope, axes: tuple[Axis, ...]) -> Value:
        """The largest part around a node that works entry by entry, as one map."""
        leaves: dict[Node, str] = {}
        body = _replaced(node, leaves)
        tape = lower_tree(body, list(leaves.values()))
        return self.algebra.map(tape, [self.leaf(leaf, scope, axes) for leaf in leaves])

    def leaf(self, node: Node, scope: Scope, axes: tuple[Axis, ...]) -> Value:
        """What an entrywise part is computed from; squares of norms and logarithms of determinants as wholes."""
        if node.op == "pow":
            norm, exponent = node.args
            assert isinstance(exponent.value, Fraction)
            square = self.algebra.squares(self.value(norm.args[0], scope, axes))
            return square if exponent.value == 2 else self.raised(square, exponent.value / 2)
        if node.op == "log":
            return self.algebra.logdet(self.value(node.args[0].args[0], scope, axes))
        return self.value(node, scope, axes)

    def raised(self, value: Value, exponent: Fraction) -> Value:
        """A number to a power of its own."""
        base = Node(SYMBOL, (), "a0")
        return self.algebra.map(lower_tree(Node("pow", (base, Node(NUMBER, (), exponent))), ["a0"]), [value])

    def sum_over(self, node: Node, scope: Scope, axes: tuple[Axis, ...]) -> Value:
        """psum(lambda k: body, low, high)."""
        function, low, high = node.args
        first, last = _affine(low, scope), _affine(high, scope)
        size = last - first + 1
        if any(axis.name in size.names for axis in axes):
            raise self.refused(node, "needs bounds that do not depend on the variable of another psum")
        axis = self.algebra.fresh(size)
        inner = {**scope, str(function.args[0].value): first + Affine.of(axis.name)}
        body = self.value(function.args[1], inner, (*axes, axis))
        return Value(self.builder.sum(body.node, [axis]), body.axes)

    def refused(self, node: Node, reason: str) -> FormulaError:
        return FormulaError(f"{node.op} {reason}.", column=node.column or None)


_OPERATIONS: dict[str, Callable[..., Value]] = {
    "T": Algebra.transposed,
    "inv": Algebra.inverse,
    "det": Algebra.det,
    "trace": Algebra.trace,
    "diag": Algebra.diagonal_matrix,
    "diagvec": Algebra.diagonal,
    "diagpart": Algebra.diagonal_part,
    "outer": Algebra.outer,
    "sum": Algebra.sum,
    "nsq": Algebra.squares,
    "norm2": lambda algebra, value: algebra.apply("sqrt", algebra.squares(value)),
    "normF": lambda algebra, value: algebra.apply("sqrt", algebra.squares(value)),
    "logsumexp": Algebra.logsumexp,
    "softmax": Algebra.softmax,
}


def _replaced(node: Node, leaves: dict[Node, str]) -> Node:
    """An entrywise part with names in the place of everything else."""
    if node.op == NUMBER or not _is_inside(node):
        if node.op == NUMBER:
            return node
        name = leaves.setdefault(node, f"a{len(leaves)}")
        return Node(SYMBOL, (), name, node.shape, node.column)
    return replace(node, args=tuple(_replaced(arg, leaves) for arg in node.args))


def _is_inside(node: Node) -> bool:
    """Whether a node belongs to an entrywise part."""
    if node.op == "pow" and node.args[0].op in _ROOTS:
        exponent = node.args[1].value
        return not (isinstance(exponent, Fraction) and exponent % 2 == 0 and exponent > 0)
    if node.op == "log" and node.args[0].op == "det":
        return False
    return node.op in ENTRYWISE


def _fraction(node: Node) -> Fraction:
    assert isinstance(node.value, Fraction)
    return node.value


def _affine_size(size: Size, column: int | None) -> Affine:
    """A size without products of names."""
    if any(len(monomial) > 1 for monomial, _ in size.terms):
        raise FormulaError(f"A program on arrays needs sizes without products, but one is {size}.", column=column)
    parts = [(Affine.of(monomial[0]) if monomial else Affine.of(1), c) for monomial, c in size.terms]
    return Affine.sum(parts)


def _affine(node: Node, scope: Scope) -> Affine:
    """An integer expression in sizes and variables of psum."""
    match node.op:
        case "num":
            return Affine.of(int(_fraction(node)))
        case "size":
            return Affine.of(str(node.value))
        case "bound":
            return scope[str(node.value)]
        case "neg":
            return -_affine(node.args[0], scope)
        case "add":
            return Affine.sum([(_affine(arg, scope), 1) for arg in node.args])
        case "mul":
            parts: Sequence[Affine] = [_affine(arg, scope) for arg in node.args]
            moving = [part for part in parts if not part.is_constant]
            factor = 1
            for part in parts:
                factor *= part.constant if part.is_constant else 1
            if len(moving) <= 1:
                return moving[0] * factor if moving else Affine.of(factor)
    raise InputError("An index must be affine in sizes and in the variables of psum, such as k + 1 or n - 1 - k.")
