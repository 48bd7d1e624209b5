"""Iterates by hand, derivations, proofs, counterexamples."""

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.grading import Exercise, Verdict

x, y = sympy.symbols("x y", real=True)


def made(kind, **fields):
    return Exercise.from_dict({"id": "1", "kind": kind, **fields})


small = st.integers(-3, 3)


@settings(deadline=None, max_examples=20)
@given(a=st.integers(1, 3), b=small, c=small, p=small, q=small)
def test_a_newton_step_agrees_with_sympys_solution(a, b, c, p, q):
    f = a * x**4 + b * x * y + y**2 + c * x + x**2
    at = {x: p, y: q}
    H, g = sympy.hessian(f, (x, y)).subs(at), sympy.Matrix([f.diff(x), f.diff(y)]).subs(at)
    if H.det() == 0:
        return
    step = -H.LUsolve(g)
    fields = {"function": str(f), "variables": "x y", "point": [p, q]}
    exercise = made("newton_step", **fields)
    assert exercise.grade([str(e) for e in step]).verdict is Verdict.RIGHT
    if g != sympy.zeros(2, 1):
        found = exercise.grade([str(-e) for e in step]).diagnosis
        # where the new point is minus the step, two causes explain the answer, and only the sign is said
        assert found == "minus_lost" or (found == "sign" and -2 * step == sympy.Matrix([p, q]))
    moved = [str(e) for e in step + sympy.Matrix([p, q])]
    assert made("newton_step", give="point", **fields).grade(moved).verdict is Verdict.RIGHT
    damped = H + 7 * sympy.eye(2)
    if damped.det() != 0:
        answer = [str(e) for e in -damped.LUsolve(g)]
        assert made("regularised_newton_step", damping=7, **fields).grade(answer).verdict is Verdict.RIGHT


def root(**fields):
    return made("newton_iterates", map=["x^2 - 2"], variables="x", point=[1], count=3, **fields)


def test_iterates_and_the_first_one_that_is_wrong():
    assert root().grade(["3/2", "17/12", "577/408"]).verdict is Verdict.RIGHT
    assert root().grade(["1", "3/2", "17/12", "577/408"]).verdict is Verdict.RIGHT
    assert root().grade([["3/2"], ["17/12"], ["577/408"]]).verdict is Verdict.RIGHT
    early = root().grade(["2", "3/2", "17/12"])  # each follows from the one before
    assert (early.where["iterate"], early.where["followed"]) == ("1", "2")
    assert early.score == pytest.approx(2 / 6)
    late = root().grade(["3/2", "17/12", "577/409"])
    assert (late.where["iterate"], late.score) == ("3", pytest.approx(2 / 3))
    assert root().grade(["3/2"]).score == pytest.approx(1 / 3)
    assert root().grade(["3/2", "17/12"]).messages[1].key == "iterates_missing"
    rounded = root(decimals="rounded")
    assert rounded.grade(["1.5", "1.4167", "1.41422"]).verdict is Verdict.WRONG  # two digits are too few
    assert rounded.grade(["1.50", "1.4167", "1.41422"]).verdict is Verdict.RIGHT
    assert rounded.grade(["1.50", "1.4167", "1.41423"]).verdict is Verdict.WRONG


def test_repeating_a_value_where_the_method_stays_earns_nothing():
    exercise = made("newton_iterates", function="x^4 - 4x", variables="x", point=[2], count=3)
    assert exercise.grade(["1", "1", "1"]).score == 0  # 1 is the minimum: every later step would be 0


def test_slips_of_newtons_method():
    exercise = made("newton_iterates", function="x^3 - 3x", variables="x", point=[2], count=2)
    assert exercise.grade(["5/4", "41/40"]).verdict is Verdict.RIGHT
    assert exercise.grade(["11/4", "347/88"]).diagnosis == "minus_lost"
    assert exercise.grade(["16/9", "8192/4725"]).diagnosis == "root_instead_of_minimum"


@settings(deadline=None, max_examples=15)
@given(data=st.data(), n=st.integers(2, 3))
def test_conjugate_gradients_agree_with_numpy_and_end_at_the_solution(data, n):
    G = sympy.Matrix(n, n, [data.draw(small) for _ in range(n * n)])
    A = G.T * G + sympy.eye(n)
    b = sympy.Matrix([data.draw(st.integers(1, 3)) for _ in range(n)])
    exercise = made("cg_iterates", matrix=[[int(e) for e in A.row(i)] for i in range(n)], vector=[int(e) for e in b])
    points = exercise.truth.points
    assert points[-1].matrix == A.LUsolve(b)
    M, r = np.array(A.tolist(), dtype=float), np.array(b.tolist(), dtype=float).ravel()
    x_, p = np.zeros(n), r.copy()
    for point in points:
        alpha = (r @ r) / (p @ M @ p)
        x_, new = x_ + alpha * p, r - alpha * M @ p
        p, r = new + (new @ new) / (r @ r) * p, new
        assert np.allclose(np.array(point.matrix.tolist(), dtype=float).ravel(), x_, rtol=1e-6)
    answer = [[str(e) for e in point.matrix] for point in points]
    assert exercise.grade(answer).verdict is Verdict.RIGHT
    answer[-1][0] += " + 1"
    assert exercise.grade(answer).where["iterate"] == str(len(points))


def test_steepest_descent_is_not_conjugate_gradients():
    exercise = made("cg_iterates", matrix=[[4, 1], [1, 3]], vector=[1, 2])
    assert exercise.grade([["1/4", "1/2"], ["1/11", "7/11"]]).verdict is Verdict.RIGHT
    slip = next(s for s in _slips("cg_iterates") if s.name == "steepest_descent_instead")
    (wrong,) = slip.answers(exercise.problem, exercise.truth)
    answer = [[str(e) for e in point.matrix] for point in wrong.points]
    assert exercise.grade(answer).diagnosis == "steepest_descent_instead"


def _slips(kind):
    from hessmath.grading.kinds import KINDS

    return KINDS[kind].slips


def test_gradient_descent_with_fixed_and_exact_steps():
    fields = {"function": "x^2 + 2y^2", "variables": "x y", "point": [2, 1], "count": 2}
    fixed = made("gradient_descent_iterates", step="1/4", **fields)
    assert fixed.grade([["1", "0"], ["1/2", "0"]]).verdict is Verdict.RIGHT
    exact = made("gradient_descent_iterates", step="exact", **fields)
    first = exact.truth.points[0].matrix
    f = x**2 + 2 * y**2
    line = f.subs({x: 2 - 4 * sympy.Symbol("t"), y: 1 - 4 * sympy.Symbol("t")})
    (t,) = sympy.solve(line.diff(sympy.Symbol("t")))
    assert list(first) == [2 - 4 * t, 1 - 4 * t]
    assert exact.grade([["3", "2"], ["1", "1"]]).verdict is Verdict.WRONG


# ---- arguments ------------------------------------------------------------------------------------------------


def residual(**fields):
    return made("derivation", declare={"X": "m p", "b": "p", "y": "m"}, start="nsq(X @ b - y)", **fields)


def test_a_derivation_of_matrices():
    goal = "b @ X.T @ X @ b - 2*(y @ X @ b) + y @ y"
    exercise = residual(goal=goal)
    assert exercise.grade(["nsq(X @ b - y)", "= (X @ b - y) @ (X @ b - y)", f"= {goal}"]).verdict is Verdict.RIGHT
    assert exercise.grade("nsq(X @ b - y)\n(X@b - y)@(X@b - y)").verdict is Verdict.RIGHT
    wrong = exercise.grade(["nsq(X @ b - y)", "(X @ b - y) @ (X @ b - y)", goal.replace("- 2", "+ 2")])
    assert wrong.verdict is Verdict.WRONG
    assert wrong.where["line"] == "3"
    assert "m = 1, p = 1" in wrong.where["counterexample"]
    assert wrong.score == pytest.approx(1 / 3)
    first = exercise.grade(["nsq(X @ b + y)", goal])
    assert first.where["line"] == "1"
    short = residual(goal=goal, least_steps=2).grade([goal])
    assert short.messages[1].key == "too_few_steps"


def equation(**fields):
    return made("derivation", variables="x", **fields)


def test_steps_of_equations_in_both_directions():
    lines = ["x + 1 = 3", "=> x = 2", "=> x^2 = 4"]
    assert equation(start="x + 1 == 3", goal="x**2 == 4").grade(lines).verdict is Verdict.RIGHT
    both = equation(start="x + 1 == 3", goal="x**2 == 4", relation="<=>")
    weak = both.grade(lines)
    assert weak.messages[1].key == "relation_too_weak"
    grade = both.grade(["x + 1 = 3", "<=> x = 2", "<=> x^2 = 4"])
    assert grade.verdict is Verdict.WRONG
    assert (grade.where["line"], grade.where["only"]) == ("3", "⇒")
    assert "x = -2" in grade.where["counterexample"]
    unsaid = both.grade(["x + 1 = 3", "x = 2", "x^2 = 4"])
    assert (unsaid.verdict, unsaid.where["line"]) == (Verdict.WRONG, "3")


def test_a_chain_of_inequalities_shows_no_equality():
    exercise = equation(start="x**2", goal="x**2 + 1")
    grade = exercise.grade(["x^2", "<= x^2 + 1"])
    assert grade.messages[1].key == "relation_too_weak"
    assert equation(start="x**2", goal="x**2 + 1", relation="<=").grade(["x^2", "<= x^2 + 1"]).correct
    assert equation(start="x**2", goal="x**2 + 1", relation="<=").grade(["x^2", "< x^2 + 1"]).correct
    mixed = equation().grade(["x^2", "<= x^2 + 1", ">= x^2"])
    assert mixed.messages[1].key == "relations_mixed"


def test_a_step_that_divides_by_zero_is_not_proved():
    grade = equation().grade(["x", "x^2/x"])
    assert grade.verdict is Verdict.WRONG
    assert grade.messages[1].key in ("step_undefined", "step_wrong")
    assert made("derivation", variables="x", hypotheses=["x > 0"]).grade(["x", "x^2/x"]).verdict is Verdict.RIGHT


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ([], "list of lines"),
        (["x", ""], "Line 2 cannot be read"),
        (["x"] * 61, "at most 60 lines"),
        (["x" * 1001, "x"], "longer than 1000"),
        ({"lines": ["x", "x"], "relations": ["=>", "=>"]}, "1 relations between 2 lines"),
        ({"lines": ["x", "x"], "relations": ["approx"]}, "no relation between lines"),
        (["x", "q"], "Line 2 cannot be read"),
        (["__import__('os')", "x"], "Line 1 cannot be read"),
    ],
)
def test_lines_that_cannot_be_read(answer, error):
    grade = equation().grade(answer)
    assert grade.verdict is Verdict.NOT_READ
    assert error in grade.error


def test_proofs_by_lemmas():
    exercise = made("proof", declare={"A": "n n", "x": "n"}, claim="x @ A.T @ A @ x >= 0")
    assert exercise.grade(["x @ A.T @ A @ x == nsq(A @ x)", "nsq(A @ x) >= 0"]).verdict is Verdict.RIGHT
    grade = exercise.grade(["x @ A @ x >= 0", "x @ A.T @ A @ x >= 0"])
    assert grade.verdict is Verdict.WRONG
    assert (grade.messages[1].key, grade.where["line"]) == ("lemma_wrong", "1")
    assert grade.where["counterexample"]


def commuting(**fields):
    return made("counterexample", declare={"A": "n n", "B": "n n"}, claim="A @ B == B @ A", **fields)


def test_counterexamples_are_checked_exactly():
    A, B = [["0", "1"], ["0", "0"]], [["0", "0"], ["1", "0"]]
    assert commuting().grade({"A": A, "B": B}).verdict is Verdict.RIGHT
    assert commuting().grade([A, B]).verdict is Verdict.RIGHT
    same = commuting().grade({"A": A, "B": A})
    assert same.messages[1].key == "claim_holds_there"
    symmetric = commuting(hypotheses=["symmetric(A)"]).grade({"A": A, "B": B})
    assert (symmetric.messages[1].key, symmetric.where["hypothesis"]) == ("hypothesis_fails", "symmetric(A)")
    assert "side of length 3" in commuting().grade({"A": A, "B": [["1", "0", "0"]] * 3}).error
    assert "B has none" in commuting().grade({"A": A}).error
    assert "no name of the claim" in commuting().grade({"A": A, "B": B, "C": B}).error
    assert "must be a matrix" in commuting().grade({"A": "1", "B": B}).error


@settings(deadline=None, max_examples=20)
@given(entries=st.lists(small, min_size=8, max_size=8))
def test_a_pair_of_matrices_is_a_counterexample_when_sympy_says_that_it_does_not_commute(entries):
    A, B = sympy.Matrix(2, 2, entries[:4]), sympy.Matrix(2, 2, entries[4:])
    answer = {"A": [[str(e) for e in A.row(i)] for i in range(2)], "B": [[str(e) for e in B.row(i)] for i in range(2)]}
    assert commuting().grade(answer).verdict is (Verdict.WRONG if A * B == B * A else Verdict.RIGHT)


def test_numbers_as_counterexamples():
    exercise = made("counterexample", variables="x", claim="x**2 >= x")
    assert exercise.grade("1/2").verdict is Verdict.RIGHT
    assert exercise.grade("x = 1/2").verdict is Verdict.RIGHT
    assert exercise.grade({"x": "sqrt(2)/2"}).verdict is Verdict.RIGHT
    assert exercise.grade({"x": "2"}).verdict is Verdict.WRONG
    undefined = made("counterexample", variables="x", claim="1/x > 0").grade("0")
    assert undefined.messages[1].key == "undefined_there"
