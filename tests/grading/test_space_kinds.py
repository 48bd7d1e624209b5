"""Subspaces, systems and matrices: right up to what may be chosen freely, wrong after any change."""

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.grading import Exercise, Verdict
from hessmath.grading.kinds.plain import plain

small = st.integers(-3, 3)


def made(kind, **fields):
    return Exercise.from_dict({"id": "1", "kind": kind, **fields})


def texts(M):
    M = sympy.Matrix(M)
    return [[plain(M[i, j]) for j in range(M.cols)] for i in range(M.rows)]


@st.composite
def matrices(draw, m=None, n=None):
    m, n = m or draw(st.integers(1, 4)), n or draw(st.integers(1, 4))
    return sympy.Matrix(m, n, [draw(small) for _ in range(m * n)])


@settings(deadline=None, max_examples=25)
@given(A=matrices(), data=st.data())
def test_every_basis_of_a_null_space_is_right(A, data):
    exercise = made("basis", matrix=texts(A), space="null")
    vectors = A.nullspace()
    if not vectors:
        assert exercise.grade("none").verdict is Verdict.RIGHT
        assert exercise.grade([["1"] + ["0"] * (A.cols - 1)]).verdict is Verdict.WRONG
        return
    mixed = [v + data.draw(small) * vectors[0] if k else 2 * v for k, v in enumerate(vectors)]
    assert exercise.grade([plain(v) for v in mixed]).verdict is Verdict.RIGHT
    assert exercise.grade([plain(v) for v in [*mixed, mixed[0]]]).verdict is Verdict.WRONG
    changed = mixed[0].copy()
    changed[data.draw(st.integers(0, A.cols - 1))] += 1
    lies = (A * changed).is_zero_matrix and sympy.Matrix.hstack(changed, *mixed[1:]).rank() == len(mixed)
    grade = exercise.grade([plain(v) for v in [changed, *mixed[1:]]])
    assert grade.verdict is (Verdict.RIGHT if lies else Verdict.WRONG)


@settings(deadline=None, max_examples=20)
@given(A=matrices(), B=matrices())
def test_subspaces_are_equal_when_ranks_say_so(A, B):
    if A.cols != B.cols or A.is_zero_matrix or B.is_zero_matrix:
        return
    both = sympy.Matrix.vstack(A, B).rank()
    equal = both == A.rank() == B.rank()
    grade = made("same_subspace", vectors=texts(A)).grade(texts(B))
    assert grade.verdict is (Verdict.RIGHT if equal else Verdict.WRONG)


@settings(deadline=None, max_examples=25)
@given(A=matrices(), data=st.data())
def test_numbers_and_matrices_agree_with_sympy(A, data):
    assert made("rank", matrix=texts(A)).grade(str(A.rank())).verdict is Verdict.RIGHT
    assert made("rank", matrix=texts(A)).grade(str(A.rank() + 1)).verdict is Verdict.WRONG
    reduced = A.rref()[0]
    exercise = made("rref", matrix=texts(A))
    assert exercise.grade(texts(reduced)).verdict is Verdict.RIGHT
    i, j = data.draw(st.integers(0, A.rows - 1)), data.draw(st.integers(0, A.cols - 1))
    reduced[i, j] += sympy.Rational(1, 2)
    assert exercise.grade(texts(reduced)).verdict is Verdict.WRONG
    pseudo = made("pseudo_inverse", matrix=texts(A))
    assert pseudo.grade(texts(A.pinv())).verdict is Verdict.RIGHT
    near = np.linalg.pinv(np.array(A.tolist(), dtype=float))
    assert np.allclose(np.array(sympy.Matrix(pseudo.truth).tolist(), dtype=float), near)


@settings(deadline=None, max_examples=20)
@given(A=matrices(3, 3))
def test_inverse_and_determinant_agree_with_sympy(A):
    determinant = A.det()
    assert made("determinant", matrix=texts(A)).grade(str(determinant)).verdict is Verdict.RIGHT
    assert made("determinant", matrix=texts(A)).grade(str(determinant + 1)).verdict is Verdict.WRONG
    exercise = made("inverse", matrix=texts(A))
    if determinant == 0:
        assert exercise.grade("singular").verdict is Verdict.RIGHT
        assert exercise.grade(texts(sympy.eye(3))).verdict is Verdict.WRONG
        return
    assert exercise.grade("none").verdict is Verdict.WRONG
    assert exercise.grade(texts(A.inv())).verdict is Verdict.RIGHT
    wrong = A.inv()
    wrong[1, 2] += 1
    grade = exercise.grade(texts(wrong))
    assert (grade.where["row"], grade.where["column"], grade.where["wrong_entries"]) == ("2", "3", "2, 3")
    assert grade.score == pytest.approx(8 / 9)


@settings(deadline=None, max_examples=25)
@given(A=matrices(), data=st.data())
def test_solutions_of_systems_in_any_parametrisation(A, data):
    b = sympy.Matrix([data.draw(small) for _ in range(A.rows)])
    exercise = made("solve", matrix=texts(A), vector=[str(e) for e in b])
    if sympy.Matrix.hstack(A, b).rank() > A.rank():
        assert exercise.grade("no solution").verdict is Verdict.RIGHT
        assert exercise.grade(["0"] * A.cols).verdict is Verdict.WRONG
        normal = made("solve", matrix=texts(A), vector=[str(e) for e in b], least_squares=True)
        assert normal.grade([plain(e) for e in A.pinv() * b]).verdict in (
            Verdict.RIGHT if A.rank() == A.cols else Verdict.WRONG,
        )
        return
    assert exercise.grade("inconsistent").verdict is Verdict.WRONG
    names = sympy.symbols("t s r u", real=True)
    x = A.pinv() * b
    directions = A.nullspace()
    for name, d in zip(names, directions, strict=False):
        x = x + (name + data.draw(small)) * d * data.draw(st.sampled_from([1, -2]))
    assert exercise.grade([plain(e) for e in x]).verdict is Verdict.RIGHT
    if directions:
        partial = exercise.grade([plain(e) for e in x.subs(names[0], 1)])
        assert (partial.verdict, partial.messages[1].key) == (Verdict.WRONG, "solutions_missing")
        assert partial.score == 0.5
    k = data.draw(st.integers(0, A.cols - 1))
    wrong = x.copy()
    wrong[k] += 1
    right = all(e == 0 for e in A[:, k])
    assert exercise.grade([plain(e) for e in wrong]).verdict is (Verdict.RIGHT if right else Verdict.WRONG)


def test_systems_as_equations_answered_by_names():
    exercise = made("solve", system=["x + y + z = 3", "x - y = 0"], variables="x y z")
    assert exercise.grade({"x": "t", "y": "t", "z": "3 - 2t"}).verdict is Verdict.RIGHT
    assert exercise.grade({"x": "y", "z": "3 - 2y"}).verdict is Verdict.RIGHT
    assert exercise.grade("x = y, z = 3 - 2y").verdict is Verdict.RIGHT
    assert exercise.grade({"particular": ["1", "1", "1"], "directions": [["1", "1", "-2"]]}).verdict is Verdict.RIGHT
    assert exercise.grade({"x": "y", "z": "3 + 2y"}).where["equation"] == "1"
    assert "no unknown" in exercise.grade({"w": "1"}).error
    unique = made("solve", system=["a x = 1"], variables="x a", constants="a")
    assert unique.grade(["1/a"]).verdict is Verdict.RIGHT
    assert unique.grade(["a"]).verdict is Verdict.WRONG


def test_solutions_in_decimals():
    exercise = made("solve", matrix=[[3, 1], [1, 2]], vector=[1, 1], decimals="rounded")
    assert exercise.grade(["0.200", "0.400"]).verdict is Verdict.RIGHT
    assert exercise.grade(["1/5", "2/5"]).verdict is Verdict.RIGHT
    assert exercise.grade(["0.201", "0.400"]).verdict is Verdict.WRONG
    assert made("solve", matrix=[[3]], vector=[1], tolerance="0.01").grade(["0.33"]).verdict is Verdict.RIGHT


def test_projections_against_their_defining_laws():
    exercise = made("projection_matrix", vectors=[[1, 1, 0], [0, 1, 1]])
    P = exercise.truth
    assert P * P == P == P.T
    assert P * sympy.Matrix([1, 1, 0]) == sympy.Matrix([1, 1, 0])
    assert exercise.grade(texts(P)).verdict is Verdict.RIGHT
    assert exercise.grade(texts(sympy.eye(3) - P)).diagnosis == "projection_onto_the_complement"


@settings(deadline=None, max_examples=20)
@given(A=matrices(3, 3), data=st.data())
def test_gram_and_schmidt_agree_with_sympys_qr(A, data):
    if A.det() == 0:
        return
    exercise = made("gram_schmidt", vectors=texts(A.T))
    Q, _ = A.QRdecomposition()
    columns = [Q[:, k] * data.draw(st.sampled_from([1, -1])) for k in range(3)]
    assert exercise.grade([plain(q) for q in columns]).verdict is Verdict.RIGHT
    k = data.draw(st.integers(0, 2))
    wrong = [q.copy() for q in columns]
    wrong[k][0] += 1
    grade = exercise.grade([plain(q) for q in wrong])
    flipped = all(sympy.simplify(e) == 0 for e in wrong[k] + columns[k])
    assert grade.verdict is (Verdict.RIGHT if flipped else Verdict.WRONG)
    if not flipped:
        assert grade.where["vector"] == str(k + 1)
        assert grade.score == pytest.approx(k / 3)
    basis = made("orthonormal_basis", vectors=texts(A.T))
    assert basis.grade([plain(q) for q in reversed(columns)]).verdict is Verdict.RIGHT
    assert basis.grade(texts(sympy.eye(3))).verdict is Verdict.RIGHT
    assert basis.grade(texts(2 * sympy.eye(3))).score == 0.5


def test_fixed_signs_and_unnormalised_vectors():
    fixed = made("gram_schmidt", vectors=[[1, 1], [0, 1]], signs="fixed")
    assert fixed.grade([["1/sqrt(2)", "1/sqrt(2)"], ["-1/sqrt(2)", "1/sqrt(2)"]]).verdict is Verdict.RIGHT
    assert fixed.grade([["1/sqrt(2)", "1/sqrt(2)"], ["1/sqrt(2)", "-1/sqrt(2)"]]).verdict is Verdict.WRONG
    loose = made("gram_schmidt", vectors=[[1, 1], [0, 1]], normalised=False)
    assert loose.grade([["2", "2"], ["-1", "1"]]).verdict is Verdict.RIGHT
    assert loose.grade([["2", "2"], ["0", "0"]]).verdict is Verdict.WRONG
    assert made("gram_schmidt", vectors=[[1, 1], [0, 1]]).grade([["1", "1"], ["-1", "1"]]).diagnosis == "not_normalised"


def test_echelon_forms():
    exercise = made("row_equivalent", matrix=[[1, 2, 3], [2, 4, 7]], form="echelon")
    assert exercise.grade([["2", "4", "6"], ["0", "0", "5"]]).verdict is Verdict.RIGHT
    assert exercise.grade([["0", "0", "1"], ["1", "2", "3"]]).messages[1].key == "not_echelon"
    assert exercise.grade([["1", "2", "3"], ["0", "0", "0"]]).messages[1].key == "not_row_equivalent"
    reduced = made("rref", matrix=[[1, 2, 3], [2, 4, 7]])
    assert reduced.grade([["1", "2", "3"], ["0", "0", "1"]]).messages[1].key == "row_equivalent_not_reduced"


def test_independence_with_a_relation():
    exercise = made("linearly_independent", vectors=[[1, 2], [2, 4]])
    assert exercise.grade("linearly dependent").verdict is Verdict.RIGHT
    assert exercise.grade("no").verdict is Verdict.RIGHT
    assert exercise.grade("independent").where == {"relation": "-2, 1"}
    assert exercise.grade({"answer": "dependent", "relation": ["4", "-2"]}).verdict is Verdict.RIGHT
    assert exercise.grade({"answer": "dependent", "relation": ["0", "0"]}).score == 0.5
    assert exercise.grade({"answer": "dependent", "relation": ["1", "1"]}).where["condition"].startswith("c_1 v_1")
    assert made("linearly_independent", vectors=[[1, 2], [0, 4]]).grade("yes").verdict is Verdict.RIGHT


def test_bases_in_decimals():
    exercise = made("basis", vectors=[[1, 2, 2], [0, 1, 1]], decimals="rounded")
    assert exercise.grade([["0.333", "0.667", "0.667"], ["0", "1.00", "1.00"]]).verdict is Verdict.RIGHT
    assert exercise.grade([["0.333", "0.667", "0.668"], ["0", "1.00", "1.00"]]).verdict is Verdict.RIGHT
    assert exercise.grade([["0.333", "0.667", "0.669"], ["0", "1.00", "1.00"]]).verdict is Verdict.WRONG
    line = made("orthonormal_basis", vectors=[[1, 1]], decimals="rounded")
    assert line.grade([["0.7071", "0.7071"]]).verdict is Verdict.RIGHT
    assert line.grade([["1.000", "1.000"]]).messages[1].key == "not_normalised"
    plane = made("orthonormal_basis", vectors=[[1, 0, 0], [0, 1, 1]], decimals="rounded")
    assert plane.grade([["1", "0", "0"], ["0", "0.707", "0.707"]]).verdict is Verdict.RIGHT
    assert plane.grade([["1", "0", "0"], ["0.100", "0.707", "0.707"]]).verdict is Verdict.WRONG


def test_decimals_can_be_refused():
    exercise = made("inverse", matrix=[[2]], decimals="refused")
    assert "instead of decimals" in exercise.grade([["0.5"]]).error
    assert exercise.grade([["1/2"]]).verdict is Verdict.RIGHT


@pytest.mark.parametrize(
    "answer",
    [
        "(1,-1,0), (0,1,-1)",
        "{(1,-1,0), (0,1,-1)}",
        "span{(1,-1,0), (0,1,-1)}",
        r"\operatorname{span}\left\{\begin{pmatrix}1\\-1\\0\end{pmatrix}, \begin{pmatrix}0\\1\\-1\end{pmatrix}\right\}",
        "[[1,-1,0],[0,1,-1]]",
        "<1,-1,0>, <0,1,-1>",
    ],
)
def test_forms_of_one_basis(answer):
    assert made("basis", matrix=[[1, 1, 1]], space="null").grade(answer).verdict is Verdict.RIGHT
