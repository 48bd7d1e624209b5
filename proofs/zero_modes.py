"""Zero modes: directions in which a network's Hessian vanishes because of the network's structure.

Statement. Shifting all logits of a softmax, the bias before batch normalisation and the weights of a unit that is off
leave the gradient as it is, so that H v = 0 there.  Two units with the same incoming weights may pass outgoing weight
u to each other: then H v is, in the incoming weights of the first, the gradient there for u its own outgoing weights,
and the opposite in those of the second.  Scaling a ReLU unit's weights, in by c and out by 1/c, changes nothing.

Idea. H v is the derivative of the gradient along v, and the gradient is pulled back from layer to layer: s is ∂L/∂z of
the layer above, x the inputs below, h and q the unit's activation and its slope, which are the same for both units.
Each claim says what one piece of it does along the mode, for one sample; the batch is a sum of samples.

Proved for all sizes: duplicated units, rescaling, units that are off, shifts of weights once Σs = 0.  Proved for up to
three logits or samples: the shifts of softmax and batch normalisation.  Assumed: the axioms listed with the verdicts;
that the pieces are all there are in a chain of layers.  ``hessmath.networks.zero_modes`` finds the modes of a network.
"""

import hessmath as hm

# The loss of one sample with softmax is logsumexp(z) − y·z, where the entries of y have the sum 1.

LOGITS = {"z": "m", "y": "m", "v": "m", "t": ""}

softmax = [
    hm.claim(
        "zero-modes-softmax-value", kind="dirderiv", f="logsumexp(z) - y @ z", wrt="z", direction="ones(m)", claim="0",
        vars=LOGITS, hypotheses=["sum(y) == 1"], expected="proved (sizes)",
        note="the loss is constant along the shift of all logits",
    ),
    hm.claim(
        "zero-modes-softmax-slope", "softmax(z + t*ones(m)) - y == softmax(z) - y", vars=LOGITS,
        expected="proved (sizes)",
        note="and so is its gradient in the logits, hence in every parameter below",
    ),
    hm.claim(
        "zero-modes-softmax-hessian", kind="dirderiv2", f="logsumexp(z) - y @ z", wrt="z", direction=["ones(m)", "v"],
        claim="0", vars=LOGITS, expected="proved (sizes)",
    ),
    hm.claim(
        "zero-modes-softmax-sum", "(softmax(z) - y) @ ones(m) == 0", vars=LOGITS, hypotheses=["sum(y) == 1"],
        expected="proved (sizes)",
    ),
    hm.claim(
        "zero-modes-softmax-weights", "s @ (W + t*outer(u, ones(m))).T == s @ W.T",
        vars={"W": "d m", "u": "d", "s": "m", "t": ""}, hypotheses=["s @ ones(m) == 0"], expected="proved",
        note="rows of the last weights may be shifted: what is pulled back to the layer below stays",
    ),
    hm.claim(
        "zero-modes-softmax-one-logit", "softmax(z + t*y) == softmax(z)", vars=LOGITS, expected="refuted",
        note="a shift of some logits is no mode",
    ),
]  # fmt: skip

# Batch statistics take the mean off, so the bias before them has no effect; z holds one unit over the batch.

batch_normalisation = [
    hm.claim(
        "zero-modes-batch-norm", "z + t*ones(n) - sum(z + t*ones(n))/n*ones(n) == z - sum(z)/n*ones(n)",
        vars={"z": "n", "t": ""}, expected="proved (sizes)",
    ),
]  # fmt: skip

# Units 1 and 2 with incoming weights w: outgoing a + t u and b − t u, at the layer above s, slope q, value h.

UNITS = {"a": "m", "b": "m", "c": "m", "u": "m", "s": "m", "x": "d", "w": "d", "h": "", "q": "", "t": ""}

duplicated = [
    hm.claim(
        "zero-modes-duplicated-outputs", "h*(a + t*u) + h*(b - t*u) + c == h*a + h*b + c", vars=UNITS,
        expected="proved", note="so s, and the gradient h·s in the outgoing weights, stay as they are",
    ),
    hm.claim(
        "zero-modes-duplicated-below", "(s @ (a + t*u))*q*w + (s @ (b - t*u))*q*w == (s @ a)*q*w + (s @ b)*q*w",
        vars=UNITS, expected="proved", note="what is pulled back to the layers below stays too",
    ),
    hm.claim(
        "zero-modes-duplicated-first", kind="dirderiv", f="(s @ (a + t*u))*q*x", wrt="t", direction="1",
        claim="(s @ u)*q*x", vars=UNITS, expected="proved", note="for u = a this is the gradient (s·a) q x itself",
    ),
    hm.claim(
        "zero-modes-duplicated-second", kind="dirderiv", f="(s @ (b - t*u))*q*x", wrt="t", direction="1",
        claim="-(s @ u)*q*x", vars=UNITS, expected="proved",
    ),
    hm.claim(
        "zero-modes-duplicated-everywhere", kind="dirderiv", f="(s @ (a + t*u))*q*x", wrt="t", direction="1",
        claim="zeros(d)", vars=UNITS, expected="refuted", note="away from critical points it is no zero mode",
    ),
    hm.claim(
        "zero-modes-duplicated-example", kind="gradient", f="(r*tanh(w @ x) + p*tanh(v @ x) - y)**2", wrt="w",
        claim="2*(r*tanh(w @ x) + p*tanh(v @ x) - y)*r*(1 - tanh(w @ x)**2)*x",
        vars={"w": "d", "v": "d", "x": "d", "r": "", "p": "", "y": ""}, expected="proved",
        note="s, q and x in a network with two tanh units and a square loss",
    ),
]  # fmt: skip

# ReLU units.

relu = [
    hm.claim(
        "zero-modes-rescaling", "Max(c*z, 0)/c == Max(z, 0)", vars=["c", "z"], hypotheses=["c > 0"], expected="proved",
        note="L(exp(tD)θ) = L(θ) with D = ±1 on the weights in and out; its derivative is H Dθ = −D∇L",
    ),
    hm.claim(
        "zero-modes-off", "Max(z + t, 0) == 0", vars=["z", "t"], hypotheses=["z + t < 0"], expected="proved",
        note="a unit that is off stays off for small changes of what comes in",
    ),
]  # fmt: skip
