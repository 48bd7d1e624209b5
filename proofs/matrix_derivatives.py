"""Gradients, Jacobians and Hessians of matrix expressions.

Statement. The derivatives that a course on optimisation uses: quadratic forms, least squares, ridge and logistic
regression, traces, determinants, inverses, norms, softmax.

Idea. Differentials: D tr = tr D, D X⁻¹ = −X⁻¹ (DX) X⁻¹, D det X = det X tr(X⁻¹ DX); a gradient G is right when
D f[V] = tr(GᵀV) for every direction V.

Proved at the strength that each claim states.  Refuted or ill-posed: each printed slip next to its repair.
Assumed: nothing, where no axiom is listed with the verdict.
"""

import hessmath as hm

MN = "Magnus & Neudecker (2019), Matrix Differential Calculus, chapter 9"
BV = "Boyd & Vandenberghe (2004), Convex Optimization, A.4"
ESL = "Hastie, Tibshirani & Friedman (2009), 3.4 and 4.4"
QUADRATIC = {"A": "n n", "x": "n", "b": "n", "c": ""}
REGRESSION = {"X": "m p", "y": "m", "b": "p", "lam": ""}
MATRICES = {"A": "n n", "B": "n n", "X": "n n"}

quadratic = [
    hm.claim("d-linear", kind="gradient", f="b @ x", wrt="x", claim="b", vars=QUADRATIC, expected="proved", source=BV),
    hm.claim(
        "d-form", kind="gradient", f="x @ A @ x", wrt="x", claim="(A + A.T) @ x", vars=QUADRATIC, expected="proved",
        source=BV,
    ),
    hm.claim(
        "d-form-slip", kind="gradient", f="x @ A @ x", wrt="x", claim="2*A @ x", vars=QUADRATIC, expected="refuted",
        source=BV,
    ),
    hm.claim(
        "d-form-symmetric", kind="gradient", f="x @ A @ x", wrt="x", claim="2*A @ x", vars=QUADRATIC,
        hypotheses=["symmetric(A)"], expected="proved", repairs="d-form-slip", source=BV,
    ),
    hm.claim(
        "d2-form", kind="hessian", f="x @ A @ x", wrt="x", claim="A + A.T", vars=QUADRATIC, expected="proved",
        source=BV,
    ),
    hm.claim(
        "d-quadratic", kind="gradient", f="x @ A @ x/2 + b @ x + c", wrt="x", claim="A @ x + b", vars=QUADRATIC,
        hypotheses=["symmetric(A)"], expected="proved", source=BV,
    ),
    hm.claim(
        "d2-quadratic", kind="hessian", f="x @ A @ x/2 + b @ x + c", wrt="x", claim="A", vars=QUADRATIC,
        hypotheses=["symmetric(A)"], expected="proved", source=BV,
    ),
    hm.claim(
        "d-square", kind="gradient", f="nsq(x - b)", wrt="x", claim="2*(x - b)", vars=QUADRATIC, expected="proved",
        source=BV,
    ),
    hm.claim(
        "d-norm", kind="gradient", f="norm2(x)", wrt="x", claim="x/norm2(x)", vars=QUADRATIC,
        hypotheses=["nonzero(x)"], expected="proved", source=BV,
    ),
    hm.claim(
        "d-rayleigh", kind="gradient", f="x @ A @ x/(x @ x)", wrt="x",
        claim="2*(A @ x - (x @ A @ x/(x @ x))*x)/(x @ x)", vars=QUADRATIC, hypotheses=["symmetric(A)", "nonzero(x)"],
        expected="proved", source="Trefethen & Bau (1997), lecture 27",
    ),
    hm.claim(
        "d-fourth", kind="gradient", f="nsq(x)**2", wrt="x", claim="4*nsq(x)*x", vars=QUADRATIC, expected="proved",
    ),
    hm.claim(
        "d2-fourth", kind="hessian", f="nsq(x)**2", wrt="x", claim="4*nsq(x)*eye(n) + 8*outer(x, x)", vars=QUADRATIC,
        expected="proved",
    ),
    hm.claim(
        "d-exp-form", kind="gradient", f="exp(-(x @ A @ x)/2)", wrt="x", claim="-exp(-(x @ A @ x)/2)*(A @ x)",
        vars=QUADRATIC, hypotheses=["symmetric(A)"], expected="proved",
    ),
    hm.claim(
        "d-linear-map", kind="jacobian", f="A @ x", wrt="x", claim="A", vars=QUADRATIC, expected="proved", source=MN,
    ),
    hm.claim(
        "d-quadratic-direction", kind="dirderiv", f="x @ A @ x", wrt="x", direction="b",
        claim="b @ A @ x + x @ A @ b", vars=QUADRATIC, expected="proved", source=BV,
    ),
    hm.claim(
        "d2-quadratic-direction", kind="dirderiv2", f="x @ A @ x", wrt="x", direction=["b", "b"],
        claim="2*(b @ A @ b)", vars=QUADRATIC, expected="proved", source=BV,
    ),
]  # fmt: skip

regression = [
    hm.claim(
        "d-least-squares", kind="gradient", f="nsq(X @ b - y)", wrt="b", claim="2*X.T @ (X @ b - y)", vars=REGRESSION,
        expected="proved", source=ESL,
    ),
    hm.claim(
        "d-least-squares-slip", kind="gradient", f="nsq(X @ b - y)", wrt="b", claim="X.T @ (X @ b - y)",
        vars=REGRESSION, expected="refuted", source=ESL,
    ),
    hm.claim(
        "d2-least-squares", kind="hessian", f="nsq(X @ b - y)", wrt="b", claim="2*X.T @ X", vars=REGRESSION,
        expected="proved", source=ESL,
    ),
    hm.claim(
        "d-mse", kind="gradient", f="nsq(X @ b - y)/m", wrt="b", claim="2/m*(X.T @ (X @ b - y))", vars=REGRESSION,
        expected="proved", source=ESL,
    ),
    hm.claim(
        "d-ridge", kind="gradient", f="nsq(X @ b - y) + lam*nsq(b)", wrt="b",
        claim="2*((X.T @ X + lam*eye(p)) @ b - X.T @ y)", vars=REGRESSION, expected="proved", source=ESL,
    ),
    hm.claim(
        "d2-ridge", kind="hessian", f="nsq(X @ b - y) + lam*nsq(b)", wrt="b", claim="2*(X.T @ X + lam*eye(p))",
        vars=REGRESSION, expected="proved", source=ESL,
    ),
    hm.claim(
        "d-by-design", kind="gradient", f="nsq(X @ b - y)", wrt="X", claim="2*outer(X @ b - y, b)", vars=REGRESSION,
        expected="proved", source=MN,
    ),
    hm.claim(
        "d-by-target", kind="gradient", f="nsq(X @ b - y)", wrt="y", claim="2*(y - X @ b)", vars=REGRESSION,
        expected="proved", source=MN,
    ),
    hm.claim(
        "d-weighted", kind="gradient", f="(X @ b - y) @ W @ (X @ b - y)", wrt="b", claim="2*X.T @ W @ (X @ b - y)",
        vars={**REGRESSION, "W": "m m"}, hypotheses=["symmetric(W)"], expected="proved", source=ESL,
    ),
    hm.claim(
        "d-logistic", kind="gradient", f="sum(softplus(X @ b)) - y @ X @ b", wrt="b",
        claim="X.T @ (sigmoid(X @ b) - y)", vars=REGRESSION, expected="proved", source=ESL,
    ),
    hm.claim(
        "d2-logistic", kind="hessian", f="sum(softplus(X @ b)) - y @ X @ b", wrt="b",
        claim="X.T @ diag(sigmoid(X @ b)*(1 - sigmoid(X @ b))) @ X", vars=REGRESSION, expected="proved", source=ESL,
    ),
    hm.claim(
        "d-logistic-slip", kind="gradient", f="sum(softplus(X @ b)) - y @ X @ b", wrt="b",
        claim="X.T @ (y - sigmoid(X @ b))", vars=REGRESSION, expected="refuted", source=ESL,
    ),
    hm.claim(
        "d-poisson", kind="gradient", f="sum(exp(X @ b)) - y @ X @ b", wrt="b", claim="X.T @ (exp(X @ b) - y)",
        vars=REGRESSION, expected="proved", source=ESL,
    ),
    hm.claim(
        "d2-poisson", kind="hessian", f="sum(exp(X @ b)) - y @ X @ b", wrt="b", claim="X.T @ diag(exp(X @ b)) @ X",
        vars=REGRESSION, expected="proved", source=ESL,
    ),
    hm.claim(
        "d-layer-bias", kind="gradient", f="nsq(tanh(X @ b) - y)", wrt="b",
        claim="2*X.T @ ((tanh(X @ b) - y)*(1 - tanh(X @ b)**2))", vars=REGRESSION, expected="proved",
    ),
    hm.claim(
        "d-logsumexp", kind="gradient", f="logsumexp(b)", wrt="b", claim="softmax(b)", vars=REGRESSION,
        expected="proved (sizes)", source=BV,
    ),
    hm.claim(
        "d2-logsumexp", kind="hessian", f="logsumexp(b)", wrt="b",
        claim="diag(softmax(b)) - outer(softmax(b), softmax(b))", vars={"b": "3"}, expected="proved", source=BV,
    ),
    hm.claim(
        "d-softmax", kind="jacobian", f="softmax(b)", wrt="b",
        claim="diag(softmax(b)) - outer(softmax(b), softmax(b))", vars={"b": "3"}, expected="proved", source=BV,
    ),
]  # fmt: skip

traces = [
    hm.claim(
        "d-trace", kind="gradient", f="trace(A @ X)", wrt="X", claim="A.T", vars=MATRICES, expected="proved",
        source=MN,
    ),
    hm.claim(
        "d-trace-product", kind="gradient", f="trace(A @ X @ B)", wrt="X", claim="A.T @ B.T", vars=MATRICES,
        expected="proved", source=MN,
    ),
    hm.claim(
        "d-trace-slip", kind="gradient", f="trace(A @ X @ B)", wrt="X", claim="A @ B", vars=MATRICES,
        expected="refuted", source=MN,
    ),
    hm.claim(
        "d-trace-transposed", kind="gradient", f="trace(A @ X.T @ B)", wrt="X", claim="B @ A", vars=MATRICES,
        expected="proved", source=MN,
    ),
    hm.claim(
        "d-trace-square", kind="gradient", f="trace(X @ X)", wrt="X", claim="2*X.T", vars=MATRICES, expected="proved",
        source=MN,
    ),
    hm.claim(
        "d-trace-cube", kind="gradient", f="trace(X @ X @ X)", wrt="X", claim="3*(X @ X).T", vars=MATRICES,
        expected="proved", source=MN,
    ),
    hm.claim(
        "d-frobenius", kind="gradient", f="nsq(X)", wrt="X", claim="2*X", vars=MATRICES, expected="proved", source=MN,
    ),
    hm.claim(
        "d-trace-form", kind="gradient", f="trace(X.T @ A @ X)", wrt="X", claim="(A + A.T) @ X", vars=MATRICES,
        expected="proved", source=MN,
    ),
    hm.claim(
        "d-trace-two-sided", kind="gradient", f="trace(X @ A @ X.T @ B)", wrt="X", claim="B @ X @ A + B.T @ X @ A.T",
        vars=MATRICES, expected="proved", source=MN,
    ),
    hm.claim(
        "d-matrix-least-squares", kind="gradient", f="nsq(A @ X - B)", wrt="X", claim="2*A.T @ (A @ X - B)",
        vars=MATRICES, expected="proved", source=MN,
    ),
    hm.claim(
        "d-bilinear", kind="gradient", f="x @ X @ y", wrt="X", claim="outer(x, y)",
        vars={"X": "m n", "x": "m", "y": "n"}, expected="proved", source=MN,
    ),
    hm.claim(
        "d-gram-form", kind="gradient", f="nsq(X @ x)", wrt="X", claim="2*outer(X @ x, x)",
        vars={"X": "m n", "x": "n"}, expected="proved", source=MN,
    ),
    hm.claim(
        "d-factorisation", kind="gradient", f="nsq(A - U @ V.T)", wrt="U", claim="-2*(A - U @ V.T) @ V",
        vars={"A": "m n", "U": "m k", "V": "n k"}, expected="proved",
    ),
]  # fmt: skip

inverses = [
    hm.claim(
        "d-inverse", kind="dirderiv", f="inv(X)", wrt="X", direction="V", claim="-inv(X) @ V @ inv(X)",
        vars={"X": "n n", "V": "n n"}, hypotheses=["invertible(X)"], expected="proved", source=MN,
    ),
    hm.claim(
        "d2-inverse", kind="dirderiv2", f="inv(X)", wrt="X", direction=["V", "V"],
        claim="2*inv(X) @ V @ inv(X) @ V @ inv(X)", vars={"X": "n n", "V": "n n"}, hypotheses=["invertible(X)"],
        expected="proved", source=MN,
    ),
    hm.claim(
        "d-trace-inverse", kind="gradient", f="trace(A @ inv(X))", wrt="X", claim="-(inv(X) @ A @ inv(X)).T",
        vars=MATRICES, hypotheses=["invertible(X)"], expected="proved", source=MN,
    ),
    hm.claim(
        "d-inverse-form", kind="gradient", f="a @ inv(X) @ b", wrt="X", claim="-outer(inv(X).T @ a, inv(X) @ b)",
        vars={"X": "n n", "a": "n", "b": "n"}, hypotheses=["invertible(X)"], expected="proved", source=MN,
    ),
    hm.claim(
        "d-det", kind="gradient", f="det(X)", wrt="X", claim="det(X)*inv(X).T", vars=MATRICES,
        hypotheses=["invertible(X)"], expected="proved", source=MN,
    ),
    hm.claim(
        "d-logdet", kind="gradient", f="log(det(X))", wrt="X", claim="inv(X).T", vars=MATRICES,
        hypotheses=["det(X) > 0", "invertible(X)"], expected="proved", source=MN,
    ),
    hm.claim(
        "d-logdet-slip", kind="gradient", f="log(det(X))", wrt="X", claim="inv(X)", vars=MATRICES,
        hypotheses=["det(X) > 0", "invertible(X)"], expected="refuted", source=MN,
    ),
    hm.claim(
        "d-logdet-direction", kind="dirderiv", f="log(det(X))", wrt="X", direction="V", claim="trace(inv(X) @ V)",
        vars={"X": "n n", "V": "n n"}, hypotheses=["det(X) > 0", "invertible(X)"], expected="proved", source=MN,
    ),
    hm.claim(
        "d2-logdet-direction", kind="dirderiv2", f="log(det(X))", wrt="X", direction=["V", "V"],
        claim="-trace(inv(X) @ V @ inv(X) @ V)", vars={"X": "n n", "V": "n n"},
        hypotheses=["det(X) > 0", "invertible(X)"], expected="proved", source=MN,
    ),
    hm.claim(
        "d-gaussian-mean", kind="gradient", f="(x - u) @ S @ (x - u)/2", wrt="u", claim="S @ (u - x)",
        vars={"S": "n n", "x": "n", "u": "n"}, hypotheses=["symmetric(S)"], expected="proved", source=MN,
    ),
    hm.claim(
        "d-gaussian-precision", kind="gradient", f="log(det(S))/2 - (x - u) @ S @ (x - u)/2", wrt="S",
        claim="inv(S).T/2 - outer(x - u, x - u)/2", vars={"S": "n n", "x": "n", "u": "n"},
        hypotheses=["det(S) > 0", "invertible(S)"], expected="proved", source=MN,
    ),
    hm.claim(
        "d-product-rule", kind="dirderiv", f="X @ A @ X", wrt="X", direction="V", claim="V @ A @ X + X @ A @ V",
        vars={**MATRICES, "V": "n n"}, expected="proved", source=MN,
    ),
]  # fmt: skip
