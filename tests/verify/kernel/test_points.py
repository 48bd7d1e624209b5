"""Deciding relations at rational points: predicates, enclosures, definedness."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_gallery import certificate, refuted, relation, tree

from hessmath.verify.kernel import Rejected, check
from hessmath.verify.kernel import evaluate as ev
from hessmath.verify.kernel.entries import eigenvalues

M = {"A": ["n", "n"]}
R = {"A": ["n", "m"]}

# predicate: (a matrix that has it, one that has not)
MATRICES = {
    "symmetric(A)": ([[1, 2], [2, 5]], [[1, 2], [3, 5]]),
    "skew(A)": ([[0, 2], [-2, 0]], [[1, 2], [-2, 0]]),
    "orthogonal(A)": ([["3/5", "4/5"], ["-4/5", "3/5"]], [[1, 1], [0, 1]]),
    "orthocols(A)": ([["3/5", "4/5"], ["-4/5", "3/5"]], [[1, 1], [0, 1]]),
    "diagonal(A)": ([[1, 0], [0, 0]], [[1, 1], [0, 0]]),
    "idempotent(A)": ([[1, 0], [0, 0]], [[1, 1], [1, 1]]),
    "involutory(A)": ([[0, 1], [1, 0]], [[0, 1], [0, 0]]),
    "nilpotent(A)": ([[0, 1], [0, 0]], [[1, 1], [0, 0]]),
    "posdef(A)": ([[2, 1], [1, 2]], [[1, 2], [2, 1]]),
    "posdef(A.T @ A)": ([[1, 1], [0, 1]], [[1, 1], [1, 1]]),
    "psd(A)": ([[1, 1], [1, 1]], [[0, 0], [0, -1]]),
    "negdef(A)": ([[-2, 1], [1, -2]], [[-1, 1], [1, -1]]),
    "nsd(A)": ([[-1, 1], [1, -1]], [[0, 1], [1, 0]]),
    "indefinite(A)": ([[0, 1], [1, 0]], [[1, 1], [1, 1]]),
    "invertible(A)": ([[1, 1], [0, 1]], [[1, 2], [2, 4]]),
    "fullcol(A)": ([[1, 1], [0, 1]], [[1, 2], [2, 4]]),
    "fullrow(A)": ([[1, 1], [0, 1]], [[1, 2], [2, 4]]),
    "nonzero(A)": ([[0, 0], [0, 1]], [[0, 0], [0, 0]]),
    "commute(A, A.T)": ([[0, 1], [1, 0]], [[0, 1], [0, 0]]),
    "psd_le(A, eye(n))": ([[1, 0], [0, 0]], [[2, 0], [0, 0]]),
    "psd_ge(A, eye(n))": ([[1, 0], [0, 2]], [[0, 0], [0, 2]]),
    "rank(A) == 1": ([[1, 2], [2, 4]], [[1, 0], [0, 1]]),
    "pinv(A) == A.T/25": ([[1, 2], [2, 4]], [[1, 0], [0, 1]]),
    "pinv(A) == zeros(n, n)": ([[0, 0], [0, 0]], [[1, 0], [0, 1]]),
    "lmax(A + A.T) == 6": ([[2, 1], [1, 2]], [[2, 0], [0, 2]]),
    "lmin(A.T @ A) == 0": ([[1, 2], [2, 4]], [[1, 0], [0, 1]]),
    "eigs(A + A.T)[1] == 6": ([[2, 1], [1, 2]], [[2, 0], [0, 2]]),
    "eigL(A + A.T) == A": ([[0, 0], [0, 0]], [[1, 0], [0, 1]]),
    "nspec(A) == 5 and nnuc(A) == 5": ([[1, 2], [2, 4]], [[1, 0], [0, 1]]),
    "nspec(A) < 3/2": ([[1, 0], [0, "6/5"]], [[1, 0], [0, 2]]),
    "norm1(A) == 6": ([[1, 2], [-1, 4]], [[1, 2], [2, 5]]),
    "norminf(A) == 5": ([[1, 2], [1, -4]], [[1, 2], [2, 4]]),
    "normmax(A) == 4": ([[1, 2], [1, -4]], [[1, 2], [2, 5]]),
    "adj(A) @ A == det(A)*eye(n) and trace(A) == 1": ([[1, 2], [1, 0]], [[1, 2], [1, 1]]),
    "diagvec(A) == A @ ones(n) or diagpart(A) == A.T": ([[1, 0], [0, 3]], [[1, 1], [0, 3]]),
    "vec(A) == K(n, n) @ vec(A)": ([[1, 2], [2, 3]], [[1, 1], [0, 3]]),
    "not sum(A) == 0": ([[1, 2], [2, 3]], [[1, -1], [0, 0]]),
    "exp(A) == ones(n, n)": ([[0, 0], [0, 0]], [[1, 0], [0, 0]]),
    "positive(A @ ones(n))": ([[1, 2], [2, 3]], [[1, -1], [0, 3]]),
}


def strings(matrix):
    return [[str(c) for c in row] for row in matrix]


@pytest.mark.parametrize("source", MATRICES)
def test_predicates_are_decided_exactly(source):
    yes, no = MATRICES[source]
    claim, nothing = tree(source, M), ["false"]
    values = {"A": strings(yes)}
    assert check(refuted(M, nothing, values, {"n": 2}, [claim])).verdict == "refuted"  # it holds at yes
    assert check(refuted(M, claim, {"A": strings(no)}, {"n": 2})).verdict == "refuted"
    with pytest.raises(Rejected, match="the claim holds"):
        check(refuted(M, claim, values, {"n": 2}))
    with pytest.raises(Rejected, match="does not hold"):
        check(refuted(M, nothing, {"A": strings(no)}, {"n": 2}, [claim]))


def scalar(source, value="1/3", **more):
    return refuted({"t": []}, source, {"t": value}, **more)


FALSE_AT_A_THIRD = [
    "exp(t) <= 1 + t",
    "sin(t) >= t",
    "cos(t) == 1",
    "log(1 + t) >= t",
    "sqrt(1 + t) >= 1 + t/2",
    "atan(t) >= t",
    "tanh(t) >= t",
    "exp(-t) < 1 - t",
    "pi < 3",
    "pi > 22/7",
    "E >= 3",
    "(1 + t)**(1/3) >= 1 + t/3",
    "2**t < 1 + t/2",
    "Abs(sin(t) - 1) > 1",
    "Max(sin(t), t) < sin(t)",
    "Min(sin(t), t) == t",
    "sigmoid(t) > 3/5",
    "log(t) > -1",
    "atan(5*t) < 1",
    "atan(-t) > 0",
    "sqrt(2)*sqrt(2) != 2",
    "sqrt(t)**4 != t**2",
    "tan(t) <= t",
    "cosh(t)**2 - sinh(t)**2 != 1",
    "sin(t)**2 + cos(t)**2 < 1",
    "softplus(t) == 1",
    "sign(t) == -1",
    "Heaviside(t) != 1",
    "erf(0*t) != 0",
    "Piecewise((t, t > 1), (-t, True)) > 0",
    "exp(40*t) < 1000",
    "exp(100*t + 200) == 7",
    "loggamma(0*t + 1) != 0",
    "(t - t)**(1/3) != 0",
    "asin(0*t) != 0",
    "acos(0*t + 1) != 0",
    "1/(exp(t) - 1) < 2",
]


@pytest.mark.parametrize("source", FALSE_AT_A_THIRD)
def test_enclosures_refute(source):
    assert check(scalar(source)).verdict == "refuted"


UNDECIDED = [
    "erf(t) == 0",
    "sin(1000*t) == 2",
    "exp(5000*t) < 1",
    "asin(t) == 0",
    "eigQ(t*eye(2))[0, 0] == 0",
    "Piecewise((t, t > 1)) == 0",
    "1/(sqrt(8) - 2*sqrt(2)) == 0",
    "log(sqrt(8) - 2*sqrt(2)) == 0",
]


@pytest.mark.parametrize("source", UNDECIDED)
def test_what_is_not_decided_is_rejected(source):
    with pytest.raises(Rejected):
        check(scalar(source))


UNDEFINED = {
    "1/t == 1": "0",
    "log(t) == 1": "0",
    "sqrt(t) == 1": "-1",
    "t**-1 == 1": "0",
    "t**(-1/2) == 1": "0",
    "t**(1/3) == 1": "-1",
    "asin(t) == 0": "2",
    "acos(t) == 0": "-2",
    "atan2(t, t) == 0": "0",
    "inv(t) == 1": "0",
    "Piecewise((1, t > 0)) == 1": "0",
    "Piecewise((1/t, 1/t > 0), (1, True)) == 1": "0",
    "t**(-4/3) == 1": "0",
}


@pytest.mark.parametrize("source", UNDEFINED)
def test_undefined_parts_make_a_claim_ill_posed(source):
    claim = relation({"t": []}, source)
    proof = {"sizes": {}, "values": {"t": UNDEFINED[source]}, "undefined": claim["claim"][1]}
    assert check(certificate(claim, "ill_posed", proof)).verdict == "ill_posed"
    with pytest.raises(Rejected, match="undefined"):
        check(scalar(source, UNDEFINED[source]))


@pytest.mark.parametrize("source", ["loggamma(t) == 0", "digamma(t) == 0", "t**t == 1"])
def test_a_failed_sufficient_condition_shows_nothing(source):
    claim = relation({"t": []}, source)
    proof = {"sizes": {}, "values": {"t": "-1/2"}, "undefined": claim["claim"][1]}
    with pytest.raises(Rejected, match="may be undefined"):
        check(certificate(claim, "ill_posed", proof))


DERIVATIVES = {
    "jacobian": (
        {"x": [2]},
        ["eq", ["jacobian", ["mul", ["var", "x"], ["var", "x"]], ["var", "x"]], ["eye", ["num", "2"]]],
        {"x": ["1", "2"]},
    ),
    "hessian": (
        {"x": [2]},
        ["eq", ["hessian", ["nsq", ["var", "x"]], ["var", "x"]], ["eye", ["num", "2"]]],
        {"x": ["1", "2"]},
    ),
    "second derivative": (
        {"t": []},
        ["eq", ["hessian", ["sin", ["var", "t"]], ["var", "t"]], ["sin", ["var", "t"]]],
        {"t": "1"},
    ),
    "nested": (
        {"s": [], "t": []},
        [
            "eq",
            ["gradient", ["gradient", ["exp", ["mul", ["var", "s"], ["var", "t"]]], ["var", "t"]], ["var", "s"]],
            ["num", "0"],
        ],
        {"s": "1/2", "t": "0"},
    ),
    "hessian in a matrix": (
        {"A": [1, 2]},
        ["eq", ["hessian", ["nsq", ["var", "A"]], ["var", "A"]], ["eye", ["num", "2"]]],
        {"A": [["1", "2"]]},
    ),
    "directional": (
        {"x": [2]},
        ["eq", ["dirderiv", ["nsq", ["var", "x"]], ["var", "x"], ["ones", ["num", "2"]]], ["num", "0"]],
        {"x": ["1", "2"]},
    ),
    "second directional": (
        {"x": [2]},
        [
            "eq",
            ["dirderiv2", ["nsq", ["var", "x"]], ["var", "x"], ["ones", ["num", "2"]], ["ones", ["num", "2"]]],
            ["num", "0"],
        ],
        {"x": ["1", "2"]},
    ),
    "symmetric": (
        {"A": [2, 2]},
        ["eq", ["gradient_sym", ["nsq", ["var", "A"]], ["var", "A"]], ["mul", ["num", "2"], ["var", "A"]]],
        {"A": [["1", "2"], ["2", "3"]]},
    ),
    "diagonal": (
        {"A": [2, 2]},
        ["eq", ["gradient_diag", ["nsq", ["var", "A"]], ["var", "A"]], ["diagvec", ["var", "A"]]],
        {"A": [["1", "0"], ["0", "3"]]},
    ),
    "through functions": (
        {"t": []},
        [
            "eq",
            [
                "gradient",
                [
                    "add",
                    ["pow", ["var", "t"], ["num", "1/3"]],
                    ["Max", ["num", "0"], ["num", "1"]],
                    ["sqrt", ["var", "t"]],
                ],
                ["var", "t"],
            ],
            ["num", "0"],
        ],
        {"t": "4"},
    ),
}


@pytest.mark.parametrize("name", DERIVATIVES)
def test_wrong_derivatives_are_refuted_at_a_point(name):
    variables, claim, values = DERIVATIVES[name]
    assert check(refuted(variables, claim, values)).verdict == "refuted"
    with pytest.raises(Rejected, match="holds"):
        check(refuted(variables, ["ne", *claim[1:]], values))


def test_a_derivative_that_may_not_exist_is_not_used():
    claim = ["eq", ["gradient", ["Abs", ["var", "t"]], ["var", "t"]], ["num", "7"]]
    with pytest.raises(Rejected, match="may not exist"):
        check(refuted({"t": []}, claim, {"t": "0"}))


rationals = st.fractions(min_value=-20, max_value=20, max_denominator=50)


@settings(deadline=None, max_examples=60)
@given(x=rationals)
def test_enclosures_hold_the_value(x):
    mpmath.mp.dps = 60
    value = mpmath.mpf(x.numerator) / x.denominator
    functions = {"_exp": mpmath.exp, "_atan": mpmath.atan, "_sine": mpmath.sin, "_cosine": mpmath.cos}
    if x > 0:
        functions |= {"_log": mpmath.log, "_sqrt": mpmath.sqrt}
    for name, reference in functions.items():
        for bits in ev.PRECISIONS[:2]:
            low, high = getattr(ev, name)(x, bits)
            exact = reference(value)
            assert (
                mpmath.mpf(low.numerator) / low.denominator <= exact <= mpmath.mpf(high.numerator) / high.denominator
            ), (name, bits)
            assert high - low <= Fraction(1, 2 ** (bits - 12)) * max(1, abs(high))
    low, high = ev._pi(120)
    assert mpmath.mpf(low.numerator) / low.denominator < mpmath.pi < mpmath.mpf(high.numerator) / high.denominator


@settings(deadline=None, max_examples=60)
@given(low=rationals, width=st.fractions(0, 2, max_denominator=9), bits=st.integers(8, 80))
def test_enclosures_of_intervals_hold_all_values(low, width, bits):
    interval = (low, low + width)
    for name in ("exp", "sin", "cos", "atan", "Abs"):
        a, b = ev._ENCLOSURES[name]([interval], bits)
        for x in np.linspace(float(low), float(low + width), 7):
            value = abs(x) if name == "Abs" else float(getattr(mpmath, name)(x))
            slack = 1e-9 * (1 + abs(value))
            assert float(a) - slack <= value <= float(b) + slack
    a, b = ev._round(low, low + width, bits)
    assert a <= low and b >= low + width


def test_the_exponential_of_a_nilpotent_matrix_is_its_polynomial():
    values = {"A": strings([[0, 2, 1], [0, 0, 3], [0, 0, 0]])}
    assert check(refuted(M, tree("expm(A) == eye(n) + A", M), values, {"n": 3})).verdict == "refuted"
    with pytest.raises(Rejected, match="holds"):
        check(refuted(M, tree("expm(A) == eye(n) + A + A @ A/2", M), values, {"n": 3}))
    with pytest.raises(Rejected, match="power of it"):
        values = {"A": strings([[1, 1, 0], [0, 1, 0], [0, 0, 2]])}
        check(refuted(M, tree("expm(A) == eye(n)", M), values, {"n": 3}))


@pytest.mark.parametrize("matrix", [[[0, 1], [-1, 0]], [[1, 2], [2, 1]], [[1, 1], [0, 1]], [[3, 0], [0, -1]]])
def test_the_exponential_of_order_two_commutes_with_its_inverse(matrix):
    values = {"A": strings(matrix)}
    assert check(refuted(M, tree("det(expm(A)) == exp(trace(A)) + 1", M), values, {"n": 2})).verdict == "refuted"
    with pytest.raises(Rejected):
        check(refuted(M, tree("det(expm(A)) == exp(trace(A))", M), values, {"n": 2}))


@pytest.mark.parametrize("matrix", [[[0, 1], [1, 1]], [[10**6, 0], [0, 1]]])
def test_eigenvalues_that_are_irrational_or_large_are_not_used(matrix):
    with pytest.raises(Rejected, match="eigenvalues"):
        check(refuted(M, tree("lmin(A) == 77", M), {"A": strings(matrix)}, {"n": 2}))


@settings(deadline=None, max_examples=30)
@given(values=st.lists(st.fractions(-9, 9, max_denominator=4), min_size=3, max_size=3), seed=st.integers(0, 9))
def test_eigenvalues_come_back_from_a_rotated_diagonal_matrix(values, seed):
    third = Fraction(1, 3)
    Q = np.array([[2, -2, 1], [1, 2, 2], [2, 1, -2]], dtype=object) * third  # orthogonal
    Q = np.roll(Q, seed, axis=0)
    matrix = (Q @ np.diag(values) @ Q.T).tolist()
    assert eigenvalues(matrix) == sorted(values)
