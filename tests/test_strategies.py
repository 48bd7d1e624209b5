"""The strategies give what their names say."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import find, given, settings
from hypothesis import strategies as st

from hessmath import strategies
from hessmath.errors import InputError
from hessmath.language import free_names, parse_formula, to_text
from hessmath.networks import Dense, Identity, Network

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
@given(strategies.networks(min_layers=2, max_layers=3, min_width=2, max_width=3), st.data())
def test_networks_and_batches_have_the_sizes_asked_for(net, data):
    assert 4 <= len(net.layers) <= 6
    assert 2 <= net.inputs <= 3
    inputs, targets = data.draw(strategies.batches(net, min_samples=2, max_samples=4))
    assert 2 <= len(inputs) == len(targets) <= 4
    assert net.loss(inputs, targets).dimension == len(net.parameters)


@quick
@given(strategies.expressions(min_variables=2, max_variables=3))
def test_expressions_are_trees_as_the_reader_gives_them(tree):
    names = free_names(tree)
    assert 2 <= len(names) <= 3
    assert parse_formula(to_text(tree), names) == tree


SIMPLEST = [
    (strategies.rationals(), Fraction(0)),
    (strategies.points(dimension=2), (0, 0)),
    (strategies.formulas(), "x0 + x0*x0"),
    (strategies.symmetric_matrices(), sympy.zeros(1, 1)),
    (strategies.definite_matrices(), sympy.eye(1)),
    (strategies.invertible_matrices(min_size=2), sympy.eye(2)),
    (strategies.networks(), Network(Dense(1, 1, bias=False), Identity())),
    (strategies.batches(Network(Dense(2, 1))), ([[0, 0]], [[0]])),
]


@pytest.mark.parametrize(("strategy", "simplest"), SIMPLEST)
def test_strategies_shrink_to_the_simplest(strategy, simplest):
    assert find(strategy, lambda _: True, settings=settings(database=None, deadline=None)) == simplest


@quick
@given(strategies.rational_matrices(rows=2, columns=3))
def test_rational_matrices_are_exact(A):
    assert A.shape == (2, 3)
    assert all(isinstance(entry, sympy.Rational) for entry in A)


def test_impossible_numbers_of_variables_are_said():
    with pytest.raises(InputError, match="they are 3 and 2"):
        strategies.expressions(min_variables=3, max_variables=2)
