"""Laws that hold under premises, found where a claim and its hypotheses fit them.

``relations`` gives what vanishes by a law as (name, tree): the name is the relation of a certificate, with the facts
it needs and the terms that make its conditions vanish.  ``inequalities`` gives facts whose premises are proved here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from hessmath.language.sizes import Shape
from hessmath.verify.fact_trees import Fact, Term, fact
from hessmath.verify.facts import Prover
from hessmath.verify.setting import Setting
from hessmath.verify.trees import (
    HOLE,
    ONE,
    Tree,
    add,
    as_json,
    identity_tree,
    mul,
    neg,
    number,
    size_tree,
    transpose,
    tuple_tree,
    var,
    walk,
)
from hessmath.verify.words import OutsideWords

Found = tuple[tuple[Any, ...], Tree]
"""The relation and the tree that vanishes by it."""

NORMS = ("norm2", "normF", "norm1", "norminf", "normmax", "nspec", "nnuc")


def law(
    name: str, facts: Sequence[Fact], data: Sequence[Tree], zeros: Sequence[Sequence[Term]] = ()
) -> tuple[Any, ...]:
    """The relation of a certificate that uses a law."""
    return (name, list(facts), tuple(data) or [], [list(terms) for terms in zeros])


class Laws:
    """The search for laws in one setting."""

    def __init__(self, setting: Setting, prover: Prover, statement: Tree) -> None:
        self.setting = setting
        self.prover = prover
        trees = [statement, *setting.hypotheses]
        self.parts = list(dict.fromkeys(part for tree in trees for part in walk(tree)))[:400]

    def vanishes(self, tree: Tree) -> list[Term] | None:
        """The terms that a tree is the sum of, by reduction."""
        with suppress(OutsideWords):
            rest, parts = self.setting.ideal.reduce(self.setting.reader.read(tree))
            return None if rest else self.setting.terms(parts)
        return None

    def _shape(self, tree: Tree) -> Shape:
        return self.setting.shape(tree)

    def relations(self) -> Iterator[Found]:
        """Everything that vanishes by a law about the parts of the claim."""
        yield from self._about_facts()
        yield from self._entrywise()
        yield from self._diagonals()
        routes: dict[str, Callable[[Tree], Iterator[Found]]] = {
            "trace": self._trace,
            "det": self._det,
            "rank": self._rank,
            "expm": self._expm,
            "nspec": self._singular,
            "nnuc": self._singular,
            "lmin": self._eigenvalue,
            "lmax": self._eigenvalue,
            "eigs": self._eigenvalue,
        }
        ranks = [part[1] for part in self.parts if part[0] == "rank"][:4]
        for A in ranks:
            for B in ranks:
                if self._shape(A)[1:] == self._shape(B)[:1] and self.vanishes(("matmul", A, B)) is not None:
                    yield from self._rank(("matmul", A, B))
        for part in self.parts:
            route = routes.get(str(part[0]))
            if route is not None and isinstance(part[1], tuple):
                yield from route(part[1]) if route not in (self._singular, self._eigenvalue) else route(part)

    def _with(self, name: str, predicate: str, about: Tree, made: Tree, *data: Tree) -> Iterator[Found]:
        """A law with one premise and no conditions."""
        found = self.prover.prove(predicate, about)
        if found is not None:
            yield law(name, [found], data), made

    def _given(self, name: str, made: Tree, data: Sequence[Tree], *zeros: Tree) -> Iterator[Found]:
        """A law without premises under conditions."""
        terms = []
        for tree in zeros:
            found = self.vanishes(tree)
            if found is None:
                return
            terms.append(found)
        yield law(name, [], data, terms), made

    def _entrywise(self) -> Iterator[Found]:
        """x·(1/x) = 1 for arrays without zeros, sign(s) = s/|s| for scalars that are not zero."""
        arrays = [(var(name), shape) for name, shape in self.setting.variables.items() if shape]
        for x, shape in arrays:
            found = self.prover.prove("positive", x)
            if found is not None:
                ones = ("ones", *map(size_tree, shape))
                over = ("div", ONE, x)
                for y in (ones, x, over, *(other for other, same in arrays if same == shape and other != x)):
                    yield ("recip_had", x, y), add(("mul", x, y, over), neg(y))
        for part in self.parts:
            if part[0] in NORMS and part[1][0] == "add":
                for term in part[1][1:]:
                    yield from self._scaled_norm(str(part[0]), term)
        for s in [tree for op, _, tree in list(self.setting.reader.arguments.values()) if op == "sign"][:4]:
            if self.prover.prove("nonzero", s) is not None:
                ratio = ("mul", s, ("div", ONE, ("Abs", s)))
                yield ("sign_ratio", s), add(("sign", s), neg(ratio))

    def _diagonals(self) -> Iterator[Found]:
        found = [part[1] for part in self.parts if part[0] == "diagonal" and part in self.setting.hypotheses][:3]
        found += [p[1] for h in self.setting.hypotheses if h[0] == "and" for p in h[1:] if p[0] == "diagonal"][:3]
        for A in found:
            yield from self._given("diagonal_symmetric", add(A, neg(transpose(A))), (A,), _off(A))
            if self.prover.prove("invertible", A) is not None:
                yield from self._given("diagonal_inverse", _off(("inv", A)), (A,), _off(A))
            for B in found:
                if self._shape(A) == self._shape(B):
                    product = ("matmul", A, B)
                    yield from self._given("diagonal_product", _off(product), (A, B), _off(A), _off(B))
                    if A != B:
                        yield from self._given("diagonal_commute", _commutator(A, B), (A, B), _off(A), _off(B))

    def _scaled_norm(self, op: str, term: Tree) -> Iterator[Found]:
        if term[0] == "mul" and sum(bool(self._shape(f)) for f in term[1:]) == 1:
            c = mul(*(f for f in term[1:] if not self._shape(f)))
            (x,) = (f for f in term[1:] if self._shape(f))
            made = add((op, term), neg(mul(c, (op, x))))
            yield from self._with(f"{op}_scale_nonneg", "nonneg", c, made, x)

    # --- what hypotheses say ---------------------------------------------------------------------

    def _about_facts(self) -> Iterator[Found]:
        known = [
            (name, self.setting.printer.poly(q), made) for name, q, made in self.setting.known if len(q.shape) == 2
        ]
        for name, A, made in known:
            made = {**made, "fact": [name, _json(A)]}
            if name == "nilpotent":
                yield from self._nilpotent(A, made)
            if name in ("psd", "posdef"):
                made = made if name == "psd" else fact("psd", A, "posdef_psd", [made])
                yield from self._semidefinite(A, made)
        for name, shape in self.setting.variables.items():
            if (
                len(shape) == 2
                and shape[0] == shape[1]
                and not any(kind == "nilpotent" and var(name) == A for kind, A, _ in known)
            ):
                square = self.prover.prove("nilpotent", var(name))
                if square is not None:
                    yield from self._nilpotent(var(name), square)
        semidefinite = [(A, made) for name, A, made in known if name == "psd"]
        for k, (A, first) in enumerate(semidefinite[:6]):
            for B, second in semidefinite[k + 1 : 6]:
                if self._shape(A) == self._shape(B):
                    terms = self.vanishes(add(A, B))
                    if terms is not None:
                        yield law("psd_antisymmetry", [first, second], (), [terms]), A
                    product = ("matmul", A, B)
                    terms = self.vanishes(("trace", product))
                    if terms is not None:
                        yield law("psd_product_zero", [first, second], (), [terms]), product

    def _nilpotent(self, A: Tree, made: Fact) -> Iterator[Found]:
        terms = self.vanishes(_commutator(A, transpose(A)))
        if terms is not None:
            yield law("nilpotent_normal", [made], (), [terms]), A
        for v, _ in list(self.setting.nonzero_vectors()):
            for c in self._scalars():
                if self._shape(v) != self._shape(A)[:1]:
                    continue
                terms = self.vanishes(add(("matmul", A, v), neg(mul(c, v))))
                known = self.prover.prove("nonzero", v) if terms is not None else None
                if known is not None and terms is not None:
                    yield law("nilpotent_eigenvalue", [made, known], (c,), [terms]), c

    def _scalars(self) -> list[Tree]:
        return [var(name) for name, shape in self.setting.variables.items() if not shape][:4]

    def _semidefinite(self, A: Tree, made: Fact) -> Iterator[Found]:
        terms = self.vanishes(("trace", A))
        if terms is not None:
            yield law("psd_trace_zero", [made], (), [terms]), A
        for name, shape in self.setting.variables.items():
            if not shape or shape[0] != self._shape(A)[0]:
                continue
            X = var(name)
            form = ("matmul", X, A, X) if len(shape) == 1 else ("trace", ("matmul", transpose(X), A, X))
            terms = self.vanishes(form)
            if terms is None and len(shape) == 1 and any(part[0] == "eq" for part in self.setting.hypotheses):
                signs = self.prover.all([("nonneg", neg(form)), ("nonneg", form)])
                if signs is not None:
                    relation = law("nonneg_antisymmetry", signs[::-1], (), [[]])
                    terms = [{"relation": as_json(relation), "context": as_json(HOLE)}]
            if terms is not None:
                yield law("psd_null", [made], (X,), [terms]), ("matmul", A, X)

    # --- what the claim mentions -----------------------------------------------------------------

    def _trace(self, A: Tree) -> Iterator[Found]:
        yield from self._with("nilpotent_trace", "nilpotent", A, ("trace", A))
        if A[0] == "block" and self._quarters(A) and self._square(A[1][1]):
            cells = (*A[1][1:], *A[2][1:])
            yield ("block_trace", *cells), add(("trace", A), neg(("trace", cells[0])), neg(("trace", cells[3])))
        if A[0] == "K" and A[1] == A[2]:
            yield ("trace_commutation", ("zeros", *A[1:])), add(("trace", A), neg(A[1]))
        if A[0] == "eigL":
            yield ("eig_values", A[1]), add(A, neg(("diag", ("eigs", A[1]))))
            yield ("eig_sum", A[1]), add(("sum", ("eigs", A[1])), neg(("trace", A[1])))
        if ("rank", A) not in self.parts:
            gap = add(("matmul", A, A), neg(A))
            yield from self._given("idempotent_rank", add(("trace", A), neg(("rank", A))), (A,), gap)

    def _det(self, A: Tree) -> Iterator[Found]:
        yield from self._with("nilpotent_det", "nilpotent", A, ("det", A))
        eye = identity_tree(self._shape(A))
        if A[0] == "eigL":
            yield ("det_eigL", A[1]), add(("det", A), neg(("det", A[1])))
        for v, shape in list(self.setting.nonzero_vectors()):
            terms = self.vanishes(("matmul", A, v)) if shape == self._shape(A)[1:] else None
            known = self.prover.prove("nonzero", v) if terms is not None else None
            if known is not None and terms is not None:
                yield law("det_singular", [known], (A,), [terms]), ("det", A)
        if A[0] == "add":
            rest = self._less(A, eye)
            made = add(("det", add(eye, rest)), neg(ONE))
            yield from self._with("unipotent_det", "nilpotent", rest, made)
        if A[0] == "block" and self._quarters(A):
            (a, b), (c, d) = A[1][1:], A[2][1:]
            if b[0] == "zeros" and self._square(a) and self._square(d):
                yield ("det_lower", a, c, d), add(("det", A), neg(("mul", ("det", a), ("det", d))))
            if len({self._shape(cell) for cell in (a, b, c, d)}) == 1:
                after = ("det", add(("matmul", a, d), neg(("matmul", c, b))))
                yield from self._given(
                    "det_block_commuting", add(("det", A), neg(after)), (a, b, c, d), _commutator(a, c)
                )
                if a == d and b == c:
                    product = ("mul", ("det", add(a, b)), ("det", add(a, neg(b))))
                    yield ("det_twins", a, b), add(("det", A), neg(product))

    def _quarters(self, A: Tree) -> bool:
        """Whether a block has two rows and columns of matrices."""
        cells = [cell for row in A[1:] for cell in row[1:]]
        return [len(row) for row in A[1:]] == [3, 3] and all(len(self._shape(cell)) == 2 for cell in cells)

    def _less(self, A: Tree, B: Tree) -> Tree:
        """A − B as it is printed from its normal form."""
        algebra, reader = self.setting.algebra, self.setting.reader
        return self.setting.printer.poly(algebra.subtract(reader.read(A), reader.read(B)))

    def _rank(self, A: Tree) -> Iterator[Found]:
        shape = self._shape(A)
        if shape[0] == shape[1]:
            gap = add(("matmul", A, A), neg(A))
            yield from self._given("idempotent_rank", add(("trace", A), neg(("rank", A))), (A,), gap)
        yield from self._given("rank_zero", A, (A,), ("rank", A))
        for X in [part[1] for part in self.parts if part[0] == "pinv"][:3]:
            made = add(("trace", ("matmul", X, ("pinv", X))), neg(("rank", X)))
            yield ("rank_pinv_trace", X), made
        if self.vanishes(A) is not None:
            terms = self.vanishes(A) or []
            zero = ("zeros", *map(size_tree, shape))
            yield ("rank_of_zero", zero), ("rank", zero)
            if terms:
                yield ("equal_args", "rank", A, zero, terms), add(("rank", A), neg(("rank", zero)))
        if A[0] == "block" and self._quarters(A):
            (a, b), (c, d) = A[1][1:], A[2][1:]
            if b[0] == c[0] == "zeros":
                yield ("rank_diagonal_blocks", a, d), add(("rank", A), neg(("rank", a)), neg(("rank", d)))
            square = self._shape(a)[0] == self._shape(a)[1]
            if square and self.prover.prove("invertible", a) is not None:
                core = add(d, neg(("matmul", c, ("inv", a), b)))
                made = add(("rank", A), neg(size_tree(self._shape(a)[0])), neg(("rank", core)))
                yield ("rank_guttman", a, b, c, d), made

    def _expm(self, A: Tree) -> Iterator[Found]:
        eye, whole = identity_tree(self._shape(A)), ("expm", A)
        turned = transpose(whole)
        yield from self._with("orthogonal_left", "orthogonal", whole, add(("matmul", turned, whole), neg(eye)))
        yield from self._with("orthogonal_right", "orthogonal", whole, add(("matmul", whole, turned), neg(eye)))
        yield from self._with("psd_symmetric", "psd", whole, add(whole, neg(turned)))
        square = ("matmul", A, A)
        yield from self._given("expm_square_zero", add(whole, neg(eye), neg(A)), (A,), square)
        e = add(("exp", ONE), number(-1))
        yield from self._given("expm_idempotent", add(whole, neg(eye), neg(mul(e, A))), (A,), add(square, neg(A)))
        both = add(mul(("cosh", ONE), eye), mul(("sinh", ONE), A))
        yield from self._given("expm_involutory", add(whole, neg(both)), (A,), add(square, neg(eye)))
        if A[0] == "diag":
            yield ("expm_diag", A[1]), add(whole, neg(("diag", ("exp", A[1]))))
        if A[0] == "eye" or (A[0] == "mul" and A[-1][0] == "eye"):
            c = ONE if A[0] == "eye" else mul(*A[1:-1])
            yield ("expm_multiple", c, eye), add(("expm", mul(c, eye)), neg(mul(("exp", c), eye)))
        if A[0] == "add":
            for k in range(1, len(A) - 1):
                X, Y = add(*A[1 : k + 1]), add(*A[k + 1 :])
                if self._shape(X) == self._shape(Y):
                    yield from self._expm_sum(X, Y)
        if A[0] == "mul" and A[1] == ("num", "2") and len(A) == 3:
            yield from self._expm_sum(A[2], A[2])
        for name, shape in self.setting.variables.items():
            B = var(name)
            if shape == self._shape(A) and B != A:
                yield from self._given("expm_commutes_with", _commutator(whole, B), (A, B), _commutator(A, B))
            if len(shape) == 1 and shape[0] == self._shape(A)[0]:
                for c in self._scalars():
                    gap = add(("matmul", A, B), neg(mul(c, B)))
                    made = add(("matmul", whole, B), neg(mul(("exp", c), B)))
                    yield from self._given("expm_vector", made, (A, B, c), gap)

    def _expm_sum(self, X: Tree, Y: Tree) -> Iterator[Found]:
        made = add(("expm", ("add", X, Y)), neg(("matmul", ("expm", X), ("expm", Y))))
        found = list(self._given("expm_add", made, (X, Y), _commutator(X, Y)))
        yield from found
        for part in (X, Y) if found else ():
            if ("expm", part) not in self.parts:
                yield from self._expm(part)

    def _singular(self, part: Tree) -> Iterator[Found]:
        op, A = str(part[0]), part[1]
        other = ("lmax", A) if op == "nspec" else ("trace", A)
        if self._shape(A)[0] == self._shape(A)[-1]:
            found = list(self._with(f"{op}_psd", "psd", A, add(part, neg(other))))
            yield from found
            if found and op == "nspec" and other not in self.parts:
                yield from self._eigenvalue(other)
            if A[0] == "var" and (known := self.prover.prove("orthogonal", A)):
                eye = identity_tree(self._shape(A))
                yield law(f"{op}_orthogonal_left", [known], (eye,)), add(part, neg((op, eye)))
                yield (f"{op}_eye", eye), add((op, eye), neg(ONE if op == "nspec" else eye[1]))
        match A:
            case ("matmul", Q, *rest) if self._square(Q):
                B = _joined(rest)
                found = list(self._with(f"{op}_orthogonal_left", "orthogonal", Q, add(part, neg((op, B))), B))
                yield from found
                if found and (op, B) not in self.parts:
                    yield from self._singular((op, B))
        match A:
            case ("matmul", *rest, Q) if self._square(Q):
                B = _joined(rest)
                yield from self._with(f"{op}_orthogonal_right", "orthogonal", Q, add(part, neg((op, B))), B)
            case ("outer", x, y):
                made = add(part, neg(("mul", ("norm2", x), ("norm2", y))))
                yield (f"{op}_outer", x, y), made
            case ("eye", n):
                yield (f"{op}_eye", A), add(part, neg(ONE if op == "nspec" else n))
        if op == "nspec":
            made = add(("mul", part, part), neg(("lmax", ("matmul", transpose(A), A))))
            if any(p[0] == "lmax" for p in self.parts):
                yield ("nspec_square", A), made

    def _square(self, A: Tree) -> bool:
        shape = self._shape(A)
        return len(shape) == 2 and shape[0] == shape[1]

    def _eigenvalue(self, part: Tree) -> Iterator[Found]:
        op, A = str(part[0]), part[1]
        if op == "lmax" and any(p[0] in ("normF", "nsq") for p in self.parts):
            yield from self._with("nspec_psd", "psd", A, add(("nspec", A), neg(part)))
        match A:
            case ("inv", B) if op in ("lmin", "lmax"):
                other = ("lmax" if op == "lmin" else "lmin", B)
                yield from self._with(f"{op}_inverse", "posdef", B, add(("mul", part, other), number(-1)))
            case ("matmul", P, B, Q) if self._square(Q) and self.vanishes(add(P, neg(transpose(Q)))) == []:
                yield from self._with(f"{op}_orthogonal", "orthogonal", Q, add(part, neg((op, B))), B)
            case ("mul", *factors, ("eye", _) as eye) if factors and op != "eigs":
                c = mul(*factors)
                yield (f"{op}_multiple", c, eye), add((op, mul(c, eye)), neg(c))
            case ("mul", *factors) if len(factors) > 1 and sum(bool(self._shape(f)) for f in factors) == 1:
                c = mul(*(f for f in factors if not self._shape(f)))
                (B,) = (f for f in factors if self._shape(f))
                yield from self._with(f"{op}_scale", "nonneg", c, add(part, neg(mul(c, (op, B)))), B)
            case ("neg", B) if op in ("lmin", "lmax"):
                other = ("lmax" if op == "lmin" else "lmin", B)
                yield ("lmin_neg", B if op == "lmin" else A), add(part, other)
            case ("add", *terms):
                for k, term in enumerate(terms):
                    if term[0] == "eye" or (term[0] == "mul" and term[-1][0] == "eye"):
                        shift = ONE if term[0] == "eye" else mul(*term[1:-1])
                        B = add(*terms[:k], *terms[k + 1 :])
                        yield (f"{op}_shift", shift, B), add(part, neg((op, B)), neg(shift))
                        if (op, B) not in self.parts:
                            yield from self._eigenvalue((op, B))
        if op == "eigs" and any(p[0] == "log" for p in self.parts):
            made = add(("sum", ("log", part)), neg(("log", ("det", A))))
            yield from self._with("eig_logdet", "posdef", A, made)

    # --- inequalities whose premises are proved ----------------------------------------------------

    def inequalities(self) -> Iterator[Fact]:
        """Facts about determinants, traces, forms and extreme eigenvalues that the claim mentions."""
        prove = self.prover.prove
        dets = [part[1] for part in self.parts if part[0] == "det"][:5]
        for A in dets:
            if A[0] == "block" and self._quarters(A) and (known := prove("psd", A)):
                first, last = A[1][1], A[2][2]
                gap = add(("mul", ("det", first), ("det", last)), neg(("det", A)))
                yield fact("nonneg", gap, "det_fischer", [known])
        for A in dets:
            for B in dets:
                if A != B and self._shape(A) == self._shape(B):
                    yield from self._ordered_dets(A, B)
        traces = [part[1] for part in self.parts if part[0] == "trace"]
        for product in traces:
            if product[0] == "matmul" and len(product) == 3:
                A, B = product[1:]
                signs = self.prover.all([("psd", A), ("psd", B)])
                if signs is not None:
                    gap = add(("mul", ("trace", A), ("trace", B)), neg(("trace", product)))
                    yield fact("nonneg", gap, "trace_of_product", signs)
            if product[0] == "inv" and (known := prove("posdef", product[1])):
                n = size_tree(self._shape(product)[0])
                gap = add(("mul", ("trace", product[1]), ("trace", product)), neg(("mul", n, n)))
                yield fact("nonneg", gap, "trace_of_inverse", [known])
            if product[0] == "matmul" and len(product) == 3 and product[1] == product[2]:
                A = product[1]
                for X in (add(A, neg(transpose(A))), add(A, transpose(A))):
                    yield fact("nonneg", ("nsq", X), "nonneg_nsq", data=[X])
            if self._square(product):
                n = size_tree(self._shape(product)[0])
                eye, inner = identity_tree(self._shape(product)), ("trace", ("matmul", transpose(product), ("eye", n)))
                gap = add(("mul", ("nsq", product), ("nsq", eye)), neg(("mul", inner, inner)))
                yield fact("nonneg", gap, "cauchy_squared", data=[product, eye])
        ranks = [part[1] for part in self.parts if part[0] == "rank"][:4]
        for A in ranks:
            for B in ranks:
                if self._shape(A)[1:] == self._shape(B)[:1] and self.vanishes(("matmul", A, B)) is not None:
                    rows = size_tree(self._shape(B)[0])
                    whole = add(("rank", ("matmul", A, B)), rows)
                    gap = add(whole, neg(add(("rank", A), ("rank", B))))
                    yield fact("nonneg", gap, "rank_sylvester", data=[A, B])
        for op, A in [(part[0], part[1]) for part in self.parts if part[0] in ("lmin", "lmax")][:4]:
            whole = mul((op, A), identity_tree(self._shape(A)))
            gap = add(whole, neg(A)) if op == "lmax" else add(A, neg(whole))
            yield fact("psd", gap, f"{op}_bound", data=[A])
        for A in [part[1] for part in self.parts if part[0] == "trace"]:
            if self._square(A) and self.vanishes(add(("matmul", A, A), neg(A))) is not None:
                yield fact("nonneg", ("rank", A), "rank_nonneg", data=[A])
        for A in [part[1] for part in self.parts if part[0] in ("normF", "nsq")][:4]:
            if self._square(A) and (known := prove("psd", A)):
                gap = add(("mul", ("trace", A), ("trace", A)), neg(("trace", ("matmul", A, A))))
                yield fact("nonneg", gap, "trace_of_product", [known, known])
                if any(part[0] == "lmax" for part in self.parts):
                    yield fact("nonneg", add(("normF", A), neg(("nspec", A))), "normF_above_nspec", data=[A])
        for A in [part[1] for part in self.parts if part[0] == "lmax"]:
            if known := prove("psd", A):
                yield fact("nonneg", add(("trace", A), neg(("lmax", A))), "lmax_below_trace", [known])
        yield from self._monotone()
        yield from self._known_traces()
        yield from self._forms()
        yield from self._norms()

    def _ordered_dets(self, A: Tree, B: Tree) -> Iterator[Fact]:
        prove = self.prover.prove
        low = prove("psd", A)
        gap = add(B, neg(A))
        high = prove("psd", gap) if low else None
        if low and high:
            yield fact("nonneg", add(("det", add(A, gap)), neg(("det", A))), "nonneg_det_order", [low, high])
            rest = self.setting.printer.poly(self.setting.reader.read(gap))
            if (("det", rest) in self.parts or rest[0] == "eye") and (known := prove("psd", rest)):
                whole = add(("det", add(A, rest)), neg(("det", A)), neg(("det", rest)))
                yield fact("nonneg", whole, "det_superadditive", [low, known])

    def _monotone(self) -> Iterator[Fact]:
        for op in ("lmin", "lmax"):
            found = [part[1] for part in self.parts if part[0] == op][:4]
            for A in found:
                for B in found:
                    if A == B or self._shape(A) != self._shape(B):
                        continue
                    known = self.prover.prove("psd", add(B, neg(A)))
                    if known:
                        gap = add((op, add(A, add(B, neg(A)))), neg((op, A)))
                        yield fact("nonneg", gap, f"{op}_monotone", [known], data=[A])

    def _known_traces(self) -> Iterator[Fact]:
        """tr M ≥ 0 and x@M@x ≥ 0 for differences M that a hypothesis calls semidefinite."""
        vectors = [(var(name), shape) for name, shape in self.setting.variables.items() if len(shape) == 1]
        for name, q, made in list(self.setting.known):
            if name not in ("psd", "posdef") or len(q.terms) < 2:
                continue
            M = self.setting.printer.poly(q)
            made = {**made, "fact": [name, _json(M)]}
            weak = made if name == "psd" else fact("psd", M, "posdef_psd", [made])
            if any(part[0] == "trace" for part in self.parts):
                yield fact("nonneg", ("trace", M), "nonneg_trace", [weak])
                for other, r, also in list(self.setting.known):
                    if other in ("psd", "posdef") and r.shape == q.shape and len(r.terms) == 1:
                        P = self.setting.printer.poly(r)
                        also = {**also, "fact": [other, _json(P)]}
                        second = also if other == "psd" else fact("psd", P, "posdef_psd", [also])
                        yield fact("nonneg", ("trace", ("matmul", P, M)), "nonneg_trace_mul", [second, weak])
            for x, shape in vectors[:3]:
                if shape == q.shape[:1]:
                    yield fact("nonneg", ("matmul", x, M, x), "nonneg_form", [weak], data=[x])

    def _forms(self) -> Iterator[Fact]:
        """Cauchy–Schwarz for a form and its inverse."""
        products = [p for p in self.parts if p[0] == "matmul" and len(p) in (3, 4) and not self._shape(p)]
        for part in products[:8]:
            x, y = part[1], part[-1]
            if len(self._shape(x)) != 1 or len(self._shape(y)) != 1 or (x == y and len(part) == 4):
                continue
            if len(part) == 4 and (known := self.prover.prove("psd", part[2])):
                P = part[2]
                gap = add(("mul", ("matmul", x, P, x), ("matmul", y, P, y)), neg(("mul", part, part)))
                yield fact("nonneg", gap, "cauchy_form", [known], data=[x, y])
            if len(part) == 3:
                for a, b in ((x, y), (y, x)):
                    for other in products:
                        inverse = other[2] if len(other) == 4 else ONE
                        if inverse[0] == "inv" and other[1] == other[3] == b:
                            P = inverse[1]
                            if known := self.prover.prove("posdef", P):
                                forms = ("mul", ("matmul", a, P, a), ("matmul", b, inverse, b))
                                gap = add(forms, neg(("mul", ("matmul", a, b), ("matmul", a, b))))
                                yield fact("nonneg", gap, "cauchy_dual", [known], data=[a, b])
                                weak = fact("psd", P, "posdef_psd", [known])
                                for z in (add(a, neg(("matmul", inverse, b))), add(a, ("matmul", inverse, b))):
                                    yield fact("nonneg", ("matmul", z, P, z), "nonneg_form", [weak], data=[z])

    def _norms(self) -> Iterator[Fact]:
        """normF ≤ √n·nspec and nnuc ≤ √n·normF."""
        present = {part[0] for part in self.parts}
        for part in self.parts:
            if part[0] not in ("normF", "nspec", "nnuc"):
                continue
            for side, size in zip(("rows", "columns"), self._shape(part[1]), strict=True):
                root = ("sqrt", size_tree(size))
                for a, b in (("normF", "nspec"), ("nnuc", "normF")):
                    if {a, b} <= present:
                        gap = add(("mul", root, (b, part[1])), neg((a, part[1])))
                        yield fact("nonneg", gap, f"{a}_below_{b}_{side}", data=[part[1]])


def _commutator(A: Tree, B: Tree) -> Tree:
    return add(("matmul", A, B), neg(("matmul", B, A)))


def _off(A: Tree) -> Tree:
    return add(A, neg(("diagpart", A)))


def _joined(parts: Sequence[Tree]) -> Tree:
    return parts[0] if len(parts) == 1 else ("matmul", *parts)


def _json(tree: Tree) -> Any:
    return [_json(part) for part in tree] if isinstance(tree, tuple) else tree


def data_of(relation: Sequence[Any]) -> list[Any]:
    """The trees that a law's relation is about."""
    if len(relation) == 4 and isinstance(relation[1], (list, tuple)) and isinstance(relation[3], (list, tuple)):
        return [tuple_tree(part) for part in relation[2]] if _is_law(relation) else []
    return []


def _is_law(relation: Sequence[Any]) -> bool:
    return isinstance(relation[2], (list, tuple)) and not (relation[2] and isinstance(relation[2][0], str))
