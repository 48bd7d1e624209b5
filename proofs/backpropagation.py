"""Backpropagation.

Statement. For a layer z = aW, output f(z) and loss ‖f(z) − y‖², the gradient in W is aᵀδ with δ = 2(f(z) −
y) ⊙ f′(z); one layer further down δ is multiplied by Wᵀ and by f′ there. Rows are samples.

Proved for every size (batch b, widths d, k, m), with tanh and the logistic function: R8 and the repair of R7,
also for a linear output. Refuted: R7 as printed, which leaves f′(z) out at the output. Not claimed here: an
activation left as a letter, and more than two layers at once; R8 is the step from one layer to the one below.
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
