"""Conjugate gradients.

Statement. On a strictly convex quadratic CG's residuals are orthogonal, its directions conjugate, and n
steps suffice.

Idea. Each residual is orthogonal to those before it. In n dimensions at most n nonzero vectors are mutually
orthogonal, so after n steps the residual is zero.

Proved for every size: orthogonality of the first three residuals, conjugacy of the first two directions.
Proved for n = 1 and n = 2 with symbolic entries: the residual is zero after n steps. Assumed: the method has
not stopped before (the directions it divides by are not zero). Not claimed here: more than two unknowns.
"""

import hessmath as hm

FIRST = [
    "posdef(A)",
    "nonzero(r)",
    "s == (r @ r)/(r @ A @ r)",
    "r1 == r - s*(A @ r)",
]
residuals_are_orthogonal = hm.claim(
    "C1-orthogonal",
    "r1 @ r == 0",
    vars={"A": "n n", "r": "n", "s": "", "r1": "n"},
    hypotheses=FIRST,
    expected="proved",
    source="C1",
)
directions_are_conjugate = hm.claim(
    "C1-conjugate",
    "p1 @ A @ r == 0",
    vars={"A": "n n", "r": "n", "s": "", "r1": "n", "t": "", "p1": "n"},
    hypotheses=[*FIRST, "t == (r1 @ r1)/(r @ r)", "p1 == r1 + t*r"],
    expected="proved",
    source="C1",
)
one_step_for_one_unknown = hm.claim(
    "C1-one",
    "r1 == zeros(1)",
    vars={"A": "1 1", "r": "1", "s": "", "r1": "1"},
    hypotheses=FIRST,
    expected="proved",
    source="C1",
)

# Two steps: the residual r2 is orthogonal to r and r1, at every size; in the plane nothing nonzero is.

SECOND = [
    *FIRST,
    "t == (r1 @ r1)/(r @ r)",
    "p1 == r1 + t*r",
    "nonzero(p1)",
    "s1 == (r1 @ r1)/(p1 @ A @ p1)",
    "r2 == r1 - s1*(A @ p1)",
]
TWO_STEPS = {"A": "n n", "r": "n", "s": "", "r1": "n", "t": "", "p1": "n", "s1": "", "r2": "n"}
second_residual_is_orthogonal_to_the_first = hm.claim(
    "C1-second-first", "r2 @ r == 0", vars=TWO_STEPS, hypotheses=SECOND, expected="proved", source="C1"
)
second_residual_is_orthogonal_to_the_one_before = hm.claim(
    "C1-second-before", "r2 @ r1 == 0", vars=TWO_STEPS, hypotheses=SECOND, expected="proved", source="C1"
)
the_one_before_is_not_zero = hm.claim(
    "C1-not-done", "nonzero(r1)", vars=TWO_STEPS, hypotheses=SECOND, expected="proved", source="C1"
)
two_steps_for_two_unknowns = hm.claim(
    "C1",
    "r2 == zeros(2)",
    vars={"r": "2", "r1": "2", "r2": "2"},
    hypotheses=["r1 @ r == 0", "r2 @ r == 0", "r2 @ r1 == 0", "nonzero(r)", "nonzero(r1)"],
    expected="proved",
    source="C1",
    note="the hypotheses are C1-orthogonal, C1-second-first, C1-second-before and C1-not-done",
)
one_step_is_not_enough_for_two = hm.claim(
    "C1-one-step-for-two",
    "r1 == zeros(2)",
    vars={"A": "2 2", "r": "2", "s": "", "r1": "2"},
    hypotheses=FIRST,
    expected="refuted",
    source="C1",
)
