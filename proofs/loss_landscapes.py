"""Loss landscapes: Taylor models, convexity, activations and what the Hessian of a network can be.

Statement. What the sources claim about losses and their Hessians away from pure matrix algebra: the second-order
model, convexity and its limits, derivatives of activations, kinks, and the gradients of mini-batches.

Idea. Each claim is about one formula: derivatives are exact, signs come from sums of squares or exact points.

Proved: the repairs, but for two that are only tested (B2-converse, B19b-repair).  Refuted: the printed slips R9, T4b,
B3, T1, B19b and B28, each by the smallest example.  Assumed: the axioms listed with the verdicts.  Measured by
experiments, not claimed here: B17, B22, B26, F1.
"""

import hessmath as hm

X = ["x"]

# R6, R9: the second-order model is exact for quadratics, and right up to third order otherwise.

taylor = [
    hm.claim(
        "R6-quadratic",
        "(x + d) @ A @ (x + d)/2 + b @ (x + d) == x @ A @ x/2 + b @ x + (A @ x + b) @ d + d @ A @ d/2",
        vars={"A": "n n", "x": "n", "b": "n", "d": "n"}, hypotheses=["symmetric(A)"], expected="proved", source="R6",
    ),
    hm.claim(
        "R6-remainder", kind="asymptotic", f="a + b*t + c*t**2 + d*t**3/(1 - t)", claim="a + b*t + c*t**2", to=0,
        order=3, variable="t", vars=["t", "a", "b", "c", "d"], expected="proved", source="R6",
    ),
    hm.claim(
        "R9", "(W + 1)**2 - W**2 == 2", vars=["W"], hypotheses=["2*W == 2"], expected="refuted", source="R9",
        note="L = W² has ∂L/∂W = 2 at W = 1, but rises by 3",
    ),
    hm.claim(
        "R9-first-order", kind="asymptotic", f="(W + t)**2 - W**2", claim="2*W*t", to=0, order=2, variable="t",
        vars=["t", "W"], expected="proved", repairs="R9", source="R9",
    ),
    hm.claim(
        "R9-affine", "(a*(W + t) + b) - (a*W + b) == a*t", vars=["a", "b", "W", "t"], expected="proved", repairs="R9",
        source="R9",
    ),
    hm.claim(
        "R12", kind="gradient", f="nsq(a - y)/n", wrt="a", claim="2/n*(a - y)", vars={"a": "n", "y": "n"},
        expected="proved", source="R12",
    ),
    hm.claim(
        "R12-batch", kind="gradient", f="nsq(A - Y)/m", wrt="A", claim="2/m*(A - Y)", vars={"A": "m c", "Y": "m c"},
        expected="proved", source="R12",
    ),
    hm.claim(
        "H1", kind="dirderiv", f="4*nsq(x)*x + (A + A.T) @ x", wrt="x", direction="v",
        claim="(4*nsq(x)*eye(n) + 8*outer(x, x) + A + A.T) @ v", vars={"A": "n n", "x": "n", "v": "n"},
        expected="proved", source="H1", note="the gradient of |x|⁴ + xᵀAx along v, against its Hessian times v",
    ),
]  # fmt: skip

# Convexity: one point says nothing about a region; strict and strong are different words.

convexity = [
    hm.claim(
        "T4b", kind="convexity", f="1 - cos(x)", vars=X, domain="R", property="convex", expected="refuted",
        source="T4b",
    ),
    hm.claim(
        "T4b-cubic", kind="convexity", f="x**3", vars=X, domain="R", property="convex", expected="refuted",
        source="T4b", note="f″(1) = 6 > 0",
    ),
    hm.claim(
        "T4b-repair", kind="convexity", f="x**3", vars=X, domain="x >= 0", property="convex", expected="proved",
        repairs="T4b-cubic", source="T4b",
    ),
    hm.claim(
        "B2-strict", kind="convexity", f="exp(x) + exp(-x)", vars=X, domain="R", property="strictly_convex",
        expected="proved", source="B2",
    ),
    hm.claim(
        "B2-converse", "((x + y)/2)**4 < (x**4 + y**4)/2", vars=["x", "y"], hypotheses=["x != y"], expected="tested",
        source="B2", note="strictly convex although f″(0) = 0",
    ),
    hm.claim(
        "B2-no-minimum", "exp(x) > 0", vars=X, expected="proved", source="B2",
        note="f = exp has f′ = exp, which never vanishes",
    ),
    hm.claim(
        "B2-one-minimiser", "x == y", vars={"H": "n n", "x": "n", "y": "n", "b": "n"},
        hypotheses=["posdef(H)", "H @ x == b", "H @ y == b"], expected="proved", source="B2",
    ),
    hm.claim(
        "B3", kind="convexity", f="exp(x)", vars=X, domain="R", property="strongly_convex", mu="1/10",
        expected="refuted", source="B3",
    ),
    hm.claim(
        "B3-repair", kind="convexity", f="x**2 + exp(x)", vars=X, domain="R", property="strongly_convex", mu=2,
        expected="proved", repairs="B3", source="B3",
    ),
    hm.claim(
        "B28", "x**4 == 0", vars=X, expected="refuted", source="B28",
        note="the second derivative of x⁴ at 0 is 0, but the direction is not flat",
    ),
    hm.claim(
        "B28-second-order", kind="asymptotic", f="x**4", claim="0", to=0, order=4, vars=X, expected="proved",
        repairs="B28", source="B28",
    ),
    hm.claim(
        "R11", kind="critical_point", f="(a*tanh(b) - 1)**2", vars=["a", "b"], point=[0, 0], classification="saddle",
        expected="proved", source="R11", note="the smallest tanh network",
    ),
]  # fmt: skip

# Activations and kinks.

activations = [
    hm.claim(
        "B20-sigmoid", kind="gradient", f="sigmoid(x)", wrt="x", claim="sigmoid(x)*(1 - sigmoid(x))", vars=X,
        expected="proved", source="B20",
    ),
    hm.claim("B20-quarter", "sigmoid(x)*(1 - sigmoid(x)) <= 1/4", vars=X, expected="proved", source="B20"),
    hm.claim(
        "B20-tanh", kind="gradient", f="tanh(x)", wrt="x", claim="1 - tanh(x)**2", vars=X, expected="proved",
        source="B20",
    ),
    hm.claim(
        "B20-softplus", kind="gradient", f="softplus(x)", wrt="x", claim="sigmoid(x)", vars=X, expected="proved",
        source="B20",
    ),
    hm.claim(
        "B20-vanishes", kind="limit", f="sigmoid(x)*(1 - sigmoid(x))", vars=X, to="oo", claim=0, expected="proved",
        source="B20",
    ),
    hm.claim(
        "B21", kind="limit", f="tanh(x)*(1 - tanh(x)**2)", vars=X, to="oo", claim=0, expected="proved", source="B21",
    ),
    hm.claim(
        "B19", kind="point", f="Max(0, x)", vars=X, point=[0], claim="not differentiable", expected="proved",
        source="B19",
    ),
    hm.claim(
        "B19-dead", kind="point", f="(Max(0, w) - 1)**2", vars=["w"], point=[-1], claim="d/dw of d/dw", value=0,
        expected="proved", source="B19, B20c",
    ),
    hm.claim(
        "B20c", kind="point", f="(Max(0, w) - 1)**2", vars=["w"], point=[1], claim="d/dw of d/dw", value=2,
        expected="proved", source="B20c", note="with B19-dead: the two sides of the kink have 0 and 2",
    ),
    hm.claim(
        "B19b", kind="point", f="(Max(0, w) - 1)**2", vars=["w"], point=[1], claim="d/dw of d/dw", value=0,
        expected="refuted", source="B19b",
    ),
    hm.claim(
        "B19b-repair", "(Max(0, w) - 1)**2 == w**2 - 2*w + 1", vars=["w"], hypotheses=["w > 0"], expected="tested",
        repairs="B19b", source="B19b",
    ),
    hm.claim(
        "T1", kind="gradient", f="nsq(tanh(z) - t)/n", wrt="z", claim="2/n*sum(tanh(z) - t)*(1 - tanh(z)**2)",
        vars={"z": "n", "t": "n"}, expected="refuted", source="T1",
    ),
    hm.claim(
        "T1-repair", kind="gradient", f="nsq(tanh(z) - t)/n", wrt="z", claim="2/n*((tanh(z) - t)*(1 - tanh(z)**2))",
        vars={"z": "n", "t": "n"}, expected="proved", repairs="T1", source="T1",
    ),
]  # fmt: skip

# Mini-batches, diagonal approximations, Kronecker factors.

G3 = {"g1": "n", "g2": "n", "g3": "n"}
approximations = [
    hm.claim(
        "B15", "((g1 + g2)/2 + (g1 + g3)/2 + (g2 + g3)/2)/3 == (g1 + g2 + g3)/3", vars=G3, expected="proved",
        source="B15", note="all batches of 2 out of 3 samples",
    ),
    hm.claim(
        "B15-hessian", "((A + B)/2 + (A + C)/2 + (B + C)/2)/3 == (A + B + C)/3",
        vars={"A": "n n", "B": "n n", "C": "n n"}, expected="proved", source="B15",
    ),
    hm.claim(
        "B15-squares", "(outer(g1, g1) + outer(g2, g2))/2 == outer((g1 + g2)/2, (g1 + g2)/2)", vars=G3,
        expected="refuted", source="B15", note="second moments of a batch are not those of the samples",
    ),
    hm.claim(
        "B16c", "diagpart(H) == H", vars={"H": "n n"}, hypotheses=["symmetric(H)"], expected="refuted", source="B16c",
    ),
    hm.claim(
        "B16c-exact", "diagpart(H) == H", vars={"H": "n n"}, hypotheses=["diagonal(H)"], expected="proved",
        repairs="B16c", source="B16c",
    ),
    hm.claim("B16c-error", "diagvec(H - diagpart(H)) == zeros(n)", vars={"H": "n n"}, expected="proved", source="B16c"),
    hm.claim(
        "B16c-scaling", "diagpart(diag(d) @ H @ diag(d)) == diag(d) @ diagpart(H) @ diag(d)",
        vars={"H": "n n", "d": "n"}, expected="proved (sizes)", source="B16c",
    ),
    hm.claim(
        "B16c-rotation", "diagpart(Q.T @ H @ Q) == Q.T @ diagpart(H) @ Q", vars={"H": "n n", "Q": "n n"},
        hypotheses=["orthogonal(Q)"], expected="refuted", source="B16c",
    ),
    hm.claim("D1-diagonal", "nsq(H - diagpart(H)) <= nsq(H)", vars={"H": "3 3"}, expected="proved", source="D1"),
    hm.claim("B23", "y - a*(-2*y) == (1 + 2*a)*y", vars=["a", "y"], expected="proved", source="B23"),
    hm.claim(
        "B23-mean-square", "(((1 + 2*a)*y + e)**2 + ((1 + 2*a)*y - e)**2)/2 == (1 + 2*a)**2*y**2 + e**2",
        vars=["a", "y", "e"], expected="proved", source="B23", note="a perturbation by ±e with equal probability",
    ),
    hm.claim(
        "B23-escapes", "(1 + 2*a)**2*y**2 + e**2 > y**2", vars=["a", "y", "e"], hypotheses=["a > 0", "e > 0"],
        expected="proved", source="B23",
    ),
    hm.claim(
        "K1", "outer(vec(outer(g, a)), vec(outer(g, a))) == kron(outer(a, a), outer(g, g))",
        vars={"a": "m", "g": "n"}, expected="proved (sizes)", source="K1",
        note="one sample: the Kronecker factors are exact",
    ),
    hm.claim(
        "K1-inverse", "kron(A, G) @ vec((inv(A) @ V @ inv(G)).T) == vec(V.T)",
        vars={"A": "m m", "G": "n n", "V": "m n"},
        hypotheses=["symmetric(A)", "symmetric(G)", "invertible(A)", "invertible(G)"], expected="proved (sizes)",
        source="K1",
    ),
    hm.claim(
        "K1-mean", "(kron(A, G) + kron(B, H))/2 == kron((A + B)/2, (G + H)/2)",
        vars={"A": "m m", "B": "m m", "G": "n n", "H": "n n"}, expected="refuted", source="K1",
    ),
]  # fmt: skip
