"""Sums of squares: what the search finds adds up exactly, and decides convexity and inequalities."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.verify import Proved, Refuted, check, read_claim
from hessmath.verify.sums_of_squares import Block, sum_of_squares, times

ONE = {(0, 0): Fraction(1)}
MONOMIALS = [{(i, j): Fraction(1)} for i in range(3) for j in range(3 - i)]


def added(*polys):
    total = {}
    for poly in polys:
        for key, c in poly.items():
            total[key] = total.get(key, 0) + c
    return {key: c for key, c in total.items() if c}


small = st.integers(-3, 3).map(Fraction)
quadratics = st.lists(small, min_size=6, max_size=6).map(
    lambda cs: added(*({key: c * v for key, v in m.items()} for c, m in zip(cs, MONOMIALS, strict=True)))
)


@settings(max_examples=40, deadline=None)
@given(st.lists(quadratics, min_size=1, max_size=4))
def test_what_is_found_adds_up_to_the_target(roots):
    target = added(*(times(root, root) for root in roots))
    found = sum_of_squares(target, [Block(ONE, tuple(MONOMIALS))]) if target else []
    if found is not None:  # a singular sum may have no rational certificate that rounding meets
        assert all(square.coefficient > 0 for square in found)
        squares = (times({(0, 0): s.coefficient}, times(s.root, s.root)) for s in found)
        assert added(*squares) == target


def test_motzkin_is_no_sum_of_squares():
    motzkin = {(4, 2): Fraction(1), (2, 4): Fraction(1), (2, 2): Fraction(-3), (0, 0): Fraction(1)}
    basis = tuple({(i, j): Fraction(1)} for i in range(3) for j in range(3) if i + j <= 3)
    assert sum_of_squares(motzkin, [Block(ONE, basis)]) is None


CONVEX = [
    ("x**4 + y**4 + x**2*y**2", "convex", "R^2"),
    ("x**4 + y**4 + 6*x**2*y**2", "convex", "R^2"),
    ("x**4 + y**4 + x**2*y**2", "strictly_convex", "R^2"),
    ("-x**4 - y**4 - x**2*y**2", "concave", "R^2"),
    ("x**6 + y**6 + x**2*y**4 + x**4*y**2", "convex", "R^2"),
    ("x**4 + y**4 + z**4 + x**2*y**2 + y**2*z**2 + x**2*z**2", "convex", "all"),
    ("exp(x)*(x**2 + 2*x + 4)", "convex", "R"),
    ("1/(x*y)", "strictly_convex", ["x > 0", "y > 0"]),
    ("-log(x*y - 1)", "convex", ["x > 0", "y > 0", "x*y > 1"]),
]
NOT_CONVEX = [
    ("x**4 + y**4 + 7*x**2*y**2", "convex", "R^2"),
    ("(x - y)**4", "strictly_convex", "R^2"),
    ("1/x", "convex", ["Ne(x, 0)"]),
    ("x**2 + y**2", "convex", ["x*y > 1"]),
]


def convexity(f, kind, domain, names=None):
    names = names or [name for name in "xyz" if name in f.replace("exp", "")]
    return check(read_claim({"kind": "convexity", "f": f, "vars": names, "property": kind, "domain": domain}))


@pytest.mark.parametrize(("f", "kind", "domain"), CONVEX)
def test_polynomial_and_rational_functions_are_convex(f, kind, domain):
    assert isinstance(convexity(f, kind, domain), Proved)


@pytest.mark.parametrize(("f", "kind", "domain"), NOT_CONVEX)
def test_what_is_not_convex_is_refuted(f, kind, domain):
    assert isinstance(convexity(f, kind, domain), Refuted)


INEQUALITIES = [
    ("x**4 + y**4 >= x**3*y + x*y**3", []),
    ("x**4 + y**4 + z**4 + 1 >= 4*x*y*z", []),
    ("x**4 - 4*x + 3 >= 0", []),
    ("x**3 >= 3*x - 2", ["x >= 0"]),
    ("x**3 + y**3 + z**3 >= 3*x*y*z", ["x >= 0", "y >= 0", "z >= 0"]),
    ("x/(1 + x**2) <= 1/2", []),
    ("x**8 + x**2 + 1 > x", []),
]


@pytest.mark.parametrize(("statement", "hypotheses"), INEQUALITIES)
def test_inequalities_between_polynomials_are_proved(statement, hypotheses):
    names = {name: [] for name in "xyz" if name in statement}
    claim = {"kind": "implication", "vars": names, "claim": statement, "hypotheses": hypotheses}
    assert isinstance(check(read_claim(claim)), Proved)


def test_a_conjunction_with_one_false_part_is_refuted():
    pair = {"gradient": ["exp(x)*log(y)", "exp(x)/y**2"], "domain": ["y > 0"]}
    found = check(read_claim({"kind": "grad_hess", "f": "exp(x)*log(y)", "vars": ["x", "y"], **pair}))
    assert isinstance(found.parts[0] if found.parts else found, Refuted)
