"""Certificates that rest on expansions, on orders and on rules of curvature: good ones, bad ones, and mutants."""

import copy
import random

import pytest
import sympy as sp
from kernel_gallery import certificate
from kernel_truth import World
from test_gallery import mutants
from test_local import convex, critical, f, limit, point

from hessmath.verify.kernel import Rejected, check

VALLEY = {"by": "valley", "variable": "x", "curve": [["1"], ["0", "1"]]}
COMPOSED, RANGE, ORDERS = {"by": "composition"}, {"by": "range"}, {"by": "orders"}

QUARTIC = {
    "by": "squares",
    "direction": ["s", "t"],
    "terms": [
        {"coef": c, "root": f(root)}
        for c, root in (("4", "x*s + y*t"), ("2", "x*t"), ("2", "y*s"), ("8", "x*s"), ("8", "y*t"))
    ],
}
"""For x⁴ + y⁴ + x²y²: 12x²s² + 2y²s² + 8xyst + 2x²t² + 12y²t²."""
ROTATED = {
    "by": "squares",
    "direction": ["s", "t"],
    "terms": [{"coef": "1", "root": f(root), "factor": f("1/(x*y)")} for root in ("s/x", "t/y", "s/x + t/y")],
}

CONVEX = {
    "quartic": convex("x**4 + y**4 + x**2*y**2", "strictly_convex", "proved", QUARTIC, "x y"),
    "reciprocal": convex("1/(x*y)", "strictly_convex", "proved", ROTATED, "x y", ["x > 0", "y > 0"]),
    "logistic": convex("log(1 + exp(-x))", "strictly_convex", "proved", COMPOSED),
    "log-sum-exp": convex("log(exp(x) + exp(2*y) + 3)", "strictly_convex", "proved", COMPOSED, "x y"),
    "quadratic over linear": convex("x**2/y", "convex", "proved", COMPOSED, "x y", ["y > 0"]),
    "harmonic": convex("x*y/(x + y)", "concave", "proved", COMPOSED, "x y", ["x > 0", "y > 0"]),
    "geometric mean": convex("sqrt(x*y)", "concave", "proved", COMPOSED, "x y", ["x > 0", "y > 0"]),
    "relative entropy": convex("x*log(x/y) - x + y", "convex", "proved", COMPOSED, "x y", ["x > 0", "y > 0"]),
    "perspective": convex("y*exp(x/y)", "convex", "proved", COMPOSED, "x y", ["y > 0"]),
    "norm": convex("sqrt(x**2 + y**2 + 1)", "strictly_convex", "proved", COMPOSED, "x y"),
    "maximum": convex("Max(x**2 + y**2, x + y)", "convex", "proved", COMPOSED, "x y"),
    "barrier": convex("-log(1 - x) - log(1 + x)", "strictly_convex", "proved", COMPOSED, "x", ["-1 < x", "x < 1"]),
    "hinge": convex("Max(0, 1 - x) + x**2/2", "strongly_convex", "proved", COMPOSED, "x", mu="1"),
    "log-concave": convex("-x*y", "quasiconvex", "proved", COMPOSED, "x y", ["x > 0", "y > 0"]),
    "ratio": convex("x/y", "quasiconvex", "proved", COMPOSED, "x y", ["x > 0", "y > 0"]),
    "bounded sine": convex("x**2 + y**2 + sin(x)*cos(y)", "convex", "proved", RANGE, "x y"),
    "cosh": convex("cosh(x)", "strongly_convex", "proved", RANGE, mu="1"),
    "half turn": convex("sin(x)", "concave", "proved", RANGE, "x", ["0 <= x", "x <= pi"]),
    "pieces": convex("Abs(x)/2 - x/4 + x*Abs(x)*sign(x)", "convex", "proved", {"by": "pieces", "points": ["0"]}),
}

OTHERS = {
    "valley": critical("(y - x**2)**2 + x**6", "strict_local_min", "proved", VALLEY),
    "level valley": critical("(y - x**2)**2", "local_min", "proved", VALLEY),
    "not strict": critical("(y - x**2)**2", "strict_local_min", "refuted", {"shows": "local_min", **VALLEY}),
    "Peano": critical(
        "(y - x**2)*(y - 2*x**2)", "saddle", "proved", {"by": "curves", "curves": [[["1"], ["0", "3/2"]], [[], ["1"]]]}
    ),
    "sides": critical("cos(x) - 1 + x**2/2", "strict_local_min", "proved", {"by": "sides"}, "x", "0"),
    "inflection": critical("x - sin(x)", "saddle", "proved", {"by": "sides"}, "x", "0"),
    "form": critical("exp(x**4 - x**2*y**2 + y**4)", "strict_local_min", "proved", {"by": "form"}),
    "flat": critical("x**2*y**2", "local_min", "proved", {"by": "even_monomials"}),
    "minors": critical("x**4 - x**2", "strict_local_min", "proved", {"by": "minors"}, "x", [f("sqrt(2)/2")]),
    "oscillation": point(
        ["Piecewise", ["case", f("x*sin(1/x)"), ["ne", ["var", "x"], ["num", "0"]]], ["case", ["num", "0"], ["true"]]],
        "not differentiable", "proved", {"by": "line", "direction": ["1"]}, "x", "0",
    ),
    "product of kinks": point("Abs(x*y)", "differentiable", "proved", ORDERS),
    "kinks nearby": point(
        "Abs(x*y)", "not twice differentiable", "proved",
        {"by": "nearby", "offset": ["1", "0"], "direction": ["0", "1"]},
    ),
    "sinc": limit("sin(x)/x", "0", "1"),
    "Euler": limit("(1 + 1/x)**x", "oo", ["exp", ["num", "1"]]),
    "no limit at infinity": limit("sin(x)", "oo", "0", "refuted"),
}  # fmt: skip

NUMBERS = certificate(
    {
        "kind": "relation",
        "vars": {},
        "claim": ["posdef", ["block", ["row", f("sqrt(2)"), ["num", "1"]], ["row", ["num", "1"], ["num", "1"]]]],
    },
    "proved",
    {"cases": [{"sizes": {}, "definedness": [], "goals": [{"by": "numbers"}]}]},
)
IDENTITY = certificate(
    {
        "kind": "relation",
        "vars": {"x": []},
        "hypotheses": [["lt", ["num", "0"], ["var", "x"]], ["lt", ["var", "x"], ["num", "3"]]],
        "claim": ["eq", ["gradient", f("log(sin(x))"), ["var", "x"]], f("cos(x)/sin(x)")],
    },
    "proved",
    {"by": "calculus"},
)
GOOD = {**CONVEX, **OTHERS, "irrational matrix": NUMBERS, "identity": IDENTITY}


def squared(*terms, direction=("s",)):
    """A proof by squares from (coefficient, root, factor)."""
    written = [{"coef": c, "root": f(root), "factor": f(factor)} for c, root, factor in terms]
    return {"by": "squares", "direction": list(direction), "terms": written}


BAD = {
    "factor of both signs": convex("x**3", "convex", "proved", squared(("6", "s", "x"))),
    "negative square": convex("-x**2", "convex", "proved", squared(("-2", "s", "1"))),
    "another form": convex("x**2", "convex", "proved", squared(("1", "s", "1"))),
    "direction is a variable": convex("x**2", "convex", "proved", squared(("2", "x", "1"), direction=("x",))),
    "flat line": convex(
        "(x - y)**2", "strictly_convex", "proved", squared(("2", "s - t", "1"), direction=("s", "t")), "x y"
    ),
    "kink": convex("x*Abs(x)*sign(x)", "convex", "proved", squared(("2", "s", "1"))),
    "product": convex("x*y", "convex", "proved", COMPOSED, "x y", ["x > 0", "y > 0"]),
    "x log y": convex("x*log(y)", "convex", "proved", COMPOSED, "x y", ["x > 0", "y > 0"]),
    "a root too many": convex("x*y", "concave", "proved", COMPOSED, "x y", ["x > 0", "y > 0"]),
    "degenerate log-sum-exp": convex("log(exp(x) + exp(y))", "strictly_convex", "proved", COMPOSED, "x y"),
    "quadratic over signed": convex("x**2/y", "convex", "proved", COMPOSED, "x y", ["y < 0"]),
    "undefined": convex("log(x)", "concave", "proved", COMPOSED),
    "too strong": convex("cosh(x)", "strongly_convex", "proved", RANGE, mu="101/100"),
    "beyond the half turn": convex("sin(x)", "concave", "proved", RANGE, "x", ["0 <= x", "x <= 4"]),
    "concave corner": convex("-Abs(x)", "convex", "proved", {"by": "pieces", "points": ["0"]}),
    "valley, wrong side": critical("(y - x**2)**2 - x**6", "strict_local_min", "proved", VALLEY),
    "valley, too coarse": critical(
        "(y - x**2)**2 + x**6", "strict_local_min", "proved", {**VALLEY, "curve": [["1"], []]}
    ),
    "form of both signs": critical("x**4 - 3*x**2*y**2 + y**4", "strict_local_min", "proved", {"by": "form"}),
    "half flat": critical("x**4 + x**2*y**2", "strict_local_min", "proved", {"by": "even_monomials"}),
    "ratio is not flat": point("Abs(x)*Abs(y)/(Abs(x) + Abs(y))", "differentiable", "proved", ORDERS),
    "kinks": point("Abs(x) + y", "differentiable", "proved", ORDERS),
    "quotient of waves": limit("(2 + sin(x))/(3 + sin(x))", "oo", "1"),
    "undefined near": limit("log(x - x)", "0", "0"),
    "identity undefined": {**IDENTITY, "claim": {**IDENTITY["claim"], "hypotheses": []}},
    "not definite": {
        **NUMBERS,
        "claim": {
            **NUMBERS["claim"],
            "claim": ["posdef", ["block", ["row", f("sqrt(2)"), f("sqrt(2)")], ["row", f("sqrt(2)"), f("sqrt(2)")]]],
        },
    },
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_certificate_is_accepted(name):
    assert check(GOOD[name]).verdict == GOOD[name]["verdict"]


@pytest.mark.parametrize("name", BAD)
def test_a_bad_certificate_is_rejected(name):
    with pytest.raises(Rejected):
        check(BAD[name])


def holds_on_chords(c):
    """The defining inequality at many triples of points of the domain, in floating point."""
    claim, rng = c["claim"], random.Random(1)
    symbols = [sp.Symbol(name, real=True) for name in claim["vars"]]
    world = World(dict(zip(claim["vars"], symbols, strict=True)), {})
    value = sp.lambdify(symbols, world(claim["f"]), "mpmath")
    relations = {"lt": sp.Lt, "le": sp.Le, "gt": sp.Gt, "ge": sp.Ge}
    conditions = [relations[op](world(left), world(right)) for op, left, right in claim["domain"]]
    inside = sp.lambdify(symbols, sp.And(*conditions), "mpmath")
    mu = float(sp.Rational(claim.get("mu", "0")))
    for _ in range(400):
        a, b = ([rng.uniform(-3, 3) for _ in symbols] for _ in range(2))
        if not (inside(*a) and inside(*b)):
            continue
        middle = [(x + y) / 2 for x, y in zip(a, b, strict=True)]
        at_a, at_b, at_middle = value(*a), value(*b), value(*middle)
        bend = mu / 8 * sum((x - y) ** 2 for x, y in zip(a, b, strict=True))
        gap = at_middle - (at_a + at_b) / 2 + bend
        slack = 1e-9 * (1 + abs(at_a) + abs(at_b))
        if claim["property"] == "concave":
            gap = -gap
        if claim["property"] == "quasiconvex":
            gap = at_middle - max(at_a, at_b)
        if gap > slack:
            return False
    return True


@pytest.mark.parametrize("name", CONVEX)
def test_after_any_mutation_convexity_is_true_or_rejected(name):
    original = str(check(CONVEX[name]))
    wrapped = copy.deepcopy(CONVEX[name])
    wrapped["claim"]["vars"] = {name: [] for name in wrapped["claim"]["vars"]}
    for path, mutant in mutants(wrapped):
        claim = mutant.get("claim") if isinstance(mutant, dict) else None
        if isinstance(claim, dict) and isinstance(claim.get("vars"), dict):
            claim["vars"] = list(claim["vars"])
        try:
            statement = check(mutant)
        except Rejected:
            continue
        if str(statement) != original and statement.verdict == "proved" and "Piecewise" not in str(statement):
            assert holds_on_chords(mutant), (path, str(statement))
