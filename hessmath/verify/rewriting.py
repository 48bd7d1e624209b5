"""Rewriting of trees by the checker's schemas, one occurrence at a time, with a TERM for every step.

``Rewriter.normal(tree)`` gives ``(tree′, terms)`` with tree = tree′ + Σ terms.  Products of Kronecker
products, vec, commutation, determinants of sums, ranks, exponentials and eigenvalues, which have no laws as
words, meet their laws here; what is left goes on to the normal form of words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from hessmath.language.sizes import Shape
from hessmath.verify import scalar_laws
from hessmath.verify.fact_trees import Term
from hessmath.verify.setting import Setting
from hessmath.verify.trees import HOLE, ONE, Tree, add, as_json, contains, identity_tree, mul, neg, size_tree, transpose
from hessmath.verify.word_trees import DERIVATIVES
from hessmath.verify.words import OutsideWords

Step = tuple[tuple[Any, ...], Tree, Tree]
"""A relation (or ()), the context c around it, and the tree′ with tree = tree′ + c[relation]."""
Known = Callable[[str, Tree], bool]

NORMS = ("norm1", "norminf", "normmax", "nspec", "nnuc", "norm2", "normF")
MULTILINEAR = frozenset("neg mul matmul T trace sum diag diagvec diagpart kron outer vec had".split())
CONGRUENT = frozenset((*NORMS, *"det rank log exp inv sqrt adj expm pinv eigs lmin lmax nsq Abs".split()))
REWRITTEN = frozenset(NORMS) | frozenset(
    (
        "kron vec K det adj rank expm eigs lmin lmax diag pinv block eigQ eigL diagvec had gradient_sym gradient_diag"
    ).split()
)
MAX_STEPS = 60
MINUS: Tree = ("neg", HOLE)


class Rewriter:
    """Rewrites in one setting; ``known`` says whether a fact can be proved."""

    def __init__(self, setting: Setting, known: Known) -> None:
        self.setting = setting
        self.known = known
        self._left = MAX_STEPS

    def shape(self, tree: Tree) -> Shape:
        """The shape of a tree."""
        return self.setting.shape(tree)

    def normal(self, tree: Tree) -> tuple[Tree, list[Term]]:
        """The rewritten tree and the TERMs of the difference."""
        self._left = MAX_STEPS
        return self._normal(tree)

    def _normal(self, tree: Tree) -> tuple[Tree, list[Term]]:
        if tree[0] in DERIVATIVES:
            return self.setting.printer.poly(self.setting.reader.read(tree)), []
        tree, terms = self._inside(_flat(tree))
        while self._left > 0:
            flat = _flat(tree)
            step = next(self._steps(flat), None)
            if step is None:
                return flat, terms
            self._left -= 1
            relation, context, after = step
            if relation:
                terms.append({"relation": as_json(relation), "context": as_json(context)})
            tree, more = self._inside(_flat(after))
            terms += more
        return tree, terms

    def _inside(self, tree: Tree) -> tuple[Tree, list[Term]]:
        op = tree[0]
        if op not in MULTILINEAR | CONGRUENT | {"add", "div"}:
            return tree, []
        terms: list[Term] = []
        for k in range(1, len(tree)):
            if not isinstance(tree[k], tuple) or (op == "div" and k > 1):
                continue
            after, inner = self._normal(tree[k])
            if op in CONGRUENT | {"kron", "vec"}:
                after, inner = self._reduced(after, inner)
            if after == tree[k]:
                continue
            if op in CONGRUENT:
                if inner:
                    relation = ("equal_args", op, tree[k], after)
                    terms.append({"relation": [*as_json(relation), inner], "context": as_json(HOLE)})
            elif op == "add" and self.shape(tree[k]) != self.shape(tree):
                continue
            else:
                for term in inner:
                    context = _tuples(term["context"])
                    around = context if op == "add" else (*tree[:k], context, *tree[k + 1 :])
                    terms.append({**term, "context": as_json(around)})
            tree = (*tree[:k], after, *tree[k + 1 :])
        return tree, terms

    def _tidy(self, tree: Tree) -> Tree:
        """The tree in the normal form of words, if it has one."""
        try:
            return self.setting.printer.poly(self.setting.reader.read(tree))
        except OutsideWords:
            return tree

    def _reduced(self, tree: Tree, terms: list[Term]) -> tuple[Tree, list[Term]]:
        """An argument as the hypotheses reduce it."""
        rest, parts = self.setting.ideal.reduce(self.setting.reader.read(tree))
        more = self.setting.terms(parts)
        return (self.setting.printer.poly(rest), terms + more) if more else (tree, terms)

    # --- the laws --------------------------------------------------------------------------------

    def _steps(self, tree: Tree) -> Iterator[Step]:
        op = tree[0]
        if op in scalar_laws.REWRITTEN | {"mul"} and not self.shape(tree):
            yield from scalar_laws.steps(tree, self.known, self._tidy)
        if op == "matmul":
            yield from self._products(tree)
        route = {"det": self._det, "rank": self._rank, "adj": self._adj, "expm": self._expm}.get(op)
        if route is not None:
            yield from route(tree)
        match tree:
            case ("trace", ("kron", A, B)):
                yield ("kron_trace", A, B), HOLE, ("mul", ("trace", A), ("trace", B))
            case ("trace", ("matmul", A, ("pinv", B))) if A == B:
                yield ("rank_pinv_trace", A), HOLE, ("rank", A)
            case ("kron", ("kron", A, B), C):
                yield ("kron_assoc", A, B, C), HOLE, ("kron", A, ("kron", B, C))
            case ("inv", ("kron", A, B)):
                yield ("kron_inv", A, B), HOLE, ("kron", ("inv", A), ("inv", B))
            case ("lmin", ("neg", A)):
                yield ("lmin_neg", A), HOLE, neg(("lmax", A))
            case ("sum", ("eigs", A)):
                yield ("eig_sum", A), HOLE, ("trace", A)
            case ("sum", ("pow", ("eigs", A), ("num", "2"))):
                yield ("eig_squares", A), HOLE, ("trace", ("matmul", A, A))
            case ("sum", ("had" | "mul", ("eigs", A), ("eigs", B))) if A == B:
                yield ("eig_squares", A), HOLE, ("trace", ("matmul", A, A))
            case ("norm1" | "norminf" | "normmax" | "nspec" | "nnuc" as f, ("T", A)):
                yield (f"{f}_T", A), HOLE, ({"norm1": "norminf", "norminf": "norm1"}.get(f, f), A)
            case ("norm1" | "norminf" | "normmax" | "nspec" | "nnuc" | "norm2" | "normF" as f, ("mul", *parts)):
                scalars = [part for part in parts if not self.shape(part)]
                arrays = [part for part in parts if self.shape(part)]
                if scalars and len(arrays) == 1:
                    c = mul(*scalars)
                    yield (f"{f}_scale", c, arrays[0]), HOLE, ("mul", ("Abs", c), (f, arrays[0]))
            case ("mul" | "had", ("eye", _), ("outer", x, y)) | ("mul" | "had", ("outer", x, y), ("eye", _)):
                yield ("diag_outer", x, y), HOLE, ("diag", ("mul", x, y))
            case ("diagpart", ("outer", x, y)):
                yield ("diag_outer", x, y), HOLE, ("diag", ("mul", x, y))
            case ("mul" | "had", ("outer", u, v), ("outer", x, y)):
                yield ("had_outer", u, v, x, y), HOLE, ("outer", ("mul", u, x), ("mul", v, y))
            case ("div", ("num", "1"), ("mul" | "had", x, y)) if self.shape(x) == self.shape(y) != ():
                yield ("recip_mul", x, y), HOLE, ("mul", ("div", ONE, x), ("div", ONE, y))
            case ("div", ("num", "1"), ("pow", x, ("num", "2"))) if self.shape(x):
                yield ("recip_mul", x, x), HOLE, ("mul", ("div", ONE, x), ("div", ONE, x))
            case ("sum", ("mul" | "had", A, B)) if len(self.shape(A)) == len(self.shape(B)) == 2:
                yield (), HOLE, ("trace", _matmul(transpose(A), B))
            case ("diagvec", ("diag", x)):
                yield ("diagvec_diag", x), HOLE, x
            case ("diag", ("diagvec", A)):
                yield ("diag_diagvec", A), HOLE, ("diagpart", A)
            case ("diagvec", ("matmul", *parts)) if len(parts) > 1:
                A, B = parts[0], transpose(_matmul(*parts[1:]))
                ones = ("ones", size_tree(self.shape(A)[1]))
                yield ("diagvec_product", A, B), HOLE, ("matmul", ("mul", A, B), ones)
            case ("lmin" | "lmax", ("add", *parts)):
                yield from self._shift(op, parts)

    def _shift(self, op: str, parts: list[Tree]) -> Iterator[Step]:
        for k, part in enumerate(parts):
            scalars = [f for f in part[1:] if f[0] != "eye"] if part[0] == "mul" else []
            if part[0] == "eye" or (len(part) == len(scalars) + 2 and all(not self.shape(f) for f in scalars)):
                c = mul(*scalars) if scalars else ONE
                A = add(*parts[:k], *parts[k + 1 :])
                yield (f"{op}_shift", c, A), HOLE, add((op, A), c)

    def _products(self, tree: Tree) -> Iterator[Step]:
        parts, shape = tree[1:], self.shape
        for k in range(len(parts) - 1):
            for relation, inner, after in self._pair(parts[k], parts[k + 1]):
                if len(parts) == 2:
                    yield relation, inner, after
                elif self.shape(after):
                    context = ("matmul", *parts[:k], inner, *parts[k + 2 :])
                    yield relation, context, self._around(parts[:k], after, parts[k + 2 :])
        for k in range(len(parts) - 2):
            match parts[k : k + 3]:
                case (x, ("mul" | "had", A, B), y) if (
                    len(parts) == 3 and len(shape(x)) == len(shape(y)) == 1 and shape(A) == shape(B)
                ):
                    after = ("trace", ("matmul", ("diag", x), A, ("diag", y), transpose(B)))
                    yield ("had_form", x, A, B, y), HOLE, after
                case (("diag", x), A, ("diag", y)) if len(shape(A)) == 2:
                    after = ("mul", ("outer", x, y), A)
                    around = (*parts[:k], HOLE, *parts[k + 3 :])
                    context = ("matmul", *around) if len(around) > 1 else HOLE
                    yield ("diag_had", x, A, y), context, _matmul(*parts[:k], after, *parts[k + 3 :])

    def _around(self, left: tuple[Tree, ...], middle: Tree, right: tuple[Tree, ...]) -> Tree:
        """left @ middle @ right, with a multiple of the identity in the middle taken out."""
        if middle[0] == "eye":
            return _matmul(*left, *right)
        if middle[0] == "mul" and middle[-1][0] == "eye":
            return mul(*middle[1:-1], _matmul(*left, *right))
        return _matmul(*left, middle, *right)

    def _pair(self, P: Tree, R: Tree) -> Iterator[Step]:
        """Laws of two neighbours in a product."""
        shape = self.shape
        match P, R:
            case ("kron", A, B), ("kron", C, D) if shape(A)[1:] == shape(C)[:1] and shape(B)[1:] == shape(D)[:1]:
                yield ("kron_mul", A, B, C, D), HOLE, ("kron", _matmul(A, C), _matmul(B, D))
            case ("kron", A, B), ("vec", X) if shape(X) == (shape(B)[1], shape(A)[1]):
                # vec(BXAᵀ) = kron(A, B) vec(X): the schema's negative
                turned = transpose(A)
                yield ("vec_mul", B, X, turned), MINUS, ("vec", _matmul(B, X, turned))
            case ("K", m, n), ("vec", A) if tuple(map(size_tree, shape(A))) == (m, n):
                yield ("K_vec", A), HOLE, ("vec", transpose(A))
            case ("K", m, n), ("K", p, q) if (m, n) == (q, p):
                yield ("K_inverse", ("zeros", p, q)), HOLE, identity_tree(shape(R))
            case ("K", p, m), ("kron", A, B) if (p, m) == (size_tree(shape(B)[0]), size_tree(shape(A)[0])):
                sizes = size_tree(shape(B)[1]), size_tree(shape(A)[1])
                yield ("K_kron", A, B), HOLE, ("matmul", ("kron", B, A), ("K", *sizes))
            case ("vec", A), ("vec", B) if shape(A) == shape(B):
                yield ("vec_dot", A, B), HOLE, ("trace", _matmul(transpose(A), B))
            case ("diag", x), ("diag", y):
                yield ("diag_mul", x, y), HOLE, ("diag", ("mul", x, y))
            case ("diag", x), y if len(shape(y)) == 1:
                yield ("diag_vec", x, y), HOLE, ("mul", x, y)
            case ("expm", A), ("expm", B) if self._zero(add(A, B)):
                if neg(A) == B:
                    yield ("expm_inverse", A), HOLE, identity_tree(shape(A))
                elif neg(B) == A:
                    yield ("expm_inverse", neg(B)), HOLE, identity_tree(shape(A))
            case ("expm", A), B if A == B:
                yield ("expm_commutes", A), MINUS, ("matmul", A, ("expm", A))
            case A, ("adj", B) if A == B:
                yield ("adj_right", A), HOLE, mul(("det", A), identity_tree(shape(A)))
            case ("adj", A), B if A == B:
                yield ("adj_left", A), HOLE, mul(("det", A), identity_tree(shape(A)))

    def _zero(self, tree: Tree) -> bool:
        return not self.setting.reader.read(tree)

    def _det(self, tree: Tree) -> Iterator[Step]:
        shape = self.shape
        A = tree[1]
        match A:
            case ("matmul", first, *rest) if all(len(set(shape(part))) == 1 for part in A[1:]):
                yield ("det_mul", first, _matmul(*rest)), HOLE, ("mul", ("det", first), ("det", _matmul(*rest)))
            case ("T", B):
                yield ("det_T", B), HOLE, ("det", B)
            case ("adj", _):
                pass
            case ("expm", B):
                yield ("det_expm", B), HOLE, ("exp", ("trace", B))
            case ("kron", B, C):
                powers = [("pow", ("det", X), size_tree(shape(Y)[0])) for X, Y in ((B, C), (C, B))]
                yield ("kron_det", B, C), HOLE, ("mul", *powers)
            case ("block", ("row", P, Q), ("row", R, S)) if len(set(shape(P))) == len(set(shape(S))) == 1:
                if R[0] == "zeros":
                    yield ("det_upper", P, Q, S), HOLE, ("mul", ("det", P), ("det", S))
                if self.known("invertible", P):
                    core = add(S, neg(_matmul(R, ("inv", P), Q)))
                    yield ("det_schur", P, Q, R, S), HOLE, ("mul", ("det", P), ("det", core))
                if self.known("invertible", S):
                    core = add(P, neg(_matmul(Q, ("inv", S), R)))
                    yield ("det_schur_last", P, Q, R, S), HOLE, ("mul", ("det", S), ("det", core))
            case ("mul", *parts) | ("neg", *parts):
                arrays = [part for part in parts if shape(part)]
                if len(arrays) == 1 and arrays[0][0] != "eye":
                    c: Tree = mul(*(part for part in parts if not shape(part))) if A[0] == "mul" else ("num", "-1")
                    after = ("mul", ("pow", c, size_tree(shape(A)[0])), ("det", arrays[0]))
                    yield ("det_scale", c, arrays[0]), HOLE, after
            case ("add", *parts):
                yield from self._det_sum(A, parts)

    def _det_sum(self, A: Tree, parts: list[Tree]) -> Iterator[Step]:
        for k, part in enumerate(parts):
            rest = add(*parts[:k], *parts[k + 1 :])
            if part[0] == "outer":
                u, v = part[1:]
                if rest[0] == "eye" or self.known("invertible", rest):
                    form = _matmul(v, u) if rest[0] == "eye" else _matmul(v, ("inv", rest), u)
                    yield ("det_lemma", rest, u, v), HOLE, ("mul", ("det", rest), add(ONE, form))
                form = ("matmul", v, ("adj", rest), u)
                yield ("det_lemma_adj", rest, u, v), HOLE, add(("det", rest), form)
            sign = part[0] == "neg"
            core = part[1] if sign else part
            if rest[0] == "eye" and core[0] == "matmul" and len(core) == 3:
                P, Q = core[1:]
                if sign:
                    P = neg(P)
                swapped = add(identity_tree(self.shape(_matmul(Q, P))), _matmul(Q, P))
                if str(swapped) < str(add(rest, ("matmul", P, Q))):
                    yield ("det_sylvester", P, Q), HOLE, ("det", swapped)

    def _adj(self, tree: Tree) -> Iterator[Step]:
        match tree[1]:
            case ("matmul", first, *rest) if all(len(set(self.shape(part))) == 1 for part in (first, *rest)):
                last = _matmul(*rest)
                yield ("adj_mul", first, last), HOLE, ("matmul", ("adj", last), ("adj", first))
            case ("T", A):
                yield ("adj_T", A), HOLE, transpose(("adj", A))
            case A if self.known("invertible", A):
                yield ("adj_inv", A), HOLE, mul(("det", A), ("inv", A))

    def _rank(self, tree: Tree) -> Iterator[Step]:
        shape, known = self.shape, self.known
        match tree[1]:
            case ("T", A):
                yield ("rank_T", A), HOLE, ("rank", A)
            case ("pinv", A):
                yield ("rank_pinv", A), HOLE, ("rank", A)
            case ("kron", A, B):
                yield ("rank_kron", A, B), HOLE, ("mul", ("rank", A), ("rank", B))
            case ("outer", x, y) if all(known("nonzero", ("matmul", v, v)) for v in (x, y)):
                yield ("rank_outer", x, y), HOLE, ONE
            case ("matmul", ("T", A), B) if A == B:
                yield ("rank_gram", B), HOLE, ("rank", B)
            case ("matmul", A, ("T", B)) if A == B:
                yield ("rank_gram", ("T", A)), HOLE, ("rank", ("T", A))
            case ("mul", *parts):
                arrays = [part for part in parts if shape(part)]
                c = mul(*(part for part in parts if not shape(part)))
                if len(arrays) == 1 and known("nonzero", c):
                    yield ("rank_scale", c, arrays[0]), HOLE, ("rank", arrays[0])
        match tree[1]:
            case ("matmul", first, *rest):
                A, last = _matmul(*rest), rest[-1]
                start = _matmul(first, *rest[:-1])
                if len(set(shape(first))) == 1 and known("invertible", first):
                    yield ("rank_left", ("inv", first), A), HOLE, ("rank", A)
                if len(set(shape(last))) == 1 and known("invertible", last):
                    yield ("rank_right", start, ("inv", last)), HOLE, ("rank", start)
                if known("invertible", ("matmul", transpose(first), first)):
                    yield ("rank_tall", first, A), HOLE, ("rank", A)
        A = tree[1]
        if len(shape(A)) == 2 and known("invertible", ("matmul", transpose(A), A)):
            yield ("rank_full", A), HOLE, size_tree(shape(A)[1])
        if len(shape(A)) == 2 and known("invertible", ("matmul", A, transpose(A))):
            yield ("rank_wide", A), HOLE, size_tree(shape(A)[0])

    def _expm(self, tree: Tree) -> Iterator[Step]:
        match tree[1]:
            case ("T", A):
                yield ("expm_T", A), HOLE, transpose(("expm", A))
            case ("zeros", *_) as zero:
                yield ("expm_zero", zero), HOLE, identity_tree(self.shape(zero))
            case ("matmul", W, *middle, P) if W == ("inv", P) and middle:
                A = _matmul(*middle)
                yield ("expm_similar", W, A), HOLE, ("matmul", W, ("expm", A), P)


def worth_rewriting(tree: Tree) -> bool:
    """Whether any law here could apply."""
    return any(part[0] in REWRITTEN | scalar_laws.REWRITTEN for part in _parts(tree))


def _parts(tree: Tree) -> Iterator[Tree]:
    yield tree
    for part in tree[1:]:
        if isinstance(part, tuple):
            yield from _parts(part)


def _matmul(*parts: Tree) -> Tree:
    flat: list[Tree] = []
    for part in parts:
        flat.extend(part[1:] if part[0] == "matmul" else (part,))
    return flat[0] if len(flat) == 1 else ("matmul", *flat)


def _flat(tree: Tree) -> Tree:
    """Products without inner brackets, transposes inside products and Kronecker products, vec of sums apart."""
    if contains(tree, HOLE):
        return tree
    match tree:
        case ("matmul", *parts):
            flat = [_flat(part) for part in parts]
            return _matmul(*flat)
        case ("T", ("matmul", *parts)):
            return _matmul(*(_flat(transpose(part)) for part in reversed(parts)))
        case ("T", ("kron", A, B)):
            return ("kron", _flat(transpose(A)), _flat(transpose(B)))
        case ("T", ("K", m, n)):
            return ("K", n, m)
        case ("T", ("T", A)):
            return _flat(A)
        case ("T", ("eye", _)):
            return tree[1]
        case ("normF" | "norm2", X):
            return ("sqrt", _flat(("nsq", X))) if X[0] == "kron" else tree
        case ("nsq", ("kron", *_) as X):
            return ("trace", ("matmul", _flat(("T", X)), X))
    return tree


def _tuples(obj: Any) -> Any:
    return tuple(_tuples(part) for part in obj) if isinstance(obj, list) else obj
