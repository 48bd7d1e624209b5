"""Instances of the checker's inequalities that fit what a claim mentions.

Norms, ranks and extreme eigenvalues of sums and products in a claim are compared with those of the parts; the
facts found are known to the search like hypotheses, so sums and products of them are its own business.
"""

from __future__ import annotations

from collections.abc import Iterator

from hessmath.verify.fact_trees import Fact, fact
from hessmath.verify.obligations import ShapeOf
from hessmath.verify.trees import Tree, add, contains, neg, size_tree, transpose, tuple_tree, walk

NORMS = ("norm1", "norminf", "normmax", "nspec", "nnuc")
EUCLIDEAN = ("norm2", "normF")
ABOVE = (
    *(("norm2", "norminf"), ("norm1", "norm2"), ("norm1", "norminf"), ("normF", "nspec"), ("nnuc", "normF")),
    *(("nnuc", "nspec"), ("normF", "normmax"), ("nspec", "normmax")),
)
MAX_INSTANCES = 40


def instances(statement: Tree, shape_of: ShapeOf) -> list[Fact]:
    """Facts without premises about the parts of a statement, a bounded number."""
    parts = list(dict.fromkeys(walk(statement)))
    found: dict[str, Fact] = {}
    for made in _instances(parts, shape_of):
        if len(found) < MAX_INSTANCES:
            found.setdefault(str(made["fact"]), made)
    return list(found.values())


def _nonneg(rule: str, greater: Tree, smaller: Tree, *data: Tree) -> Fact:
    return fact("nonneg", add(greater, neg(smaller)), rule, data=data)


def _instances(parts: list[Tree], shape_of: ShapeOf) -> Iterator[Fact]:
    present = {part[0] for part in parts}
    for part in parts:
        match part:
            case (op, ("add", *terms)) if op in (*NORMS, *EUCLIDEAN, "lmax", "lmin", "rank"):
                yield from _triangles(op, terms, shape_of)
            case (op, ("matmul", *factors)) if op in (*NORMS, *EUCLIDEAN, "rank"):
                for k in range(1, len(factors)):
                    yield from _products(op, _joined(factors[:k]), _joined(factors[k:]), shape_of, present)
        match part:
            case (op, X) if op in (*NORMS, *EUCLIDEAN):
                yield from _comparisons(op, X, shape_of, present)
            case ("lmin" | "lmax", A):
                yield from _spectrum(A, parts, shape_of)
            case ("rank", A):
                yield from _ranks(A, parts, shape_of)
            case ("matmul", *factors):
                yield from _cauchy(factors, shape_of, present)
            case ("trace", ("matmul", ("T", A), B)):
                yield from _cauchy_traces(A, B)
            case ("trace", ("matmul", A, B)):
                yield from _cauchy_traces(transpose(A), B)


def _joined(factors: list[Tree]) -> Tree:
    return factors[0] if len(factors) == 1 else ("matmul", *factors)


def _triangles(op: str, terms: list[Tree], shape_of: ShapeOf) -> Iterator[Fact]:
    for k in range(1, len(terms)):
        a, b = add(*terms[:k]), add(*terms[k:])
        if shape_of(a) != shape_of(b):
            continue
        whole, split = (op, add(a, b)), add((op, a), (op, b))
        name = "norm_triangle" if op in EUCLIDEAN else f"{op}_triangle"
        yield _nonneg(name, whole, split, a, b) if op == "lmin" else _nonneg(name, split, whole, a, b)
        if op in (*NORMS, *EUCLIDEAN):  # |a| ≤ |a + b| + |b|
            for one, other in ((a, b), (b, a)):
                rest = neg(other)
                yield _nonneg(name, add(whole, (op, rest)), (op, one), add(a, b), rest)


def _products(op: str, A: Tree, B: Tree, shape_of: ShapeOf, present: set[str]) -> Iterator[Fact]:
    whole = (op, ("matmul", A, B))
    if op == "rank":
        yield _nonneg("rank_of_product_left", ("rank", A), whole, A, B)
        yield _nonneg("rank_of_product_right", ("rank", B), whole, A, B)
        rows = size_tree(shape_of(B)[0])
        yield _nonneg("rank_sylvester", add(whole, rows), add(("rank", A), ("rank", B)), A, B)
    elif op in EUCLIDEAN:
        first, second = ("normF" if len(shape_of(X)) == 2 else "norm2" for X in (A, B))
        yield _nonneg("norm_product", ("mul", (first, A), (second, B)), whole, A, B)
        if "nspec" in present and first == "normF":
            yield _nonneg("nspec_bound", ("mul", ("nspec", A), (second, B)), whole, A, B)
    elif op in ("norm1", "norminf", "nspec") and len(shape_of(A)) == 2:
        yield _nonneg(f"{op}_product", ("mul", (op, A), (op, B)), whole, A, B)


def _comparisons(op: str, X: Tree, shape_of: ShapeOf, present: set[str]) -> Iterator[Fact]:
    if op in NORMS:
        yield fact("nonneg", (op, X), f"{op}_nonneg", data=[X])
    vector = len(shape_of(X)) == 1
    for a, b in ABOVE:
        both = "norm2" in (a, b) or (a, b) == ("norm1", "norminf")
        if op in (a, b) and both == vector and {a, b} <= present | {"normF" if "nsq" in present else a}:
            yield _nonneg(f"{a}_above_{b}", (a, X), (b, X), X)
    if vector:
        n, root = size_tree(shape_of(X)[0]), ("sqrt", size_tree(shape_of(X)[0]))
        if op == "norm1":
            yield _nonneg("norm1_above_root", ("mul", root, ("norm2", X)), (op, X), X)
            yield _nonneg("norm1_squared", ("mul", n, ("nsq", X)), ("mul", (op, X), (op, X)), X)
        elif op == "norminf":
            yield _nonneg("norminf_root", ("mul", root, (op, X)), ("norm2", X), X)
            yield _nonneg("norminf_times", ("mul", n, (op, X)), ("norm1", X), X)


def _spectrum(A: Tree, parts: list[Tree], shape_of: ShapeOf) -> Iterator[Fact]:
    yield _nonneg("lmin_below_lmax", ("lmax", A), ("lmin", A), A)
    for op, greater, smaller in (("lmax", ("lmax", A), A), ("lmin", A, ("lmin", A))):
        n = size_tree(shape_of(A)[0])
        left, right = (X if X == A else ("mul", X, ("eye", n)) for X in (greater, smaller))
        made = fact("psd", add(left, neg(right)), f"{op}_bound", data=[A])
        yield made
        if any(part[0] == "trace" for part in parts):
            gap = tuple_tree(made["fact"][1])
            yield fact("nonneg", ("trace", gap), "nonneg_trace", [made])
        for part in parts:
            if part[0] == "matmul" and len(part) > 2 and part[1] == part[-1] and len(shape_of(part[-1])) == 1:
                gap = tuple_tree(made["fact"][1])
                yield fact("nonneg", ("matmul", part[-1], gap, part[-1]), "nonneg_form", [made], data=[part[-1]])


def _ranks(A: Tree, parts: list[Tree], shape_of: ShapeOf) -> Iterator[Fact]:
    rows, columns = map(size_tree, shape_of(A))
    yield fact("nonneg", ("rank", A), "rank nonneg", data=[A])
    if any(contains(part, rows) for part in parts):
        yield _nonneg("rank_below_rows", rows, ("rank", A), A)
    if any(contains(part, columns) for part in parts):
        yield _nonneg("rank_below_columns", columns, ("rank", A), A)


def _cauchy(factors: list[Tree], shape_of: ShapeOf, present: set[str]) -> Iterator[Fact]:
    if len(shape_of(factors[0])) != 1 or len(shape_of(factors[-1])) != 1:
        return
    for k in range(1, len(factors)):
        x, y = (_turned(factors[:k], shape_of), _joined(factors[k:]))
        if x == y:
            continue
        product = ("matmul", x, y)
        for s in (product, neg(product)):
            yield fact("nonneg", add(("Abs", s), neg(s)), "nonneg_abs_minus", data=[s])
        if present & {"norm1", "norminf"}:
            for a, b in ((x, y), (y, x)):
                bound = ("mul", ("norm1", a), ("norminf", b))
                yield _nonneg("hoelder", bound, ("Abs", ("matmul", a, b)), a, b)
        if present & {"norm2"}:
            yield _nonneg("cauchy", ("mul", ("norm2", x), ("norm2", y)), ("Abs", product), x, y)
        squares = ("mul", ("nsq", x), ("nsq", y))
        yield _nonneg("cauchy_squared", squares, ("mul", product, product), x, y)


def _cauchy_traces(A: Tree, B: Tree) -> Iterator[Fact]:
    if A == B:
        return
    inner = ("trace", ("matmul", transpose(A), B))
    for s in (inner, neg(inner)):
        yield fact("nonneg", add(("Abs", s), neg(s)), "nonneg_abs_minus", data=[s])
    yield _nonneg("cauchy", ("mul", ("normF", A), ("normF", B)), ("Abs", inner), A, B)
    yield _nonneg("cauchy_squared", ("mul", ("nsq", A), ("nsq", B)), ("mul", inner, inner), A, B)


def _turned(factors: list[Tree], shape_of: ShapeOf) -> Tree:
    """The row x@A@… as the vector …@A.T@x."""
    if len(factors) == 1:
        return factors[0]
    return ("matmul", *(transpose(part) if len(shape_of(part)) == 2 else part for part in reversed(factors)))
