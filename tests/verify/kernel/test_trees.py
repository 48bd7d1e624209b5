"""Reading claims: bounds, unknown words, shapes, what abbreviations mean, and the text that is printed."""

import pytest
from kernel_gallery import ACCEPTED, HOLE, A, certificate, combination, num, proved, refuted, relation, t, term, var, x

from hessmath.language import parse, to_json
from hessmath.verify.kernel import Rejected, check
from hessmath.verify.kernel.checker import read_claim
from hessmath.verify.kernel.trees import ONE, Size, Tree, make, plain, read, size_of, text

n, m = Size.of("n"), Size.of("m")
V = {"A": (n, n), "B": (n, m), "x": (n,), "t": (), "C": (m, n)}
DECLARED = {"A": ["n", "n"], "B": ["n", "m"], "x": ["n"], "t": [], "C": ["m", "n"]}


def deep(levels):
    node = num(1)
    for _ in range(levels):
        node = ["neg", node]
    return node


BAD_TREES = {
    "not a list": "A",
    "empty": [],
    "unknown operation": ["frobnicate", A],
    "unknown variable": var("zzz"),
    "unknown size": ["size", "k"],
    "unbound": ["bound", "k"],
    "hole outside a context": HOLE,
    "float": ["num", "0.5"],
    "number, not text": ["num", 1],
    "division by zero": ["num", "1/0"],
    "nan": ["num", "nan"],
    "too many digits": ["num", "9" * 3000],
    "a bool": ["num", True],
    "two names": ["var", "A", "B"],
    "name with a space": ["var", "A B"],
    "too deep": deep(70),
    "too large": ["add", *[num(1)] * 21_000],
    "inner sizes": ["matmul", var("B"), var("B")],
    "scalar in a product": ["matmul", t, A],
    "sum of shapes": ["add", A, var("B")],
    "trace of a rectangle": ["trace", var("B")],
    "diag of a matrix": ["diag", A],
    "vec of a vector": ["vec", x],
    "outer of matrices": ["outer", A, A],
    "kron of a vector and a matrix": ["kron", x, A],
    "norm2 of a matrix": ["norm2", A],
    "softmax of a scalar": ["softmax", t],
    "too few": ["div", t],
    "too many": ["inv", A, A],
    "no arguments": ["add"],
    "relation inside": ["add", ["eq", t, t], t],
    "matrix inequality": ["le", A, A],
    "predicate of a rectangle": ["posdef", var("B")],
    "commute of shapes": ["commute", A, ["matmul", var("B"), var("C"), num(1)]],
    "rank of a vector": ["fullcol", x],
    "psd_le of scalars": ["psd_le", t, t],
    "negative size": ["eye", ["num", "-1"]],
    "zero size": ["zeros", num(0)],
    "maybe zero size": ["eye", ["add", ["size", "n"], num(-1)]],
    "size from a variable": ["eye", t],
    "K of one size": ["K", ["size", "n"]],
    "indices": ["index", A, num(0)],
    "index of a scalar": ["index", t],
    "matrix index": ["index", x, A],
    "mpow of a rectangle": ["mpow", var("B"), num(2)],
    "derivative in an expression": ["gradient", t, ["add", t, t]],
    "gradient of a matrix": ["gradient", A, t],
    "jacobian of a scalar": ["jacobian", t, x],
    "direction": ["dirderiv", ["matmul", x, x], x, t],
    "lambda alone": ["lambda", ["bound", "k"], t],
    "lambda that hides a variable": ["psum", ["lambda", ["bound", "t"], t], num(0), num(1)],
    "psum of a scalar": ["psum", t, num(0), num(1)],
    "case alone": ["case", t, ["true"]],
    "case of a matrix": ["Piecewise", ["case", A, ["true"]]],
    "case without condition": ["Piecewise", ["case", t, t]],
    "empty Piecewise": ["Piecewise"],
    "row alone": ["row", t],
    "row of vectors": ["block", ["row", x]],
    "ragged block": ["block", ["row", t, t], ["row", t]],
    "heights": ["block", ["row", A, t]],
    "empty block": ["block"],
    "not of two": ["not", ["true"], ["true"]],
    "and of numbers": ["and", t],
    "operation not text": [["add"], t, t],
}


@pytest.mark.parametrize("name", BAD_TREES)
def test_a_tree_that_means_nothing_is_rejected(name):
    with pytest.raises(Rejected):
        text(read(BAD_TREES[name], V)) if name not in ("lambda alone", "case alone", "row alone") else read(
            BAD_TREES[name], V
        ).shape


TEXTS = [
    "inv(A).T @ x == 2*(A - 3) @ x",
    "x @ A @ x - t**2 <= -t*(3 - t)/2",
    "(A @ B) @ (C @ x) == A @ (B @ C @ x)",
    "-(t**2) < (-t)**2*2",
    "t**-2 == 1/t/t",
    "psum(lambda k: x[k]**2*k, 0, n - 1) == nsq(x)",
    "block([A, B], [C, eye(m)]) == block([A, B], [C, eye(m)])",
    "t - (t - 1) > t/(t*t) - 1/2",
    "2**t**t != (2**t)**t",
    "A[0, 1] >= had(A, A.T)[0, 0]",
    "psd_ge(A, 0*A)",
    "commute(A, A @ A)",
    "Piecewise((t, t > 0 and not t == 1), (-t, True)) == 0",
    "trace(kron(A, A) @ K(n, n)) == trace(A @ A)",
    "(t == 1 or t < 0) and t != 3",
    "Max(t, -t, 0) == Abs(t)",
    "mpow(A, 2) == A @ A",
    "E*pi == pi*E",
]


@pytest.mark.parametrize("source", TEXTS)
def test_the_printed_text_reads_back_to_the_same_meaning(source):
    try:
        obj = to_json(parse(source, DECLARED, sizes=["n", "m"]))
    except ValueError as reason:
        pytest.skip(f"the language has no such text: {reason}")
    printed = text(read(obj, V))
    again = to_json(parse(printed, DECLARED, sizes=["n", "m"]))
    assert text(read(again, V)) == printed


def test_the_text_of_an_array_that_is_not_zero_says_so():
    claim = read_claim(relation({"x": ["n"], "A": ["n", "m"]}, ["and", ["nonzero", x], ["nonzero", A]]))
    assert text(claim.claim) == "x != zeros(n) and A != zeros(n, m)"
    assert text(Tree("hole")) == "…"


def test_sizes_are_polynomials():
    assert str(n * m + n + Size.of(2)) == "2 + m*n + n"
    assert (n + n).at({"n": 3}).known == 6 and (n * m).known is None and (n < m or m < n)
    assert size_of(read(["add", ["mul", ["size", "n"], num(2)], num(1)], V)) == n + n + ONE


PLAIN = {
    "norm2(x)": "sqrt(x @ x)",
    "nsq(A)": "trace(A.T @ A)",
    "normF(A)": "sqrt(trace(A.T @ A))",
    "nsq(t)": "t*t",
    "had(A, A)": "A*A",
    "t**(1/2)": "sqrt(t)",
    "t**(3/2)": "sqrt(t)**3",
    "mpow(A, 3)": "A @ A @ A",
    "mpow(A, -1)": "inv(A)",
    "mpow(A, 0)": "eye(n) + 0*A",
    "psum(lambda k: t**k, 0, 1)": "t**0 + t**1",
    "E**t": "exp(1)**t",
    "psum(lambda k: A, 1, 0)": "zeros(n, n)",
    "psum(lambda k: t, 1, 0)": "0",
}


@pytest.mark.parametrize("source", PLAIN)
def test_abbreviations_are_written_out(source):
    assert text(plain(read(to_json(parse(source, DECLARED)), V), {})).removesuffix("@ inv(A)") == PLAIN[source]


@pytest.mark.parametrize(
    "source",
    [
        "psum(lambda k: t, 0, n)",
        "mpow(A, 99)",
        "A[1, 0]",
        "psum(lambda k: t, 0, 10000)",
        "psum(lambda k: x[k - 1], 0, 1)",
        "psum(lambda i: psum(lambda j: psum(lambda k: t, 1, 99), 1, 99), 1, 99)",
    ],
)
def test_what_cannot_be_written_out_is_rejected(source):
    with pytest.raises(Rejected):
        plain(read(to_json(parse(source, DECLARED)), V), {})


def test_a_power_zero_keeps_its_base_defined():
    with pytest.raises(Rejected, match="invertible"):
        check(proved({"A": ["n", "n"]}, "mpow(inv(A), 0) == eye(n)"))


def test_powers_of_arrays_are_not_cut_short():
    with pytest.raises(Rejected, match="too large"):
        check(proved({"x": ["n"]}, ["eq", ["pow", x, num(100)], ["pow", x, num(101)]]))


GOOD = ACCEPTED["trace of a product"]


def changed(**change):
    return {**GOOD, **change}


def claimed(**change):
    return {**GOOD, "claim": {**GOOD["claim"], **change}}


BAD_CERTIFICATES = {
    "not an object": [],
    "another format": changed(format="hessmath-certificate-2"),
    "another verdict": changed(verdict="perhaps"),
    "verdict not text": changed(verdict=["proved"]),
    "wrong axioms": changed(axioms=["choice"]),
    "unknown key": changed(note="hello"),
    "claim not an object": changed(claim=[]),
    "unknown kind": claimed(kind="guess"),
    "kind not text": claimed(kind=["relation"]),
    "field": claimed(field="quaternions"),
    "vars": claimed(vars=[]),
    "cube": claimed(vars={**GOOD["claim"]["vars"], "C": ["n", "n", "n"]}),
    "size zero": claimed(vars={"A": [0, 2], "B": [2, 0]}),
    "size true": claimed(vars={"A": [True, 2], "B": [2, 1]}),
    "shared name": claimed(vars={**GOOD["claim"]["vars"], "n": []}),
    "claim is an expression": claimed(claim=A),
    "hypothesis is an expression": claimed(hypotheses=[A]),
    "no case": changed(proof={"cases": []}),
    "two cases for all": changed(proof={"cases": GOOD["proof"]["cases"] * 2}),
    "all sizes and another": changed(
        proof={"cases": [{"sizes": s, "goals": [combination()]} for s in ("all", {"n": 1, "m": 1})]}
    ),
    "a case twice": changed(proof={"cases": [{"sizes": {"n": 1, "m": 1}, "goals": [combination()]}] * 2}),
    "a size too many": changed(proof={"cases": [{"sizes": {"n": 1, "m": 1, "k": 1}, "goals": [combination()]}]}),
    "a large size": changed(proof={"cases": [{"sizes": {"n": 1, "m": 10**9}, "goals": [combination()]}]}),
    "goals not a list": changed(proof={"cases": [{"sizes": "all", "goals": {}}]}),
    "a goal too many": changed(proof={"cases": [{"sizes": "all", "goals": [combination()] * 2}]}),
    "unknown goal": changed(proof={"cases": [{"sizes": "all", "goals": [{"by": "magic"}]}]}),
    "goal not an object": changed(proof={"cases": [{"sizes": "all", "goals": ["magic"]}]}),
    "a multiplier without its fact": changed(
        proof={"cases": [{"sizes": "all", "goals": [combination(multiplier=num(1))]}]}
    ),
    "a term without context": changed(
        proof={"cases": [{"sizes": "all", "goals": [{"by": "combination", "terms": [{"relation": ["hyp", 0, 0]}]}]}]}
    ),
    "no such hypothesis": changed(
        proof={"cases": [{"sizes": "all", "goals": [combination(term(["hyp", 0, 0], HOLE))]}]}
    ),
    "no such relation": changed(proof={"cases": [{"sizes": "all", "goals": [combination(term(["magic", A], HOLE))]}]}),
    "empty relation": changed(proof={"cases": [{"sizes": "all", "goals": [combination(term([], HOLE))]}]}),
    "pinv of five": changed(proof={"cases": [{"sizes": "all", "goals": [combination(term(["pinv", A, 5], HOLE))]}]}),
}


@pytest.mark.parametrize("name", BAD_CERTIFICATES)
def test_a_certificate_that_is_not_one_is_rejected(name):
    with pytest.raises(Rejected):
        check(BAD_CERTIFICATES[name])


def test_deep_nesting_is_rejected_not_a_crash():
    terms = [term(["hyp", 0, 0], HOLE)]
    for _ in range(3000):
        terms = [term(["equal_args", "neg", t, t, terms], HOLE)]
    with pytest.raises(Rejected, match="nested"):
        check(proved({"t": []}, "t == t", ["t == 1"], [combination(*terms)]))


def test_the_scope_and_the_axioms_are_printed():
    statement = check(ACCEPTED["inverse of a product, sizes"])
    assert str(statement).startswith(
        "proved (sizes n=1, 2): for all A (n, n), B (n, n) with invertible(A), invertible(B): inv(A @ B)"
    )
    case = [{"sizes": {"n": i, "m": 2}, "goals": [combination()]} for i in (1, 2)]
    assert check(changed(proof={"cases": case})).scope == "sizes m=2, n=1; m=2, n=2"
    orthogonal = check(ACCEPTED["orthogonal"])
    assert orthogonal.axioms == ("finite dimension (a left inverse of a square matrix is its inverse)",)
    assert check({**ACCEPTED["orthogonal"], "axioms": list(orthogonal.axioms)}) == orthogonal


def test_a_claim_without_variables_is_its_text():
    claim = relation({}, "1 + 1 == 2")
    proof = {"cases": [{"sizes": {}, "goals": [combination()]}]}
    assert str(check(certificate(claim, "proved", proof))) == "proved: 1 + 1 == 2"
    assert str(check(refuted({}, "1 + 1 == 3", {}))) == "refuted: 1 + 1 == 3"
    assert make("true").sort == "truth"
