"""Eigenvalues, eigenvectors and factorisations: right in every presentation, wrong after any change."""

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.grading import Exercise, Verdict
from hessmath.grading.kinds.plain import plain

small = st.integers(-3, 3)


def made(kind, matrix, **fields):
    rows = [[str(e) for e in row] for row in sympy.Matrix(matrix).tolist()]
    return Exercise.from_dict({"id": "1", "kind": kind, "matrix": rows, **fields})


def rows(M):
    return [[plain(sympy.sympify(M[i, j])) for j in range(M.cols)] for i in range(M.rows)]


@st.composite
def orthogonal(draw, n):
    """(I − S)(I + S)⁻¹ for a skew S: rational and orthogonal (Cayley)."""
    S = sympy.zeros(n)
    for i in range(n):
        for j in range(i):
            S[i, j] = draw(small)
            S[j, i] = -S[i, j]
    return (sympy.eye(n) - S) * (sympy.eye(n) + S).inv()


@st.composite
def unimodular(draw, n):
    """A product of unit triangular matrices: whole entries, determinant 1."""
    L, U = sympy.eye(n), sympy.eye(n)
    for i in range(n):
        for j in range(i):
            L[i, j], U[j, i] = draw(st.integers(-2, 2)), draw(st.integers(-2, 2))
    return L * U


def values(n):
    return st.lists(st.integers(-4, 4), min_size=n, max_size=n)


def turned(Q, D, draw):
    """The same factorisation in other columns: order, signs, and rotations where eigenvalues are equal."""
    n = Q.rows
    order = draw(st.permutations(range(n)))
    Q = Q[:, list(order)]
    D = sympy.diag(*(D[k, k] for k in order))
    for j in range(n):
        if draw(st.booleans()):
            Q[:, j] = -Q[:, j]
    c, s = sympy.Rational(3, 5), sympy.Rational(4, 5)
    for j in range(n - 1):
        if D[j, j] == D[j + 1, j + 1] and draw(st.booleans()):
            u, v = Q[:, j], Q[:, j + 1]
            Q[:, j], Q[:, j + 1] = c * u + s * v, -s * u + c * v
    return Q, D


@settings(deadline=None, max_examples=25)
@given(data=st.data(), n=st.integers(1, 3))
def test_an_orthogonal_diagonalisation_is_judged_as_a_whole(data, n):
    Q, eigenvalues = data.draw(orthogonal(n)), data.draw(values(n))
    A = Q * sympy.diag(*eigenvalues) * Q.T
    exercise = made("orthogonal_diagonalisation", A)
    Q, D = turned(Q, sympy.diag(*eigenvalues), data.draw)
    assert exercise.grade({"Q": rows(Q), "D": rows(D)}).verdict is Verdict.RIGHT
    i, j = data.draw(st.integers(0, n - 1)), data.draw(st.integers(0, n - 1))
    change = data.draw(st.sampled_from([1, -1, sympy.Rational(1, 7), sympy.sqrt(2)]))
    for name in ("Q", "D"):
        wrong = {"Q": Q.copy(), "D": D.copy()}
        wrong[name][i, j] += change
        right = (wrong["Q"].T * wrong["Q"] - sympy.eye(n)).applyfunc(sympy.expand).is_zero_matrix
        right = right and (wrong["Q"] * wrong["D"] * wrong["Q"].T - A).applyfunc(sympy.expand).is_zero_matrix
        right = right and wrong["D"].is_diagonal()
        grade = exercise.grade({part: rows(M) for part, M in wrong.items()})
        assert grade.verdict is (Verdict.RIGHT if right else Verdict.WRONG)
        assert (grade.score == 1) == right


@settings(deadline=None, max_examples=25)
@given(data=st.data(), n=st.integers(1, 3))
def test_a_diagonalisation_is_right_up_to_scale_order_and_basis(data, n):
    P, eigenvalues = data.draw(unimodular(n)), data.draw(values(n))
    A = P * sympy.diag(*eigenvalues) * P.inv()
    exercise = made("diagonalisation", A)
    X, D = turned(P, sympy.diag(*eigenvalues), data.draw)
    X[:, 0] = X[:, 0] * data.draw(st.sampled_from([2, -3, sympy.sqrt(2), sympy.Rational(1, 5)]))
    assert exercise.grade({"P": rows(X), "D": rows(D)}).verdict is Verdict.RIGHT
    assert exercise.grade([rows(X), rows(D)]).verdict is Verdict.RIGHT
    i, j = data.draw(st.integers(0, n - 1)), data.draw(st.integers(0, n - 1))
    D[i, j] += 1
    assert exercise.grade({"P": rows(X), "D": rows(D)}).verdict is Verdict.WRONG
    assert exercise.grade({"P": rows(sympy.zeros(n)), "D": rows(D)}).verdict is Verdict.WRONG


@settings(deadline=None, max_examples=25)
@given(data=st.data(), n=st.integers(1, 3))
def test_eigenvalues_are_a_multiset(data, n):
    P, eigenvalues = data.draw(unimodular(n)), data.draw(values(n))
    A = P * sympy.diag(*eigenvalues) * P.inv()
    shuffled = data.draw(st.permutations(eigenvalues))
    exercise = made("eigenvalues", A)
    assert exercise.grade([str(v) for v in shuffled]).verdict is Verdict.RIGHT
    pairs = [[str(v), str(m)] for v, m in sympy.Matrix(A).eigenvals().items()]
    assert exercise.grade(pairs).verdict is Verdict.RIGHT
    assert exercise.grade(dict(pairs)).verdict is Verdict.RIGHT
    shuffled[0] += data.draw(st.integers(1, 3))
    assert exercise.grade([str(v) for v in shuffled]).verdict is Verdict.WRONG
    distinct = [value for value, _ in pairs]
    grade = exercise.grade(distinct)
    assert grade.verdict is (Verdict.RIGHT if len(distinct) == n else Verdict.WRONG)
    assert made("eigenvalues", A, multiplicities=False).grade(distinct).verdict is Verdict.RIGHT


@settings(deadline=None, max_examples=20)
@given(data=st.data(), n=st.integers(2, 3))
def test_an_eigenvector_is_one_for_numpy_too(data, n):
    A = sympy.Matrix(n, n, [data.draw(small) for _ in range(n * n)])
    v = sympy.Matrix([data.draw(small) for _ in range(n)])
    image = np.array(A.tolist(), dtype=float) @ np.array(v.tolist(), dtype=float)
    length = np.linalg.norm(np.array(v.tolist(), dtype=float))
    parallel = length > 0 and all(
        abs(image[i, 0] * float(v[j]) - image[j, 0] * float(v[i])) < 1e-9 for i in range(n) for j in range(n)
    )
    grade = made("eigenvector", A).grade([str(e) for e in v])
    assert grade.verdict is (Verdict.RIGHT if parallel else Verdict.WRONG)


IRRATIONAL = [
    [[0, 1], [1, 1]],
    [[2, 1, 0], [1, 2, 1], [0, 1, 2]],
    [[1, 2], [2, 3]],
]


@pytest.mark.parametrize("matrix", IRRATIONAL)
def test_sympys_eigenvectors_are_right(matrix):
    A = sympy.Matrix(matrix)
    exercise = made("eigenpairs", A)
    pairs = [[plain(value), plain(vectors[0])] for value, _, vectors in A.eigenvects()]
    assert exercise.grade(pairs).verdict is Verdict.RIGHT
    P, D = A.diagonalize()
    assert made("diagonalisation", A).grade({"P": rows(P), "D": rows(D)}).verdict is Verdict.RIGHT
    pairs[0][0], pairs[1][0] = pairs[1][0], pairs[0][0]
    grade = exercise.grade(pairs)
    assert grade.verdict is Verdict.WRONG
    assert grade.where["pair"] == "1"


def test_roots_of_cubics_are_eigenvalues_without_being_written_as_sums_of_roots():
    A = [[2, -1, 0], [-1, 2, -1], [0, -1, 3]]  # λ³ − 7λ² + 14λ − 7, irreducible with 2 − 2cos(kπ/7)-like roots
    exact = [float(v) for v in np.linalg.eigvalsh(np.array(A, dtype=float))]
    exercise = made("eigenvalues", A, decimals="rounded")
    assert exercise.grade([f"{v:.4f}" for v in exact]).verdict is Verdict.RIGHT
    assert exercise.grade([f"{v:.4f}" for v in reversed(exact)]).verdict is Verdict.RIGHT
    assert exercise.grade([f"{v + 2e-4:.4f}" for v in exact]).verdict is Verdict.WRONG
    assert made("eigenvalues", A).grade([f"{v:.4f}" for v in exact]).verdict is Verdict.WRONG


def test_complex_eigenvalues_and_eigenvectors():
    A = [[0, -2], [2, 0]]
    exercise = made("eigenvalues", A)
    assert exercise.grade(["2i", "-2i"]).verdict is Verdict.RIGHT
    assert exercise.grade("±2i").verdict is Verdict.RIGHT
    assert exercise.grade(["2i", "2i"]).verdict is Verdict.WRONG
    assert made("eigenvalues", A, domain="real").grade("none").verdict is Verdict.RIGHT
    pairs = made("eigenpairs", A)
    assert pairs.grade([["2i", ["i", "1"]], ["-2i", ["1", "i"]]]).verdict is Verdict.RIGHT
    assert pairs.grade([["2i", ["1", "i"]], ["-2i", ["i", "1"]]]).verdict is Verdict.WRONG
    unit = made("eigenvector", A, normalised=True)
    assert unit.grade(["i/sqrt(2)", "1/sqrt(2)"]).verdict is Verdict.RIGHT
    assert unit.grade(["i", "1"]).score == 0.5


def test_eigenvalues_with_symbols():
    exercise = made("eigenvalues", [["a", "b"], ["b", "a"]], variables="a b")
    assert exercise.grade(["a + b", "a - b"]).verdict is Verdict.RIGHT
    assert exercise.grade("a ± b").verdict is Verdict.RIGHT
    wrong = exercise.grade(["a + b", "b - a"])
    assert wrong.verdict is Verdict.WRONG
    assert exercise.grade(["a + b", "a + b"]).verdict is Verdict.WRONG


SYMMETRIC = [[2, 1, 1], [1, 2, 1], [1, 1, 2]]


def symmetric(**fields):
    return made("orthogonal_diagonalisation", SYMMETRIC, **fields)


RIGHT_Q = [
    ["1/sqrt(3)", "1/sqrt(2)", "1/sqrt(6)"],
    ["1/sqrt(3)", "-1/sqrt(2)", "1/sqrt(6)"],
    ["1/sqrt(3)", "0", "-2/sqrt(6)"],
]


def diagonal(*entries):
    return [[e if i == j else "0" for j in range(len(entries))] for i, e in enumerate(entries)]


def test_textbook_forms_of_one_factorisation():
    D = diagonal("4", "1", "1")
    assert symmetric().grade({"Q": RIGHT_Q, "D": D}).verdict is Verdict.RIGHT
    assert symmetric().grade({"P": RIGHT_Q, "Λ": ["4", "1", "1"]}).verdict is Verdict.RIGHT
    other = [
        ["sqrt(3)/3", "sqrt(6)/6", "-sqrt(2)/2"],
        ["sqrt(3)/3", "sqrt(6)/6", "sqrt(2)/2"],
        ["sqrt(3)/3", "-sqrt(6)/3", "0"],
    ]
    assert symmetric().grade([other, D]).verdict is Verdict.RIGHT
    assert symmetric().grade([other, D, [list(row) for row in zip(*other, strict=True)]]).verdict is Verdict.RIGHT
    assert symmetric().grade([other, D, other]).verdict is Verdict.WRONG


@pytest.mark.parametrize(
    ("Q", "D", "condition", "score", "diagnosis"),
    [
        (RIGHT_Q, diagonal("1", "4", "1"), "A Q = Q D", 0.75, "order_of_the_eigenvalues"),
        ([["1", "1", "1"], ["1", "-1", "1"], ["1", "0", "-2"]], diagonal("4", "1", "1"), "Q^T Q = I", 0.75,
         "columns_not_normalised"),
        ([[row[j] for row in RIGHT_Q] for j in range(3)], diagonal("4", "1", "1"), "A Q = Q D", 0.5, "transposed"),
        (diagonal("1", "1", "1"), [[str(e) for e in row] for row in SYMMETRIC], r"D_{ij} = 0 \text{ for } i \ne j", 0,
         None),
        (diagonal("1", "1", "1"), diagonal("4", "1", "1"), "A Q = Q D", 0.5, None),
        (RIGHT_Q, diagonal("4", "1", "2"), "A Q = Q D", 0.5, "factor_in_a_term"),
    ],
)  # fmt: skip
def test_the_condition_that_fails_is_named_and_marks_follow_the_rule(Q, D, condition, score, diagnosis):
    grade = symmetric().grade({"Q": Q, "D": D})
    assert grade.verdict is Verdict.WRONG
    assert grade.where["condition"] == condition
    assert grade.score == score
    assert grade.diagnosis == diagnosis


def test_decimals_are_accurate_to_the_digits_given_or_wrong():
    exercise = symmetric(decimals="rounded")
    Q = [["0.577", "0.707", "0.408"], ["0.577", "-0.707", "0.408"], ["0.577", "0", "-0.816"]]
    D = diagonal("4", "1", "1")
    assert exercise.grade({"Q": Q, "D": D}).verdict is Verdict.RIGHT
    assert exercise.grade({"Q": Q, "D": diagonal("4.00", "1.00", "1.00")}).verdict is Verdict.RIGHT
    Q[0][0] = "0.578"
    assert exercise.grade({"Q": Q, "D": D}).verdict is Verdict.WRONG
    Q[0][0], D[0][0] = "0.577", "4.01"
    assert exercise.grade({"Q": Q, "D": D}).verdict is Verdict.WRONG
    assert symmetric().grade({"Q": Q, "D": D}).verdict is Verdict.WRONG


@settings(deadline=None, max_examples=15)
@given(angle=st.floats(0, 6.28), digits=st.integers(3, 8), flip=st.booleans())
def test_decimals_of_a_rotated_basis_of_an_eigenspace(angle, digits, flip):
    c, s = np.cos(angle), np.sin(angle)
    base = np.array([[1, -1, 0], [1, 1, -2]], dtype=float) / np.sqrt([[2], [6]])
    second = (-s * base[0] + c * base[1]) * (-1 if flip else 1)
    columns = np.column_stack([np.ones(3) / np.sqrt(3), c * base[0] + s * base[1], second])
    Q = [[f"{e:.{digits}f}" for e in row] for row in columns]
    exercise = symmetric(decimals="rounded", digits=1)
    D = diagonal("4", "1", "1")
    assert exercise.grade({"Q": Q, "D": D}).verdict is Verdict.RIGHT
    for i, change in ((0, 0.1), (1, 10.0**-digits * 9)):
        Q[i][1] = f"{columns[i, 1] + change:.{digits}f}"
        assert exercise.grade({"Q": Q, "D": D}).verdict is Verdict.WRONG


@settings(deadline=None, max_examples=15)
@given(angle=st.floats(0, 6.28), digits=st.integers(3, 8))
def test_a_pair_that_is_not_orthonormal_to_the_digits_given_is_wrong(angle, digits):
    """2.5 units of the last place change some entry by more than the half units that both columns leave."""
    base = np.array([[1, -1, 0], [1, 1, -2]], dtype=float) / np.sqrt([[2], [6]])
    off = 2.5 * 10.0**-digits
    exercise = symmetric(decimals="rounded", digits=1)
    for turn, length in ((off, 1), (-off, 1), (0, 1 + off), (0, 1 - off)):
        t = angle + turn
        first = np.cos(angle) * base[0] + np.sin(angle) * base[1]
        second = length * (-np.sin(t) * base[0] + np.cos(t) * base[1])
        columns = np.column_stack([np.ones(3) / np.sqrt(3), first, second])
        Q = [[f"{e:.{digits}f}" for e in row] for row in columns]
        grade = exercise.grade({"Q": Q, "D": diagonal("4", "1", "1")})
        assert grade.verdict is Verdict.WRONG


def test_degenerate_answers_earn_nothing():
    zero = diagonal("0", "0", "0")
    assert symmetric().grade({"Q": zero, "D": zero}).score == 0
    diag = made("diagonalisation", [[1, 1], [0, 2]])
    assert diag.grade({"P": [["1", "1"], ["0", "0"]], "D": [["1", "0"], ["0", "1"]]}).score == 0
    assert diag.grade({"P": [["0", "0"], ["0", "0"]], "D": [["1", "0"], ["0", "2"]]}).score == 0.5
    assert diag.grade("not diagonalizable").verdict is Verdict.WRONG
    assert made("eigenvector", [[1, 1], [0, 2]]).grade(["0", "0"]).messages[1].key == "zero_vector"
    assert made("eigenspace_basis", [[1, 0], [0, 1]], eigenvalue=1).grade([["1", "0"], ["2", "0"]]).score == 0.25
    assert made("eigenspace_basis", [[1, 0], [0, 1]], eigenvalue=1).grade("none").score == 0


@settings(deadline=None, max_examples=15)
@given(data=st.data())
def test_a_singular_value_decomposition_is_judged_as_a_whole(data):
    U, V = data.draw(orthogonal(2)), data.draw(orthogonal(3))
    s = sorted(data.draw(st.lists(st.integers(0, 4), min_size=2, max_size=2)), reverse=True)
    S = sympy.Matrix([[s[0], 0, 0], [0, s[1], 0]])
    A = U * S * V.T
    exercise = made("svd", A, order="descending")
    answer = {"U": rows(U), "S": rows(S), "V": rows(V)}
    assert exercise.grade(answer).verdict is Verdict.RIGHT
    assert exercise.grade({**{k: answer[k] for k in "US"}, "V^T": rows(V.T)}).verdict is Verdict.RIGHT
    thin = {"U": rows(U), "S": rows(S[:, :2]), "V": rows(V[:, :2])}
    assert exercise.grade(thin).verdict is Verdict.RIGHT
    name = data.draw(st.sampled_from("USV"))
    wrong = {"U": U.copy(), "S": S.copy(), "V": V.copy()}
    i, j = data.draw(st.integers(0, wrong[name].rows - 1)), data.draw(st.integers(0, wrong[name].cols - 1))
    wrong[name][i, j] += sympy.Rational(1, 3)
    assert exercise.grade({key: rows(M) for key, M in wrong.items()}).verdict is Verdict.WRONG


def test_negative_singular_values_and_their_order():
    exercise = made("svd", [[2, 0], [0, 3]], order="descending")
    one = diagonal("1", "1")
    assert exercise.grade({"U": one, "S": diagonal("2", "3"), "V": one}).messages[1].key == "not_descending"
    turned_ = {"U": [["0", "1"], ["1", "0"]], "S": ["3", "2"], "V": [["0", "1"], ["1", "0"]]}
    assert exercise.grade(turned_).verdict is Verdict.RIGHT
    negative = {"U": diagonal("-1", "1"), "S": diagonal("-2", "3"), "V": one}
    assert exercise.grade(negative).messages[1].key == "negative_singular_value"


def test_qr_up_to_signs():
    exercise = made("qr", [[3, 1], [4, 2]])
    Q, R = [["3/5", "-4/5"], ["4/5", "3/5"]], [["5", "11/5"], ["0", "2/5"]]
    assert exercise.grade({"Q": Q, "R": R}).verdict is Verdict.RIGHT
    negative = [[f"-({e})" for e in row] for row in Q], [[f"-({e})" for e in row] for row in R]
    assert exercise.grade(list(negative)).verdict is Verdict.RIGHT
    positive = made("qr", [[3, 1], [4, 2]], signs="positive")
    assert positive.grade(list(negative)).score == 0.75
    trivial = {"Q": diagonal("1", "1"), "R": [["3", "1"], ["4", "2"]]}
    assert exercise.grade(trivial).score == 0
    rounded = made("qr", [[1, 1], [1, 0]], decimals="rounded")
    answer = {"Q": [["0.7071", "0.7071"], ["0.7071", "-0.7071"]], "R": [["1.4142", "0.7071"], ["0", "0.7071"]]}
    assert rounded.grade(answer).verdict is Verdict.RIGHT
    answer["R"][0][0] = "1.4143"
    assert rounded.grade(answer).verdict is Verdict.WRONG


def test_shares_are_fractions_of_the_points():
    exercise = Exercise.from_dict({"id": "1", "kind": "eigenpairs", "matrix": SYMMETRIC, "points": 6})
    good = [["4", ["1", "1", "1"]], ["1", ["1", "-1", "0"]], ["1", ["0", "1", "-1"]]]
    assert exercise.grade(good).score == 6
    assert exercise.grade(good[:2]).score == 4
    assert exercise.grade([*good[:2], ["1", ["2", "-2", "0"]]]).messages[1].key == "vectors_dependent"
    assert exercise.grade([good[0], ["1", ["1", "1", "0"]]]).score == 0
    assert Fraction(exercise.grade([*good, ["5", ["1", "0", "0"]]]).score) == 4


def test_singular_value_decompositions_in_decimals():
    A = [[3, 0], [4, 5]]
    U, s, Vt = np.linalg.svd(np.array(A, dtype=float))
    exercise = made("svd", A, decimals="rounded")

    def rounded(M):
        return [[f"{e:.5f}" for e in row] for row in M]

    answer = {"U": rounded(U), "S": [f"{e:.5f}" for e in s], "V": rounded(Vt.T)}
    assert exercise.grade(answer).verdict is Verdict.RIGHT
    assert exercise.grade({**answer, "V": rounded(-Vt.T), "U": rounded(-U)}).verdict is Verdict.RIGHT
    assert exercise.grade({**answer, "V": rounded(-Vt.T)}).messages[1].key == "column_wrong"
    assert exercise.grade({**answer, "S": ["6.70820", "2.23608"]}).messages[1].key == "value_wrong"
    assert made("svd", [[1, 0], [0, 1]], decimals="rounded").grade(answer).verdict is not Verdict.RIGHT


def test_a_tolerance_holds_for_every_number():
    exercise = Exercise.from_dict(
        {"id": "1", "kind": "determinant", "matrix": [["1/3"]], "tolerance": {"relative": "0.01"}}
    )
    assert exercise.grade("0.3334").verdict is Verdict.RIGHT
    assert exercise.grade("334/1000").verdict is Verdict.RIGHT
    assert exercise.grade("0.34").verdict is Verdict.WRONG
