"""Claims about one function: critical points, convexity, a point, limits."""

import copy

import pytest
import sympy as sp
from kernel_gallery import certificate, fact, given, tree
from kernel_truth import World
from test_gallery import mutants

from hessmath.language import parse_formula, to_json
from hessmath.verify.kernel import Rejected, check

I2 = [["1", "0"], ["0", "1"]]
PIECES = [
    "Piecewise",
    [
        "case",
        to_json(parse_formula("x*y*(x**2 - y**2)/(x**2 + y**2)")),
        ["or", ["ne", ["var", "x"], ["num", "0"]], ["ne", ["var", "y"], ["num", "0"]]],
    ],
    ["case", ["num", "0"], ["true"]],
]


def f(source):
    return to_json(parse_formula(source)) if isinstance(source, str) else source


def critical(source, classification, verdict, proof, names="x y", point=("0", "0")):
    claim = {
        "kind": "critical_point",
        "vars": names.split(),
        "f": f(source),
        "point": list(point),
        "classification": classification,
    }
    return certificate(claim, verdict, proof)


def convex(source, wanted, verdict, proof, names="x", domain=(), **more):
    variables = {name: [] for name in names.split()}
    claim = {
        "kind": "convexity",
        "vars": names.split(),
        "f": f(source),
        "domain": [tree(d, variables) for d in domain],
        "property": wanted,
        **more,
    }
    return certificate(claim, verdict, proof)


def point(source, claimed, verdict, proof, names="x y", at=("0", "0")):
    return certificate(
        {"kind": "point", "vars": names.split(), "f": f(source), "point": list(at), "claim": claimed}, verdict, proof
    )


def limit(source, to, claimed, verdict="proved"):
    return certificate({"kind": "limit", "vars": ["x"], "f": f(source), "to": to, "claim": claimed}, verdict, SERIES)


RATIONAL = {"by": "rational"}
SERIES = {"by": "series"}
X = ["var", "x"]
INERTIA = {"by": "inertia", "congruence": I2}
EXP = fact("positive", ["exp", X], "positive_exp", data=[X])
LOG = fact("nonneg", ["pow", X, ["num", "-2"]], "nonneg_square", data=[["div", ["num", "1"], X]])
NEWTON = "e - (a*e + b*e**2/2)/(a + b*e)"


def newton(order, hypotheses=("a != 0",), claimed="b/(2*a)*e**2", to="0"):
    variables = {name: [] for name in "abe"}
    claim = {
        "kind": "asymptotic",
        "vars": ["a", "b", "e"],
        "f": f(NEWTON),
        "to": to,
        "variable": "e",
        "claim": f(claimed),
        "order": order,
        "hypotheses": [tree(h, variables) for h in hypotheses],
    }
    return certificate(claim, "proved", RATIONAL)


GOOD = {
    "saddle": critical("x**2 - y**2", "saddle", "proved", INERTIA),
    "not a minimum": critical("x**2 - y**2", "local_min", "refuted", {**INERTIA, "shows": "saddle"}),
    "minimum": critical(
        "x**2 + x*y + y**2", "strict_local_min", "proved", {"by": "inertia", "congruence": [["1", "0"], ["-1/2", "1"]]}
    ),
    "maximum": critical("-(x**2) - y**2", "local_max", "proved", INERTIA),
    "not degenerate": critical("x**2 + y**2", "degenerate", "refuted", {**INERTIA, "shows": "local_min"}),
    "degenerate": critical("x**3 + y**2", "degenerate", "proved", INERTIA),
    "degenerate saddle": critical(
        "x**2 - y**2 + z**4",
        "saddle",
        "proved",
        {"by": "inertia", "congruence": [["1", "0", "0"], ["0", "1", "0"], ["0", "0", "1"]]},
        "x y z",
        "000",
    ),
    "flat minimum": critical("x**4 + y**2", "strict_local_min", "proved", {"by": "even_monomials"}),
    "flat maximum": critical("-(x**4)", "local_max", "proved", {"by": "even_monomials"}, "x", "0"),
    "saddle by lines": critical("x**3 + y**2", "saddle", "proved", {"by": "curves", "curves": [[["1"], []]]}),
    "saddle by two lines": critical(
        "y**2 - x**4", "saddle", "proved", {"by": "curves", "curves": [[["1"], []], [[], ["1"]]]}
    ),
    "not critical": critical("exp(x) - y", "not_critical", "proved", {"by": "gradient"}),
    "refuted as not critical": critical("exp(x) - y", "saddle", "refuted", {"by": "gradient", "shows": "not_critical"}),
    "exponential": convex("exp(x)", "strictly_convex", "proved", {"by": "hessian", "fact": EXP}),
    "not strongly": convex(
        "exp(x)", "strongly_convex", "refuted", {"points": [["-4"], ["-5"]], "weight": "1/2"}, mu="1/2"
    ),
    "indefinite": convex("x**2 - y**2", "convex", "refuted", {"point": ["0", "0"], "congruence": I2}, "x y"),
    "strongly": convex("x**2 + y**2", "strongly_convex", "proved", INERTIA, "x y", mu="2"),
    "too strongly": convex(
        "x**2 + y**2", "strongly_convex", "refuted", {"point": ["1", "1"], "congruence": I2}, "x y", mu="3"
    ),
    "concave": convex("-(x**2) - y**2", "concave", "proved", INERTIA, "x y"),
    "not concave": convex("x**2 - y**2", "concave", "refuted", {"point": ["0", "0"], "congruence": I2}, "x y"),
    "logarithm": convex("-log(x)", "convex", "proved", {"by": "hessian", "fact": LOG}, domain=["x > 0"]),
    "on an interval": convex(
        "x**3",
        "convex",
        "proved",
        {
            "by": "hessian",
            "fact": fact(
                "nonneg",
                ["mul", ["num", "6"], X],
                "nonneg_mul",
                [fact("nonneg", ["num", "6"], "number"), given("nonneg", X)],
            ),
        },
        domain=["x >= 0"],
    ),
    "not strictly": convex("x", "strictly_convex", "refuted", {"points": [["0"], ["1"]], "weight": "1/3"}),
    "not quasiconvex": convex("-(x**2)", "quasiconvex", "refuted", {"points": [["-1"], ["1"]], "weight": "1/2"}),
    "quasiconvex": convex("x**2", "quasiconvex", "proved", {"by": "inertia", "congruence": [["1"]]}),
    "given definedness": convex(
        "1/(1 + exp(x))*0 + x**2",
        "convex",
        "proved",
        {
            "by": "inertia",
            "congruence": [["1"]],
            "definedness": [
                fact(
                    "positive",
                    ["add", ["num", "1"], ["exp", X]],
                    "positive_add",
                    [fact("positive", ["num", "1"], "number"), fact("nonneg", ["exp", X], "positive_nonneg", [EXP])],
                )
            ],
        },
    ),
    "mixed": point(PIECES, {"mixed": ["y", "x"], "value": "-1"}, "proved", RATIONAL),
    "mixed, other order": point(PIECES, {"mixed": ["x", "y"], "value": "1"}, "proved", RATIONAL),
    "mixed, wrong": point(PIECES, {"mixed": ["x", "y"], "value": "-1"}, "refuted", RATIONAL),
    "second derivative": point("x**2*y", {"mixed": ["x", "x"], "value": "6"}, "proved", RATIONAL, at=("1", "3")),
    "asymmetric": point(PIECES, "not twice differentiable", "proved", {"by": "mixed", "variables": ["x", "y"]}),
    "corner": point("Abs(x)", "not differentiable", "proved", {"by": "line", "direction": ["1"]}, "x", "0"),
    "corner of Max": point("Max(0, x)*2", "differentiable", "refuted", {"by": "line", "direction": ["1"]}, "x", "0"),
    "corner of Min and sign": point(
        "Min(x, -x) + 0*sign(x)", "twice differentiable", "refuted", {"by": "line", "direction": ["-1"]}, "x", "0"
    ),
    "smooth": point("Abs(x)*y", "twice differentiable", "proved", {"by": "smooth"}, at=("1", "0")),
    "removable": limit("(x**2 - 1)/(x - 1)", "1", "2"),
    "at infinity": limit("(3*x**2 - 1)/(2*x**2 + x)", "oo", "3/2"),
    "to zero": limit("x/(1 + x**2)", "-oo", "0"),
    "to infinity": limit("-(x**2)/(1 + Abs(x))", "oo", "-oo"),
    "pole": limit("1/x**2", "0", "oo"),
    "no limit": limit("1/x", "0", "oo", "refuted"),
    "sigmoid": limit("sigmoid(x)*(1 - sigmoid(x))", "oo", "0"),
    "tanh": limit("tanh(x)", "-oo", "-1"),
    "wrong limit": limit("tanh(x)", "oo", "0", "refuted"),
    "Newton": newton(3),
}

BAD = {
    "not a saddle": critical("x**2 + y**2", "saddle", "proved", INERTIA),
    "a saddle is not a minimum": critical("x**2 - y**2", "saddle", "refuted", {**INERTIA, "shows": "saddle"}),
    "local_max does not exclude local_min": critical(
        "-(x**4) - y**4", "local_min", "refuted", {"by": "even_monomials", "shows": "local_max"}
    ),
    "singular": critical("x**3 + y**2", "strict_local_min", "proved", INERTIA),
    "flat is not a minimum": critical("x**4", "strict_local_min", "proved", {"by": "even_monomials"}),
    "both signs, a maximum": critical("x**4 - y**4", "strict_local_max", "proved", {"by": "even_monomials"}),
    "both signs": critical("x**4 - y**4", "strict_local_min", "proved", {"by": "even_monomials"}),
    "equality is no violation": convex("x", "convex", "refuted", {"points": [["0"], ["1"]], "weight": "1/2"}),
    "hidden zero": limit("(1/(1/(1 + x) + x/(1 + x) - 1))/(1/(1/(1 + x) + x/(1 + x) - 1))", "0", "1"),
    "odd": critical("x**3 + y**2", "strict_local_min", "proved", {"by": "even_monomials"}),
    "one line": critical("x**4 + y**2", "saddle", "proved", {"by": "curves", "curves": [[["1"], []], [[], ["1"]]]}),
    "a zero direction": critical("x**4 + y**2", "saddle", "proved", {"by": "curves", "curves": [[["0"], ["0"]]]}),
    "not polynomial": critical("exp(x) - x + y**2", "saddle", "proved", {"by": "curves", "curves": [[["1"], []]]}),
    "a kink": critical("Abs(x) + y**2", "strict_local_min", "proved", INERTIA),
    "critical": critical("x**2", "not_critical", "proved", {"by": "gradient"}, "x", "0"),
    "not critical as saddle": critical("x + y", "degenerate", "proved", {"by": "inertia", "congruence": I2}),
    "unknown class": critical("x**2", "valley", "proved", {"by": "gradient"}, "x", "0"),
    "unknown means": critical("x**2 + y**2", "local_min", "proved", {"by": "looking"}),
    "irrational Hessian": critical(
        "exp(1)*x**2", "local_min", "proved", {"by": "inertia", "congruence": [["1"]]}, "x", "0"
    ),
    "undefined point": critical("log(x)", "not_critical", "proved", {"by": "gradient"}, "x", "0"),
    "short point": critical("x + y", "not_critical", "proved", {"by": "gradient"}, point=("0",)),
    "no variables": critical("3", "degenerate", "proved", {"by": "gradient"}, "", ()),
    "a vector": certificate(
        {
            "kind": "critical_point",
            "vars": ["x"],
            "f": ["ones", ["num", "2"]],
            "point": ["0"],
            "classification": "saddle",
        },
        "proved",
        {"by": "gradient"},
    ),
    "x**3 is not convex": convex(
        "x**3",
        "convex",
        "proved",
        {"by": "hessian", "fact": fact("nonneg", ["mul", ["num", "6"], X], "hypothesis", index=0)},
        domain=["x >= -1"],
    ),
    "semidefinite is not strict": convex(
        "x**4",
        "strictly_convex",
        "proved",
        {
            "by": "hessian",
            "fact": fact(
                "nonneg",
                ["mul", ["num", "12"], X, X],
                "nonneg_mul",
                [fact("nonneg", ["num", "12"], "number"), fact("nonneg", ["mul", X, X], "nonneg_square", data=[X])],
            ),
        },
    ),
    "another function": convex("-exp(x)", "convex", "proved", {"by": "hessian", "fact": EXP}),
    "boundary point": convex("x**3", "convex", "refuted", {"point": ["-1"], "congruence": [["1"]]}, domain=["x >= 0"]),
    "outside": convex("x**3", "convex", "refuted", {"points": [["-1"], ["1"]], "weight": "3/4"}, domain=["x >= 0"]),
    "no violation": convex("x**2", "convex", "refuted", {"points": [["-1"], ["1"]], "weight": "3/4"}),
    "weight": convex("-(x**2)", "convex", "refuted", {"points": [["-1"], ["1"]], "weight": "1"}),
    "not a convex set": convex(
        "x**2", "convex", "proved", {"by": "inertia", "congruence": [["1"]]}, domain=["x**2 > 1"]
    ),
    "not an inequality": convex(
        "x**2", "convex", "proved", {"by": "inertia", "congruence": [["1"]]}, domain=["x != 1"]
    ),
    "mu without strong": convex("x**2", "convex", "proved", {"by": "inertia", "congruence": [["1"]]}, mu="1"),
    "negative mu": convex("x**2", "strongly_convex", "proved", {"by": "inertia", "congruence": [["1"]]}, mu="-1"),
    "too large mu": convex("x**2", "strongly_convex", "proved", {"by": "inertia", "congruence": [["1"]]}, mu="3"),
    "linear is not strict": convex("x", "strictly_convex", "proved", {"by": "inertia", "congruence": [["1"]]}),
    "kink": convex("Abs(x)", "convex", "proved", {"by": "inertia", "congruence": [["1"]]}),
    "quasiconvex by Hessian": convex("-(x**2)", "quasiconvex", "refuted", {"point": ["0"], "congruence": [["1"]]}),
    "other means": convex("x**2", "convex", "proved", {"by": "eye", "congruence": [["1"]]}),
    "not constant": convex("exp(x)", "convex", "proved", {"by": "inertia", "congruence": [["1"]]}),
    "mixed value": point(PIECES, {"mixed": ["y", "x"], "value": "1"}, "proved", RATIONAL),
    "mixed variables": point(PIECES, {"mixed": ["y", "z"], "value": "1"}, "proved", RATIONAL),
    "mixed means": point(PIECES, {"mixed": ["y", "x"], "value": "-1"}, "proved", {"by": "looking"}),
    "symmetric": point("x*y", "not twice differentiable", "proved", {"by": "mixed", "variables": ["x", "y"]}),
    "mixed of strangers": point("x*y", "not twice differentiable", "proved", {"by": "mixed", "variables": ["x", "z"]}),
    "no corner": point("Abs(x)*x", "not differentiable", "proved", {"by": "line", "direction": ["1"]}, "x", "0"),
    "along the ridge": point("Abs(x)", "not differentiable", "proved", {"by": "line", "direction": ["0", "1"]}),
    "not smooth": point("Abs(x)", "differentiable", "proved", {"by": "smooth"}, "x", "0"),
    "undecided": point("Abs(x)", "sometimes differentiable", "proved", {"by": "line", "direction": ["1"]}, "x", "0"),
    "no means": point("Abs(x)", "not differentiable", "proved", {}, "x", "0"),
    "two-sided sign": point(
        ["Piecewise", ["case", f("x"), ["lt", X, ["num", "0"]]], ["case", f("0"), ["true"]]],
        {"mixed": ["x", "x"], "value": "0"},
        "proved",
        RATIONAL,
    ),
    "limit": limit("(x**2 - 1)/(x - 1)", "1", "3"),
    "one-sided pole": limit("1/x", "0", "oo"),
    "true limit refuted": limit("tanh(x)", "oo", "1", "refuted"),
    "transcendental": limit("sin(x)/x", "0", "2"),
    "x times exp": limit("x*exp(-x)", "oo", "1"),
    "oscillation": limit("(2 + sin(x))*x", "oo", "oo"),
    "nowhere defined": limit("1/(x - x)", "0", "0"),
    "two variables": certificate(
        {"kind": "limit", "vars": ["x", "y"], "f": f("x"), "to": "0", "claim": "0"}, "proved", SERIES
    ),
    "order 4": newton(4),
    "denominator may vanish": newton(3, ()),
    "cancelled zero": certificate(
        {
            "kind": "asymptotic",
            "vars": ["c", "e"],
            "f": f("c/c*e"),
            "to": "0",
            "variable": "e",
            "claim": f("e"),
            "order": 3,
        },
        "proved",
        RATIONAL,
    ),
    "restricted": newton(3, ("e == 0", "a != 0")),
    "root": certificate(
        {
            "kind": "asymptotic",
            "vars": ["c", "e"],
            "f": f("sqrt(c)*e"),
            "to": "0",
            "variable": "e",
            "claim": f("sqrt(c)*e"),
            "order": 3,
        },
        "proved",
        RATIONAL,
    ),
    "refuted asymptotic": {**newton(3), "verdict": "refuted"},
    "asymptotic means": {**newton(3), "proof": {"by": "looking"}},
    "ill-posed": {**limit("x", "0", "0"), "verdict": "ill_posed"},
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_certificate_is_accepted(name):
    statement = check(GOOD[name])
    assert statement.verdict == GOOD[name]["verdict"]


@pytest.mark.parametrize("name", BAD)
def test_a_bad_certificate_is_rejected(name):
    with pytest.raises(Rejected):
        check(BAD[name])


def is_true(c):
    """Against SymPy, for the kinds that it can decide quickly."""
    claim, verdict = c["claim"], c["verdict"]
    names = claim["vars"]
    symbols = [sp.Symbol(name, real=True) for name in names]
    expression = World(dict(zip(names, symbols, strict=True)), {})(claim["f"])
    if claim["kind"] == "limit":
        to, value = sp.sympify(claim["to"]), sp.sympify(claim["claim"])
        limits = (
            {sp.limit(expression, symbols[0], to, side) for side in ("+", "-")}
            if to.is_finite
            else {sp.limit(expression, symbols[0], to)}
        )
        return (limits == {value}) == (verdict == "proved")
    point = dict(zip(symbols, map(sp.Rational, claim["point"]), strict=True))
    if claim["kind"] == "point":
        if isinstance(claim["claim"], dict) or "line" in str(c["proof"]) or "smooth" in str(c["proof"]):
            return True  # no quick second route: the values are fixed in the gallery
        return claim["claim"] == "not twice differentiable"
    gradient = [sp.diff(expression, s).subs(point) for s in symbols]
    H = sp.hessian(expression, symbols).subs(point)
    here = expression.subs(point)
    near = [sp.Rational(i, 50) for i in (-1, 0, 1)]
    steps = [tuple(s) for s in __import__("itertools").product(near, repeat=len(symbols)) if any(s)]
    changes = [
        sp.N(expression.subs({k: v + d for (k, v), d in zip(point.items(), step, strict=True)}) - here)
        for step in steps
    ]
    truth = {
        "strict_local_min": min(changes) > 0,
        "local_min": min(changes) >= 0,
        "strict_local_max": max(changes) < 0,
        "local_max": max(changes) <= 0,
        "saddle": min(changes) < 0 < max(changes) and not any(gradient),
        "degenerate": H.det() == 0 and not any(gradient),
        "not_critical": any(gradient),
    }
    critical = claim["classification"] == "not_critical" or not any(gradient)
    return (critical and truth[claim["classification"]]) == (verdict == "proved")


@pytest.mark.parametrize(
    "name", [name for name in GOOD if GOOD[name]["claim"]["kind"] in ("critical_point", "limit", "point")]
)
def test_after_any_mutation_the_statement_is_true_or_rejected(name):
    original = check(GOOD[name])
    wrapped = copy.deepcopy(GOOD[name])
    wrapped["claim"]["vars"] = {name: [] for name in wrapped["claim"]["vars"]}
    for path, mutant in mutants(wrapped):
        if (
            isinstance(mutant, dict)
            and isinstance(mutant.get("claim"), dict)
            and isinstance(mutant["claim"].get("vars"), dict)
        ):
            mutant["claim"]["vars"] = list(mutant["claim"]["vars"])
        try:
            statement = check(mutant)
        except Rejected:
            continue
        if str(statement) != str(original) and "Piecewise" not in str(statement):
            assert is_true(mutant), (path, str(statement))
