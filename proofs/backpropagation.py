"""Backpropagation.

Statement. For a layer z = aW, output f(z) and loss ‖f(z) − y‖², the gradient in W is aᵀδ with δ = 2(f(z) −
y) ⊙ f′(z); one layer further down δ is multiplied by Wᵀ and by f′ there. Rows are samples.

For any depth: above a layer the loss L has the differential dL = Σ D ⊙ dZ with D = ∂L/∂Z fixed. So each kind of layer
needs one claim, about the function trace(Dᵀ Z(…)) whose gradient is ∂L/∂(…): the dense layer (its inputs, weights, and
biases: a sum over the batch), the activations, the residual connection, batch normalisation. With the losses, which
give the first D, induction on layers is backpropagation at every depth. ``Network.backpropagation`` and the float64
passes are these formulas, and the tests compare them with the program's own reverse mode.

Proved for every size (batch b, widths d, k, m): R8 and the repair of R7, also for a linear output; the dense layer;
tanh, sigmoid, softplus; residual connections; both cross-entropies; batch normalisation's γ and β. Proved for up to 3
samples: how batch statistics pass a gradient on. Proved by exhibit: B20b. Only tested: GELU. Refuted: R7 as printed,
which leaves f′(z) out at the output; biases by a mean over the batch. Assumed: the induction itself, which is the chain
rule. Not claimed: an activation left as a letter.
"""

import hessmath as hm

LAYER = {"A": "b d", "W": "d m", "Y": "b m"}

without_the_derivative = hm.claim(
    "R7",
    kind="gradient",
    f="nsq(sigmoid(A @ W) - Y)",
    wrt="W",
    claim="A.T @ (2*(sigmoid(A @ W) - Y))",
    vars=LAYER,
    expected="refuted",
    source="R7",
)
with_the_derivative = hm.claim(
    "R7-repair",
    kind="gradient",
    f="nsq(sigmoid(A @ W) - Y)",
    wrt="W",
    claim="A.T @ (2*(sigmoid(A @ W) - Y)*sigmoid(A @ W)*(1 - sigmoid(A @ W)))",
    vars=LAYER,
    expected="proved",
    repairs="R7",
    source="R7",
)
with_the_derivative_tanh = hm.claim(
    "R7-repair-tanh",
    kind="gradient",
    f="nsq(tanh(A @ W) - Y)",
    wrt="W",
    claim="A.T @ (2*(tanh(A @ W) - Y)*(1 - tanh(A @ W)**2))",
    vars=LAYER,
    expected="proved",
    repairs="R7",
    source="R7",
)
a_linear_output_needs_none = hm.claim(
    "R7-linear",
    kind="gradient",
    f="nsq(A @ W - Y)",
    wrt="W",
    claim="A.T @ (2*(A @ W - Y))",
    vars=LAYER,
    expected="proved",
    source="R7",
)

DEEP = {"A": "b d", "V": "d k", "W": "k m", "Y": "b m"}
one_layer_down = hm.claim(
    "R8",
    kind="gradient",
    f="nsq(tanh(A @ V) @ W - Y)",
    wrt="V",
    claim="A.T @ (((2*(tanh(A @ V) @ W - Y)) @ W.T)*(1 - tanh(A @ V)**2))",
    vars=DEEP,
    expected="proved",
    source="R8",
)
without_the_transpose_of_the_next_layer = hm.claim(
    "R8-forgotten-derivative",
    kind="gradient",
    f="nsq(sigmoid(A @ V) @ W - Y)",
    wrt="V",
    claim="A.T @ ((2*(sigmoid(A @ V) @ W - Y)) @ W.T)",
    vars=DEEP,
    expected="refuted",
    source="R8",
)
the_layers_own_weights = hm.claim(
    "R8-weights",
    kind="gradient",
    f="nsq(tanh(A @ V) @ W - Y)",
    wrt="W",
    claim="tanh(A @ V).T @ (2*(tanh(A @ V) @ W - Y))",
    vars=DEEP,
    expected="proved",
    source="R8, T2",
)

LAYER_BELOW = {"A": "b k", "W": "k m", "e": "m", "D": "b m"}
DENSE = "trace(D.T @ (A @ W + outer(ones(b), e)))"
the_dense_layer = [
    hm.claim(
        "T2-inputs",
        kind="gradient",
        f=DENSE,
        wrt="A",
        claim="D @ W.T",
        vars=LAYER_BELOW,
        expected="proved",
        source="R8",
    ),
    hm.claim(
        "T2-weights",
        kind="gradient",
        f=DENSE,
        wrt="W",
        claim="A.T @ D",
        vars=LAYER_BELOW,
        expected="proved",
        source="T2",
    ),
    hm.claim(
        "T2-biases",
        kind="gradient",
        f=DENSE,
        wrt="e",
        claim="ones(b) @ D",
        vars=LAYER_BELOW,
        expected="proved",
        source="T2",
    ),
    hm.claim(
        "T2-mean",
        kind="gradient",
        f=DENSE,
        wrt="e",
        claim="ones(b) @ D/b",
        vars=LAYER_BELOW,
        expected="refuted",
        source="T2",
        note="a sum over the batch, not a mean",
    ),
]

ENTRIES = {"Z": "b k", "D": "b k"}
the_activations = [
    hm.claim(
        f"R8-{name}",
        kind="gradient",
        f=f"sum(D*{f})",
        wrt="Z",
        claim=f"D*{slope}",
        vars=ENTRIES,
        expected=expected,
        source="R8",
    )
    for name, f, slope, expected in (
        ("tanh", "tanh(Z)", "(1 - tanh(Z)**2)", "proved"),
        ("sigmoid", "sigmoid(Z)", "sigmoid(Z)*(1 - sigmoid(Z))", "proved"),
        ("softplus", "softplus(Z)", "sigmoid(Z)", "proved"),
        ("gelu", "(Z*(1 + erf(Z/sqrt(2)))/2)", "((1 + erf(Z/sqrt(2)))/2 + Z*exp(-Z**2/2)/sqrt(2*pi))", "tested"),
    )
]
a_whole_layer_down = hm.claim(
    "R8-any-depth",
    kind="gradient",
    f="trace(D.T @ (tanh(A @ V + outer(ones(b), c)) @ W))",
    wrt="V",
    claim="A.T @ ((D @ W.T)*(1 - tanh(A @ V + outer(ones(b), c))**2))",
    vars={"A": "b d", "V": "d k", "c": "k", "W": "k m", "D": "b m"},
    expected="proved",
    source="R8",
)
a_residual_connection = hm.claim(
    "R8-residual",
    kind="gradient",
    f="trace(D.T @ (A + tanh(A @ V)))",
    wrt="A",
    claim="D + (D*(1 - tanh(A @ V)**2)) @ V.T",
    vars={"A": "b k", "V": "k k", "D": "b k"},
    expected="proved",
    source="R8",
)

LOGITS = {"Z": "b m", "Y": "b m"}
the_losses = [
    hm.claim(
        "R7-squares",
        kind="gradient",
        f="nsq(Z - Y)",
        wrt="Z",
        claim="2*(Z - Y)",
        vars=LOGITS,
        expected="proved",
        source="R7",
    ),
    hm.claim(
        "R7-binary",
        kind="gradient",
        f="sum(softplus(Z) - Y*Z)",
        wrt="Z",
        claim="sigmoid(Z) - Y",
        vars=LOGITS,
        expected="proved",
        source="R7",
    ),
    hm.claim(
        "R7-softmax",
        kind="gradient",
        f="logsumexp(z) - y @ z",
        wrt="z",
        claim="softmax(z) - y",
        vars={"z": "m", "y": "m"},
        expected="proved",
        source="R7",
        note="one sample whose target sums to 1",
    ),
]

SCALED = "sum(D*(outer(ones(b), g)*Z + outer(ones(b), e)))"
AFFINE = {"Z": "b k", "D": "b k", "g": "k", "e": "k"}
CENTRED = "(z - sum(z)/b)"
VARIANCE = f"(nsq({CENTRED})/b + r)"
batch_normalisation = [
    hm.claim(
        "B20b-gamma",
        kind="gradient",
        f=SCALED,
        wrt="g",
        claim="ones(b) @ (D*Z)",
        vars=AFFINE,
        expected="proved",
        source="B20b",
    ),
    hm.claim(
        "B20b-beta",
        kind="gradient",
        f=SCALED,
        wrt="e",
        claim="ones(b) @ D",
        vars=AFFINE,
        expected="proved",
        source="B20b",
    ),
    hm.claim(
        "B20b-statistics",
        kind="gradient",
        f=f"u @ {CENTRED}/sqrt({VARIANCE})",
        wrt="z",
        claim=f"(u - sum(u)/b)/sqrt({VARIANCE}) - {CENTRED}*(u @ {CENTRED})/(b*sqrt({VARIANCE})**3)",
        vars={"z": "b", "u": "b", "r": ""},
        hypotheses=["r > 0"],
        expected="proved (sizes)",
        source="B20b",
    ),
]

# Two samples z and y of one unit with ε = 1: the normalised z, its slope and its curvature in z.
HALF = "((z - y)/2)"
PAIR = {"z": "", "y": ""}
NORMALISED, SLOPE = f"{HALF}/sqrt({HALF}**2 + 1)", f"1/(2*sqrt({HALF}**2 + 1)**3)"
CURVATURE = f"-3*(z - y)/(8*sqrt({HALF}**2 + 1)**5)"
the_hessian_depends_on_the_batch = [
    hm.claim(
        "B20b-slope", kind="gradient", f=NORMALISED, wrt="z", claim=SLOPE, vars=PAIR, expected="proved", source="B20b"
    ),
    hm.claim(
        "B20b-curvature",
        kind="gradient",
        f=SLOPE,
        wrt="z",
        claim=CURVATURE,
        vars=PAIR,
        expected="proved",
        source="B20b",
    ),
    hm.claim(
        "B20b-alone",
        kind="gradient",
        f=CURVATURE,
        wrt="y",
        claim="0",
        vars=PAIR,
        expected="refuted",
        source="B20b",
        note="the curvature would not depend on the other sample",
    ),
]
