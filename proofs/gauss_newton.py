"""Gauss–Newton, Levenberg–Marquardt and the Fisher matrix.

Statement. For f = ½|r|² the Gauss–Newton matrix JᵀJ is positive semidefinite, gives a descent direction, and with
damping a unique step; it is the Hessian where the residual vanishes or r is affine.

Idea. gᵀ(−(JᵀJ + λI)⁻¹g) is a negative definite form in g.

Proved at the strength that each claim states.  Refuted: definiteness without full rank.  Assumed: nothing.
"""

import hessmath as hm

NW = "Nocedal & Wright (2006), Numerical Optimization, 10.3"
J = {"J": "m n", "r": "m", "p": "n", "lam": "", "B": "m m", "q": "n"}

gauss_newton = [
    hm.claim("gn-psd", "psd(J.T @ J)", vars=J, expected="proved", source=f"{NW}; G1"),
    hm.claim("gn-definite", "posdef(J.T @ J)", vars=J, hypotheses=["fullcol(J)"], expected="proved", source=NW),
    hm.claim("gn-definite-slip", "posdef(J.T @ J)", vars=J, expected="refuted", source=NW),
    hm.claim(
        "ggn-psd", "psd(J.T @ B @ J)", vars=J, hypotheses=["psd(B)"], expected="proved",
        source="Schraudolph (2002); G1",
    ),
    hm.claim(
        "ggn-needs-convex-loss", "psd(J.T @ B @ J)", vars=J, hypotheses=["symmetric(B)"], expected="refuted",
        source="Schraudolph (2002); G1",
    ),
    hm.claim(
        "gn-normal-equations", "J.T @ (J @ p + r) == zeros(n)", vars=J,
        hypotheses=["fullcol(J)", "p == -inv(J.T @ J) @ J.T @ r"], expected="proved", source=NW,
    ),
    hm.claim(
        "gn-step-is-least-squares", "nsq(J @ p + r) <= nsq(J @ q + r)", vars=J,
        hypotheses=["J.T @ (J @ p + r) == zeros(n)"], expected="proved", source=NW,
    ),
    hm.claim(
        "gn-descent", "(J.T @ r) @ p == -nsq(J @ p)", vars=J, hypotheses=["J.T @ J @ p == -J.T @ r"],
        expected="proved", source=NW,
    ),
    hm.claim(
        "gn-descent-sign", "(J.T @ r) @ p <= 0", vars=J, hypotheses=["J.T @ J @ p == -J.T @ r"], expected="proved",
        source=NW,
    ),
    hm.claim(
        "gn-decrease", "nsq(J @ p + r) == nsq(r) - nsq(J @ p)", vars=J, hypotheses=["J.T @ J @ p == -J.T @ r"],
        expected="proved", source=NW,
    ),
    hm.claim(
        "gn-gradient", kind="gradient", f="nsq(J @ p + r)/2", wrt="p", claim="J.T @ (J @ p + r)", vars=J,
        expected="proved", source=NW,
    ),
    hm.claim(
        "gn-hessian-affine", kind="hessian", f="nsq(J @ p + r)/2", wrt="p", claim="J.T @ J", vars=J,
        expected="proved", source=f"{NW}; G1",
    ),
    hm.claim(
        "ggn-hessian-affine", kind="hessian", f="(J @ p + r) @ B @ (J @ p + r)/2", wrt="p", claim="J.T @ B @ J",
        vars=J, hypotheses=["symmetric(B)"], expected="proved", source="Schraudolph (2002)",
    ),
    hm.claim(
        "gn-invariance", "nsq(Q @ J @ p + Q @ r) == nsq(J @ p + r)", vars={**J, "Q": "m m"},
        hypotheses=["orthogonal(Q)"], expected="proved", source=NW,
    ),
    hm.claim(
        "gn-zero-step", "J.T @ r == zeros(n)", vars=J, hypotheses=["J.T @ J @ p == -J.T @ r", "J @ p == zeros(m)"],
        expected="proved", source=NW,
    ),
]  # fmt: skip

damped = [
    hm.claim(
        "lm-definite", "posdef(J.T @ J + lam*eye(n))", vars=J, hypotheses=["lam > 0"], expected="proved", source=NW,
    ),
    hm.claim(
        "lm-invertible", "invertible(J.T @ J + lam*eye(n))", vars=J, hypotheses=["lam > 0"], expected="proved",
        source=NW,
    ),
    hm.claim(
        "lm-without-damping", "invertible(J.T @ J + lam*eye(n))", vars=J, hypotheses=["lam >= 0"], expected="refuted",
        source=NW,
    ),
    hm.claim(
        "lm-step", "(J.T @ J + lam*eye(n)) @ p == -J.T @ r", vars=J,
        hypotheses=["lam > 0", "p == -inv(J.T @ J + lam*eye(n)) @ J.T @ r"], expected="proved", source=NW,
    ),
    hm.claim(
        "lm-descent", "(J.T @ r) @ p == -nsq(J @ p) - lam*nsq(p)", vars=J,
        hypotheses=["(J.T @ J + lam*eye(n)) @ p == -J.T @ r"], expected="proved", source=NW,
    ),
    hm.claim(
        "lm-descent-sign", "(J.T @ r) @ p <= 0", vars=J,
        hypotheses=["lam >= 0", "(J.T @ J + lam*eye(n)) @ p == -J.T @ r"], expected="proved", source=NW,
    ),
    hm.claim(
        "lm-strict-descent", "(J.T @ r) @ p < 0", vars=J,
        hypotheses=["lam > 0", "nonzero(p)", "(J.T @ J + lam*eye(n)) @ p == -J.T @ r"], expected="proved", source=NW,
    ),
    hm.claim(
        "lm-dual", "inv(J.T @ J + lam*eye(n)) @ J.T == J.T @ inv(J @ J.T + lam*eye(m))", vars=J,
        hypotheses=["lam > 0"], expected="proved", source=NW,
    ),
    hm.claim(
        "lm-augmented", "block([J], [c*eye(n)]).T @ block([J], [c*eye(n)]) == J.T @ J + c**2*eye(n)",
        vars={**J, "c": ""}, expected="proved (sizes)", source=NW,
    ),
    hm.claim(
        "lm-large-residual", "nsq(J @ p + r) + lam*nsq(p) <= nsq(r)", vars=J,
        hypotheses=["lam >= 0", "(J.T @ J + lam*eye(n)) @ p == -J.T @ r"], expected="proved", source=NW,
    ),
]  # fmt: skip
