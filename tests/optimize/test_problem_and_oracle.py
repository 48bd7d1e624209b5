"""What a problem may be built from, and how wrong functions are reported."""

import dataclasses

import numpy as np
import pytest

from hessmath.errors import InputError, WrongKind
from hessmath.optimize import GradientDescent, Need, Newton, NewtonCG, Problem, RegularisedNewton, minimize
from hessmath.optimize.oracle import Oracle


def square(x):
    return x @ x


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: Problem(0, square), InputError, "dimension must be at least 1, but is 0"),
        (lambda: Problem(2.0, square), WrongKind, r"dimension must be an integer, but is 2\.0"),
        (lambda: Problem(2, square, names=("x",)), InputError, "names has 1 entries, but the problem has 2 variables"),
        (lambda: Problem(2, None), WrongKind, "f must be a function, but is None"),
        (lambda: Problem(2, square, gradient=[1, 2]), WrongKind, r"gradient must be a function, but is \[1, 2\]"),
    ],
)
def test_bad_problems_are_refused(build, error, message):
    with pytest.raises(error, match=message):
        build()


def test_a_problem_says_what_it_can(problems):
    p = dataclasses.replace(problems.rosenbrock, hvp=None)
    assert p.gives == ("f", "gradient", "hessian")
    assert {need for need in Need if p.can(need)} == {Need.GRADIENT, Need.HESSIAN, Need.CURVATURE}
    assert not Problem(2, square).can(Need.CURVATURE)


@pytest.mark.parametrize(
    ("change", "method", "error", "message"),
    [
        ({"f": lambda x: x}, Newton(), InputError, r"f\(x\) must be one number, but has shape \(2,\)"),
        ({"f": lambda x: 1j}, Newton(), InputError, r"f\(x\) must be real, but is complex: "),
        ({"f": lambda x: None}, Newton(), InputError, r"f\(x\) must consist of real numbers, but is None"),
        ({"gradient": lambda x: [1, 2, 3]}, Newton(), InputError, r"gradient\(x\) has shape \(3,\), .* 2 variables"),
        ({"gradient": lambda x: x * 1j}, Newton(), InputError, r"gradient\(x\) must be real, but is complex"),
        ({"hessian": lambda x: x}, Newton(), InputError, r"hessian\(x\) has shape \(2,\).*must return shape \(2, 2\)"),
        (
            {"hessian": lambda x: [[1, 2], [3, 4]]},
            RegularisedNewton(),
            InputError,
            r"hessian\(x\) must be symmetric, but its entry \[0, 1\] is 2 and \[1, 0\] is 3",
        ),
        ({"hvp": lambda x, v: [1]}, NewtonCG(), InputError, r"hvp\(x, v\) has shape \(1,\)"),
        (
            {"gradient": None, "value_and_gradient": lambda x: (1.0, [1.0])},
            GradientDescent(),
            InputError,
            r"the gradient has shape \(1,\)",
        ),
    ],
)
def test_functions_that_return_the_wrong_thing_are_reported(problems, change, method, error, message):
    with pytest.raises(error, match=message):
        minimize(dataclasses.replace(problems.rosenbrock, **change), (-1.2, 1), method)


def test_an_array_of_one_number_is_a_value():
    p = Problem(2, lambda x: np.array([[x @ x]]), gradient=lambda x: 2 * x)
    assert minimize(p, (1.0, 1.0)).value < 1e-15


def test_newton_cg_uses_the_hessian_where_products_are_not_given(problems):
    p = dataclasses.replace(problems.rosenbrock, hvp=None)
    solution = minimize(p, (-1.2, 1), NewtonCG())
    assert solution.success
    assert solution.evaluations.hvp == 0
    assert solution.evaluations.hessian == solution.steps + 1


def test_asking_an_oracle_for_a_missing_hessian_is_a_mistake_of_the_method():
    oracle = Oracle(Problem(2, square), np.random.default_rng(0))
    with pytest.raises(WrongKind, match="has no Hessian"):
        oracle.hessian(np.zeros(2))


def test_rounding_in_a_hessian_is_not_called_asymmetry(problems):
    H = np.array([[2.0, 1.0], [1.0 + 1e-15, 3.0]])
    p = problems.build(2, lambda x: 0.5 * x @ H @ x, lambda x: H @ x, lambda x: H)
    assert minimize(p, (1.0, 1.0), Newton()).success
