"""Quasi-Newton updates: BFGS, DFP, SR1, Broyden, and Newton's method itself.

Statement. Each update satisfies the secant equation B₊ s = y; BFGS and DFP keep symmetry and, when sᵀy > 0,
positive definiteness; the updates of B and of its inverse H belong together.

Idea. Substitute s and y; the denominators are the scalars that the hypotheses keep from vanishing.

Proved at the strength that each claim states.  Refuted or ill-posed: the updates without their curvature
conditions.  Open, so not claimed: that the inverse update is definite and not only semidefinite, and that Newton's
direction descends for definite H.  Assumed: nothing, where no axiom is listed with the verdict.
"""

import hessmath as hm

NW = "Nocedal & Wright (2006), Numerical Optimization, 6.1"
SR = "Nocedal & Wright (2006), Numerical Optimization, 6.2"
PAIR = {"B": "n n", "H": "n n", "s": "n", "y": "n"}
BFGS = "(B - outer(B @ s, B @ s)/(s @ B @ s) + outer(y, y)/(y @ s))"
INVERSE = "((eye(n) - outer(s, y)/(y @ s)) @ H @ (eye(n) - outer(y, s)/(y @ s)) + outer(s, s)/(y @ s))"
DFP = "((eye(n) - outer(y, s)/(y @ s)) @ B @ (eye(n) - outer(s, y)/(y @ s)) + outer(y, y)/(y @ s))"
SR1 = "(B + outer(y - B @ s, y - B @ s)/((y - B @ s) @ s))"
BROYDEN = "(B + outer(y - B @ s, s)/(s @ s))"
CURVED = ["posdef(B)", "y @ s > 0", "nonzero(s)"]

bfgs = [
    hm.claim("bfgs-secant", f"{BFGS} @ s == y", vars=PAIR, hypotheses=CURVED, expected="proved", source=f"{NW}; Q1"),
    hm.claim("bfgs-symmetric", f"symmetric{BFGS}", vars=PAIR, hypotheses=CURVED, expected="proved", source=f"{NW}; Q1"),
    hm.claim(
        "bfgs-inverse-secant", f"{INVERSE} @ y == s", vars=PAIR, hypotheses=["symmetric(H)", "y @ s > 0"],
        expected="proved", source=NW,
    ),
    hm.claim(
        "bfgs-inverse-symmetric", f"symmetric{INVERSE}", vars=PAIR, hypotheses=["symmetric(H)", "y @ s > 0"],
        expected="proved", source=NW,
    ),
    hm.claim(
        "bfgs-inverse-psd", f"psd{INVERSE}", vars=PAIR, hypotheses=["posdef(H)", "y @ s > 0"], expected="proved",
        source=NW,
    ),
    hm.claim(
        "bfgs-is-the-inverse", f"{BFGS} @ {INVERSE} == eye(n)", vars=PAIR,
        hypotheses=[*CURVED, "B @ H == eye(n)", "H @ B == eye(n)"], expected="proved", source=f"{NW}; Q1",
    ),
    hm.claim(
        "bfgs-without-curvature", f"{BFGS} @ s == y", vars=PAIR, hypotheses=["posdef(B)"], expected="ill_posed",
        source=NW,
    ),
    hm.claim(
        "bfgs-negative-curvature", f"posdef{BFGS}", vars=PAIR, hypotheses=["posdef(B)", "y @ s < 0", "nonzero(s)"],
        expected="refuted", source=NW,
    ),
    hm.claim(
        "bfgs-curvature-is-needed", "y @ s > 0", vars=PAIR, hypotheses=["posdef(B)", "B @ s == y", "nonzero(s)"],
        expected="proved", source=NW,
    ),
    hm.claim(
        "bfgs-trace", f"trace{BFGS} == trace(B) - nsq(B @ s)/(s @ B @ s) + nsq(y)/(y @ s)", vars=PAIR,
        hypotheses=CURVED, expected="proved", source=NW,
    ),
]  # fmt: skip

others = [
    hm.claim(
        "dfp-secant", f"{DFP} @ s == y", vars=PAIR, hypotheses=["symmetric(B)", "y @ s > 0"], expected="proved",
        source=NW,
    ),
    hm.claim(
        "dfp-symmetric", f"symmetric{DFP}", vars=PAIR, hypotheses=["symmetric(B)", "y @ s > 0"], expected="proved",
        source=NW,
    ),
    hm.claim("dfp-psd", f"psd{DFP}", vars=PAIR, hypotheses=["posdef(B)", "y @ s > 0"], expected="proved", source=NW),
    hm.claim(
        "sr1-secant", f"{SR1} @ s == y", vars=PAIR, hypotheses=["(y - B @ s) @ s != 0"], expected="proved", source=SR,
    ),
    hm.claim(
        "sr1-symmetric", f"symmetric{SR1}", vars=PAIR, hypotheses=["symmetric(B)", "(y - B @ s) @ s != 0"],
        expected="proved", source=SR,
    ),
    hm.claim(
        "sr1-definite", f"posdef{SR1}", vars=PAIR, hypotheses=["posdef(B)", "y @ s > 0", "(y - B @ s) @ s != 0"],
        expected="refuted", source=SR,
    ),
    hm.claim(
        "sr1-stays", f"{SR1} @ s == y", vars=PAIR, expected="ill_posed", source=SR,
        note="the update is skipped when its denominator vanishes",
    ),
    hm.claim(
        "broyden-secant", f"{BROYDEN} @ s == y", vars=PAIR, hypotheses=["nonzero(s)"], expected="proved",
        source="Nocedal & Wright (2006), 11.1",
    ),
    hm.claim(
        "broyden-no-change", f"{BROYDEN} @ x == B @ x", vars={**PAIR, "x": "n"},
        hypotheses=["nonzero(s)", "s @ x == 0"], expected="proved", source="Nocedal & Wright (2006), 11.1",
    ),
    hm.claim(
        "broyden-symmetric", f"symmetric{BROYDEN}", vars=PAIR, hypotheses=["symmetric(B)", "nonzero(s)"],
        expected="refuted", source="Nocedal & Wright (2006), 11.1",
    ),
    hm.claim(
        "psb-secant", "(B + (outer(r, s) + outer(s, r))/(s @ s) - (r @ s)*outer(s, s)/(s @ s)**2) @ s == y",
        vars={**PAIR, "r": "n"}, hypotheses=["nonzero(s)", "r == y - B @ s"], expected="proved",
        source="Powell (1970)",
    ),
]  # fmt: skip

# Newton's step on a quadratic q(x) = ½ xᵀHx + bᵀx, and exact line search.

QUADRATIC = {"H": "n n", "x": "n", "b": "n", "d": "n", "p": "n", "t": ""}
MODEL = "({0} @ H @ {0}/2 + b @ {0})"
newton = [
    hm.claim(
        "newton-one-step", "H @ (x - inv(H) @ (H @ x + b)) + b == zeros(n)", vars=QUADRATIC,
        hypotheses=["invertible(H)"], expected="proved", source="Nocedal & Wright (2006), 3.3",
    ),
    hm.claim(
        "newton-sign-lost", "H @ (x + inv(H) @ (H @ x + b)) + b == zeros(n)", vars=QUADRATIC,
        hypotheses=["invertible(H)"], expected="refuted", source="Nocedal & Wright (2006), 3.3",
    ),
    hm.claim(
        "newton-affine-invariance", "inv(A.T @ H @ A) @ A.T @ g == inv(A) @ inv(H) @ g",
        vars={"A": "n n", "H": "n n", "g": "n"}, hypotheses=["invertible(A)", "invertible(H)"], expected="proved",
        source="Boyd & Vandenberghe (2004), 9.5.1",
    ),
    hm.claim(
        "quadratic-expansion", f"{MODEL.format('(x + d)')} == {MODEL.format('x')} + (H @ x + b) @ d + d @ H @ d/2",
        vars=QUADRATIC, hypotheses=["symmetric(H)"], expected="proved",
    ),
    hm.claim(
        "exact-line-search", "(H @ (x + t*d) + b) @ d == 0", vars=QUADRATIC,
        hypotheses=["posdef(H)", "nonzero(d)", "t == -((H @ x + b) @ d)/(d @ H @ d)"], expected="proved",
        source="Nocedal & Wright (2006), 3.28",
    ),
    hm.claim(
        "steepest-descent-right-angles", "(H @ (x - t*(H @ x + b)) + b) @ (H @ x + b) == 0", vars=QUADRATIC,
        hypotheses=[
            "posdef(H)", "nonzero(H @ x + b)", "t == ((H @ x + b) @ (H @ x + b))/((H @ x + b) @ H @ (H @ x + b))",
        ],
        expected="proved", source="Nocedal & Wright (2006), 3.3",
    ),
    hm.claim(
        "trust-region-stationary", "H @ p + lam*p == -b", vars={**QUADRATIC, "lam": ""},
        hypotheses=["invertible(H + lam*eye(n))", "p == -inv(H + lam*eye(n)) @ b"], expected="proved",
        source="Nocedal & Wright (2006), 4.1",
    ),
    hm.claim(
        "conjugate-directions-decouple", "(x + t*d) @ H @ p == x @ H @ p", vars=QUADRATIC,
        hypotheses=["symmetric(H)", "d @ H @ p == 0"], expected="proved", source="Nocedal & Wright (2006), 5.1",
    ),
]  # fmt: skip
