"""Spectra, forms and inertia against NumPy, SymPy and each other."""

from __future__ import annotations

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from sympy import Matrix, Rational, sqrt

from hessmath import strategies
from hessmath.errors import InputError
from hessmath.symbolic import (
    Inertia,
    QuadraticForm,
    diagonal_approximation,
    eigenvalue_enclosures,
    inertia,
    spectrum,
)
from hessmath.symbolic.constants import enclosure

quick = settings(deadline=None, max_examples=40)


def _worst(matrix):
    return max(abs(complex(entry.evalf(30))) for entry in matrix)


@quick
@given(strategies.symmetric_matrices(max_size=4))
def test_h_is_q_lambda_q_transposed(H):
    s = spectrum(H)
    Q = np.array([[float(enclosure(entry, 100).mid()) for entry in row] for row in s.Q.tolist()])
    values = np.diag([float(value) for value in s.eigenvalues])
    assert np.allclose(
        Q @ values @ Q.T, np.array(H.tolist(), dtype=float), rtol=0, atol=1e-12 * (1 + abs(values).max())
    )
    assert np.allclose(Q.T @ Q, np.eye(H.rows), rtol=0, atol=1e-13)
    floats = np.linalg.eigvalsh(np.array(H.tolist(), dtype=float))
    assert np.allclose([float(value) for value in s.eigenvalues], floats, atol=1e-9)


@quick
@given(strategies.congruent_pairs(max_size=4))
def test_congruence_keeps_the_inertia(pair):
    A, B = pair
    assert inertia(A) == inertia(B)


@quick
@given(strategies.symmetric_matrices(max_size=4))
def test_the_inertia_counts_the_signs_of_the_eigenvalues(H):
    values = spectrum(H).eigenvalues
    signs = [sympy.sign(value.evalf(40)) if value != 0 else 0 for value in values]
    assert inertia(H) == Inertia(signs.count(1), signs.count(-1), signs.count(0))


@quick
@given(strategies.rational_matrices(rows=3, columns=3))
def test_the_first_expansion_holds_for_every_matrix_and_the_second_for_its_symmetric_part(A):
    form = QuadraticForm.of(A)
    v = sympy.symbols("v0:3")
    exact = sympy.expand((Matrix([v]) * A * Matrix(v))[0, 0])
    assert sympy.expand(form.full_expansion(v) - exact) == 0
    assert sympy.expand(form.folded_expansion(v) - exact) == 0
    folded = sympy.expand(form.folded_as_given(v) - exact) == 0
    assert folded == (A == A.T)


def test_repeated_eigenvalues_get_an_orthonormal_basis():
    s = spectrum(Matrix([[2, 1, 1], [1, 2, 1], [1, 1, 2]]))
    assert s.eigenvalues == (1, 1, 4)
    assert s.multiplicities == {1: 2, 4: 1}
    assert sympy.simplify(s.Q.T * s.Q) == sympy.eye(3)
    assert s.condition_number == 4
    assert spectrum(Matrix([[1, 0], [0, 0]])).condition_number == sympy.oo
    assert "pmatrix" in s._repr_latex_() or "matrix" in s._repr_latex_()


def test_irrational_entries_are_exact_in_two_dimensions_and_on_diagonals():
    s = spectrum(Matrix([[sqrt(2), 1], [1, 0]]))
    assert _worst(s.Q * s.Lambda * s.Q.T - s.matrix) < 1e-25
    assert spectrum(Matrix([[sympy.pi, 0, 0], [0, 1, 0], [0, 0, sympy.E]])).eigenvalues == (1, sympy.E, sympy.pi)


def test_larger_irrational_matrices_are_enclosed():
    H = Matrix([[sympy.E, 1, 0], [1, 0, 1], [0, 1, sympy.pi]])
    with pytest.raises(InputError, match=r"this 3×3 matrix has the entry E"):
        spectrum(H)
    floats = np.linalg.eigvalsh(np.array(H.tolist(), dtype=float))
    for (low, high), value in zip(eigenvalue_enclosures(H), floats, strict=True):
        assert low <= Rational(float(value)) + Rational(1, 10**12)
        assert high >= Rational(float(value)) - Rational(1, 10**12)
        assert high - low < Rational(1, 10**20)
    with pytest.raises(InputError, match="an entry of the matrix has no enclosure"):
        eigenvalue_enclosures(Matrix([[sympy.Symbol("a")]]))


def test_eigenvalues_that_coincide_are_enclosed_together():
    ball = eigenvalue_enclosures(Matrix([[2, 0], [0, 2]]))
    assert all(low <= 2 <= high for low, high in ball)


MISUSES = [
    (lambda: spectrum(Matrix([[1, 2], [3, 4]])), r"A\[0, 1\] = 2 and A\[1, 0\] = 3"),
    (lambda: inertia(Matrix([[1, 2], [3, 4]])), r"A\[0, 1\] = 2 and A\[1, 0\] = 3"),
    (lambda: spectrum(Matrix([[1, 2]])), r"shape \(1, 2\)"),
    (lambda: spectrum(Matrix([[sympy.Symbol("a")]])), "the matrix has the symbols a"),
    (lambda: inertia(Matrix([[sympy.Symbol("a")]])), "must hold exact numbers"),
    (lambda: inertia(Matrix(0, 0, [])), "at least one row"),
    (lambda: QuadraticForm.of(Matrix([[1, 2]])), "needs a square matrix"),
    (lambda: QuadraticForm.of(sympy.eye(2))((1,)), "v has length 1|u has length 1"),
    (lambda: QuadraticForm.of(sympy.eye(2)).full_expansion((1,)), "v has length 1"),
]


@pytest.mark.parametrize(("call", "message"), MISUSES)
def test_what_is_not_a_symmetric_matrix_of_numbers_is_said(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_inertia_of_irrational_matrices_is_exact():
    assert inertia(Matrix([[sqrt(2), 1], [1, sqrt(2)]])) == Inertia(2, 0, 0)
    assert inertia(Matrix([[sqrt(2), 2], [2, 2 * sqrt(2)]])) == Inertia(1, 0, 1)
    assert inertia(Matrix([[sympy.exp(1), 0], [0, -sympy.pi]])) == Inertia(1, 1, 0)


def test_large_rational_matrices_are_quick():
    n = 40
    hilbert = Matrix(n, n, lambda i, j: Rational(1, i + j + 1))
    assert inertia(hilbert) == Inertia(n, 0, 0)


def test_words_for_definiteness():
    words = [
        QuadraticForm.of(Matrix(A)).definiteness
        for A in ([[1]], [[-1]], [[0]], [[1, 0], [0, 0]], [[-1, 0], [0, 0]], [[1, 0], [0, -1]])
    ]
    assert words == [
        "positive definite",
        "negative definite",
        "zero",
        "positive semidefinite",
        "negative semidefinite",
        "indefinite",
    ]
    found = QuadraticForm.of(Matrix([[1, 2], [2, 1]]))
    assert (found.inertia.signature, found.inertia.rank, found.dimension) == (0, 2, 2)
    assert "q(v)" in found._repr_latex_()
    assert found.full_expansion().free_symbols == found.folded_expansion().free_symbols


def test_the_diagonal_approximation_is_exact_for_diagonal_matrices_only():
    d = diagonal_approximation(Matrix([[2, 3], [3, 5]]))
    assert not d.exact
    assert d.matrix + d.error == Matrix([[2, 3], [3, 5]])
    eigenvalues = np.linalg.eigvalsh(np.array(d.error.tolist(), dtype=float))
    assert max(abs(eigenvalues)) <= float(d.error_bound) + 1e-12
    assert float(d.error_squared) == pytest.approx(sum(eigenvalues**2))
    assert diagonal_approximation(sympy.diag(1, 2)).exact
