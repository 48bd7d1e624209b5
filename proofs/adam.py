"""Adam's moments, and why they are not the Hessian.

Statement. m_t = β m_{t−1} + (1 − β) g_t with m_0 = 0 is (1 − β) Σ β^{t−i} g_i; the weights sum to 1 − β^t,
which is what bias correction divides by. The second moment is the same with g².

v_t is not diag(H): for f = ½hx² it averages h²x², not h. For a negative log-likelihood at the true
parameters the expected square of one sample's gradient is the Fisher information, which is the expected
Hessian there; shown here for a Bernoulli variable with logit x·θ, p the true probability.

Proved for the listed lengths: the closed form's step, the sum of the weights. Proved: the information
equality for this model. Refuted: B16b as printed.
"""

import hessmath as hm

one_more_step = hm.claim(
    "B16-step",
    "b*m + (1 - b)*h == (1 - b)*(psum(lambda i: b**(t - i)*g[i], 0, t - 1) + h)",
    vars={"b": "", "m": "", "h": "", "g": "t"},
    hypotheses=["m == (1 - b)*psum(lambda i: b**(t - 1 - i)*g[i], 0, t - 1)"],
    expected="proved (sizes)",
    source="B16",
)
first_step = hm.claim(
    "B16-start",
    "b*0 + (1 - b)*g[0] == (1 - b)*psum(lambda i: b**(0 - i)*g[i], 0, 0)",
    vars={"b": "", "g": "1"},
    expected="proved",
    source="B16",
)
weights_sum = hm.claim(
    "B16-weights",
    "(1 - b)*psum(lambda i: b**i, 0, t - 1) == 1 - b**t",
    vars={"b": "", "g": "t"},
    expected="proved (sizes)",
    source="B16",
)
bias_correction = hm.claim(
    "B16-bias",
    "(1 - b)*psum(lambda i: b**(t - 1 - i)*s, 0, t - 1)/(1 - b**t) == s",
    vars={"b": "", "s": "", "g": "t"},
    hypotheses=["b > 0", "b < 1"],
    expected="proved (sizes)",
    source="B16",
    note="with E[g²] = s at every step, E[v̂] = s",
)

second_moment_is_curvature = hm.claim(
    "B16b",
    "(h*x)**2 == h",
    vars={"h": "", "x": ""},
    expected="refuted",
    source="B16b",
    note="f = ½hx²: the squared gradient against the second derivative",
)
information_equality = hm.claim(
    "B16b-repair",
    "p*((p - 1)*x)**2 + (1 - p)*(p*x)**2 == p*(1 - p)*x**2",
    vars={"p": "", "x": ""},
    hypotheses=["p >= 0", "p <= 1"],
    expected="proved",
    repairs="B16b",
    source="B16b",
    note="E[g²] over the label against the Hessian of the Bernoulli loss",
)
