"""The strategies give what their names say."""

from __future__ import annotations

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath import strategies
from hessmath.errors import InputError
from hessmath.language import free_names, parse_formula

quick = settings(deadline=None, max_examples=30)


@quick
@given(strategies.formulas(min_variables=2, max_variables=2))
def test_formulas_are_read_and_have_their_variables(text):
    assert free_names(parse_formula(text)) == ("x0", "x1")


@quick
@given(strategies.polynomials())
def test_polynomials_have_no_functions(tree):
    assert {node.op for node in tree.walk()} <= {"add", "mul", "neg", "pow", "num", "var"}


@quick
@given(strategies.symmetric_matrices())
def test_symmetric_matrices_are_symmetric(A):
    assert A == A.T


@quick
@given(strategies.definite_matrices(max_size=3))
def test_definite_matrices_have_positive_leading_minors(A):
    assert all(A[:k, :k].det() > 0 for k in range(1, A.rows + 1))


@quick
@given(strategies.invertible_matrices())
def test_invertible_matrices_have_determinant_one(A):
    assert A.det() == 1


@quick
@given(strategies.congruent_pairs(max_size=3))
def test_congruent_pairs_have_one_rank(pair):
    A, B = pair
    assert B == B.T
    assert A.rank() == B.rank()


@quick
@given(strategies.networks(), st.data())
def test_networks_take_their_batches(net, data):
    row = list(data.draw(strategies.points(dimension=net.inputs)))
    assert net.forward([row]).shape == (1, net.outputs)


@quick
@given(strategies.rational_matrices(rows=2, columns=3))
def test_rational_matrices_are_exact(A):
    assert A.shape == (2, 3)
    assert all(isinstance(entry, sympy.Rational) for entry in A)


def test_impossible_numbers_of_variables_are_said():
    with pytest.raises(InputError, match="they are 3 and 2"):
        strategies.expressions(min_variables=3, max_variables=2)
