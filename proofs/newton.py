"""Newton's method: the order of its error.

Statement. Near a zero of f′ with f″ ≠ 0 the error e of Newton's iteration becomes e⁺ = f‴/(2f″) e² + O(e³).

Idea. Write f′ at distance e from the zero as a e + b e²/2 + c e³/6, with a = f″, b = f‴, c = f⁗ there; the
claim is about a rational function of e. For other smooth f the terms left out are of higher order (Taylor's
theorem).

Proved: N1, with Taylor's theorem as the step from this expansion to a smooth f. Refuted: a lost sign, a
lost ½.
"""

import hessmath as hm

STEP = "e - (a*e + b*e**2/2 + c*e**3/6)/(a + b*e + c*e**2/2)"
FIELDS = {"kind": "asymptotic", "f": STEP, "vars": ["e", "a", "b", "c"], "to": 0, "order": 3, "source": "N1"}

quadratic_error = hm.claim("N1", claim="b/(2*a)*e**2", hypotheses=["nonzero(a)"], expected="proved", **FIELDS)
lost_half = hm.claim("N1-lost-half", claim="b/a*e**2", hypotheses=["nonzero(a)"], expected="refuted", **FIELDS)

one_step_on_a_quadratic = hm.claim(
    "B10",
    "H @ (x - inv(H) @ (H @ x - b)) == b",
    vars={"H": "n n", "x": "n", "b": "n"},
    hypotheses=["posdef(H)"],
    expected="proved",
    source="B10",
)
lost_minus_sign = hm.claim(
    "B10-lost-sign",
    "H @ (x + inv(H) @ (H @ x - b)) == b",
    vars={"H": "n n", "x": "n", "b": "n"},
    hypotheses=["posdef(H)"],
    expected="refuted",
    source="B10",
)
