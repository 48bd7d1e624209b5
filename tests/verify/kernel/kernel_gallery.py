"""Certificates written by hand: one for each way of proving and refuting."""

from __future__ import annotations

from hessmath.language import parse, to_json

N, V = ["n", "n"], ["n"]


def relation(variables, claim, hypotheses=(), field=None):
    """A relation claim; texts are read by the language, lists are taken as trees."""
    obj = {
        "kind": "relation",
        "vars": variables,
        "hypotheses": [tree(h, variables) for h in hypotheses],
        "claim": tree(claim, variables),
    }
    return {**obj, "field": field} if field else obj


def tree(source, variables):
    """A tree from text, or the tree itself."""
    return to_json(parse(source, variables)) if isinstance(source, str) else source


def certificate(claim, verdict, proof):
    return {"format": "hessmath-certificate-1", "claim": claim, "verdict": verdict, "proof": proof}


def combination(*terms, **more):
    return {"by": "combination", "terms": list(terms), **more}


def proved(variables, claim, hypotheses=(), goals=None, definedness=(), sizes="all", field=None):
    case = {"sizes": sizes, "definedness": list(definedness), "goals": goals or [combination()]}
    return certificate(relation(variables, claim, hypotheses, field), "proved", {"cases": [case]})


def refuted(variables, claim, values, sizes=None, hypotheses=()):
    return certificate(relation(variables, claim, hypotheses), "refuted", {"sizes": sizes or {}, "values": values})


def term(relation_, context):
    return {"relation": relation_, "context": context}


def fact(predicate, about, rule, premises=(), data=(), terms=(), **more):
    obj = {"fact": [predicate, about], "rule": rule, **more}
    for key, value in (("premises", premises), ("data", data), ("terms", terms)):
        if value:
            obj[key] = list(value)
    return obj


def given(predicate, about, index=0):
    return fact(predicate, about, "hypothesis", index=index)


def var(name):
    return ["var", name]


def mm(*parts):
    return ["matmul", *parts]


def inv(part):
    return ["inv", part]


def num(value):
    return ["num", str(value)]


HOLE = ["hole"]
A, B, P, Q, G, M, x, y, t, s, u, X = map(var, ["A", "B", "P", "Q", "G", "M", "x", "y", "t", "s", "u", "X"])
AB = mm(A, B)
EYE = ["eye", ["size", "n"]]
SQ = {"A": N, "B": N}

INV_AB = proved(
    SQ,
    "inv(A @ B) == inv(B) @ inv(A)",
    ["invertible(A)", "invertible(B)"],
    [
        combination(
            term(["inv_left", A], ["neg", mm(inv(AB), HOLE)]),
            term(["inv_left", B], ["neg", mm(inv(AB), A, HOLE, inv(A))]),
            term(["inv_right", AB], mm(HOLE, inv(B), inv(A))),
        )
    ],
    [fact("invertible", AB, "invertible_mul", [given("invertible", A), given("invertible", B, 1)])],
)

DIV = ["div", num(1), ["add", num(1), mm(x, inv(A), y)]]
SM = ["add", A, ["outer", x, y]]


def by_fact(*facts):
    return [{"by": "fact", "fact": f} for f in facts]


ATA_I = fact(
    "posdef",
    ["add", EYE, mm(["T", A], A)],
    "posdef_add",
    [fact("posdef", EYE, "posdef_eye"), fact("psd", mm(["T", A], A), "psd_gram", data=[A])],
)
SYMMETRIC_2 = {"A": N, "x": V, "y": V, "s": [], "t": []}

ACCEPTED = {
    "transpose of a product": proved(SQ, "(A @ B).T == B.T @ A.T"),
    "trace of a product": proved({"A": ["n", "m"], "B": ["m", "n"]}, "trace(A @ B) == trace(B @ A)"),
    "a form is its transpose": proved({"A": N, "x": V, "y": V}, "x @ A @ y == y @ A.T @ x"),
    "inverse of a product": INV_AB,
    "inverse of a product, sizes": {
        **proved(SQ, "inv(A @ B) == inv(B) @ inv(A)", ["invertible(A)", "invertible(B)"]),
        "proof": {
            "cases": [
                {"sizes": {"n": n}, "definedness": INV_AB["proof"]["cases"][0]["definedness"], "goals": [combination()]}
                for n in (1, 2)
            ]
        },
    },
    "inverse over the complex numbers": proved(
        {"A": N},
        "inv(inv(A)) == A",
        ["invertible(A)"],
        [
            combination(term(["inv_left", A], ["neg", mm(inv(inv(A)), HOLE)]), term(["inv_right", A], mm(HOLE, A)))
            if False
            else combination(
                term(["inv_right", inv(A)], mm(HOLE, A)), term(["inv_right", A], ["neg", mm(inv(inv(A)), HOLE)])
            )
        ],
        [fact("invertible", inv(A), "invertible_inv", [given("invertible", A)])],
        field="complex",
    ),
    "eigenvectors of different eigenvalues": proved(
        SYMMETRIC_2,
        "x @ y == 0",
        ["symmetric(A)", "A @ x == s*x", "A @ y == t*y", "s != t"],
        [
            combination(
                term(["hyp", 1, 0], ["neg", mm(HOLE, y)]),
                term(["hyp", 2, 0], mm(x, HOLE)),
                multiplier=["add", s, ["neg", t]],
                nonzero=given("nonzero", ["add", s, ["neg", t]], 3),
            )
        ],
    ),
    "an eigenvector has one eigenvalue": proved(
        {"A": N, "x": V, "s": [], "t": []},
        "s == t",
        ["A @ x == s*x", "A @ x == t*x", "nonzero(x)"],
        [
            combination(
                term(["hyp", 0, 0], ["neg", HOLE]),
                term(["hyp", 1, 0], HOLE),
                multiplier=x,
                nonzero=given("nonzero", x, 2),
            )
        ],
        field="complex",
    ),
    "normal equations are nonsingular": proved({"A": N}, "posdef(A.T @ A + eye(n))", (), by_fact(ATA_I)),
    "null vector": proved(
        {"A": N, "x": V},
        "x == zeros(n)",
        ["posdef(A)", "x @ A @ x == 0"],
        [{"by": "null", "form": A, "posdef": given("posdef", A), "terms": [term(["hyp", 1, 0], HOLE)]}],
    ),
    "square of a difference": proved(
        {"s": [], "t": []},
        "2*s*t <= s**2 + t**2",
        (),
        by_fact(
            fact(
                "nonneg",
                ["add", ["pow", s, num(2)], ["pow", t, num(2)], ["neg", ["mul", num(2), s, t]]],
                "nonneg_square",
                data=[["add", s, ["neg", t]]],
            )
        ),
        sizes={},
    ),
    "contradiction": proved(
        {"s": [], "t": []},
        "s > 0",
        ["s*t > 0", "t > 0"],
        by_fact(
            fact(
                "positive",
                s,
                "contradiction",
                [given("positive", ["mul", s, t]), given("positive", t, 1)],
                products=[{"coef": "1", "factors": [-1, 1]}, {"coef": "1", "factors": [0]}],
            )
        ),
    ),
    "gradient of a form": proved(
        {"A": N, "x": V}, ["eq", ["gradient", mm(x, A, x), x], ["add", mm(A, x), mm(["T", A], x)]]
    ),
    "hessian of a form": proved(
        {"A": N, "x": V}, ["eq", ["hessian", mm(x, A, x), x], ["add", A, ["T", A]]], sizes={"n": 2}
    ),
    "gradient of log det": proved(
        {"X": N},
        ["eq", ["gradient", ["log", ["det", X]], X], inv(["T", X])],
        ["det(X) > 0"],
        [
            combination(
                term(["inv_left", ["T", X]], ["neg", mm(["T", inv(X)], HOLE)]),
                term(["inv_right", X], mm(["T", HOLE], inv(["T", X]))),
            )
            if False
            else combination(
                term(["inv_left", ["T", X]], mm(["T", inv(X)], ["neg", HOLE])),
                term(["inv_left", X], mm(["T", HOLE], inv(["T", X]))),
            )
        ],
        [
            fact("invertible", X, "invertible_det", [given("nonzero", ["det", X])]),
            fact(
                "invertible",
                ["T", X],
                "invertible_T",
                [fact("invertible", X, "invertible_det", [given("nonzero", ["det", X])])],
            ),
        ],
    ),
    "sigmoid": proved(
        {"t": []},
        ["eq", ["gradient", ["sigmoid", t], t], ["mul", ["sigmoid", t], ["add", num(1), ["neg", ["sigmoid", t]]]]],
        sizes={},
    ),
    "quadratic with psum": proved(
        {"A": N, "x": V},
        "x @ A @ x == psum(lambda i: psum(lambda j: A[i, j]*x[i]*x[j], 0, n - 1), 0, n - 1)",
        sizes={"n": 2},
    ),
    "definite matrix": proved(
        {},
        "posdef(block([2, 1], [1, 2]))",
        (),
        [{"by": "inertia", "congruence": [["1", "0"], ["-1/2", "1"]]}],
        sizes={},
    ),
    "array goal by entries": proved(
        {"x": [2], "t": []},
        "t*x == x",
        ["t == 1"],
        [
            {
                "by": "entries",
                "entries": [combination(term(["hyp", 0, 0], ["mul", HOLE, ["index", x, num(i)]])) for i in (0, 1)],
            }
        ],
        sizes={},
    ),
    "orthogonal": proved(
        {"Q": N},
        "orthogonal(Q)",
        ["Q.T @ Q == eye(n)"],
        [
            combination(term(["hyp", 0, 0], HOLE)),
            combination(
                term(["hyp", 0, 0], mm(Q, HOLE, inv(Q))),
                term(["inv_left", Q], ["neg", mm(Q, ["T", Q], HOLE)]),
                term(["inv_left", Q], HOLE),
            ),
        ],
        [fact("invertible", Q, "invertible_left_inverse", data=[["T", Q]], terms=[term(["hyp", 0, 0], HOLE)])],
    ),
    "vacuous": certificate(
        relation({"s": []}, "s == 1", ["s > 0", "s < 0"]),
        "vacuous",
        {
            "cases": [
                {
                    "sizes": "all",
                    "contradiction": {
                        "fact": ["false"],
                        "rule": "contradiction",
                        "premises": [given("positive", s), given("positive", ["neg", s], 1)],
                        "products": [{"coef": "1", "factors": [0]}, {"coef": "1", "factors": [1]}],
                    },
                }
            ]
        },
    ),
    "vacuous by combination": certificate(
        relation({"s": []}, "s == 2", ["s == 0", "s == 1"]),
        "vacuous",
        {
            "cases": [
                {
                    "sizes": "all",
                    "contradiction": {
                        "by": "combination",
                        "constant": "1",
                        "terms": [term(["hyp", 0, 0], HOLE), term(["hyp", 1, 0], ["neg", HOLE])],
                    },
                }
            ]
        },
    ),
    "products do not commute": refuted(
        SQ, "A @ B == B @ A", {"A": [["0", "1"], ["0", "0"]], "B": [["0", "0"], ["1", "0"]]}, {"n": 2}
    ),
    "refuted under hypotheses": refuted(
        {"A": N, "x": V}, "x @ A @ x > 0", {"A": [["0"]], "x": ["1"]}, {"n": 1}, ["psd(A)", "nonzero(x)"]
    ),
    "refuted gradient": refuted({"x": V}, ["eq", ["gradient", mm(x, x), x], x], {"x": ["1", "2"]}, {"n": 2}),
    "refuted by enclosure": refuted({"t": []}, "exp(t) <= 1 + t", {"t": "1/3"}),
    "refuted sums of inverses": refuted(
        SQ,
        "inv(A + B) == inv(A) + inv(B)",
        {"A": [["1"]], "B": [["1"]]},
        {"n": 1},
        ["invertible(A)", "invertible(B)", "invertible(A + B)"],
    ),
    "ill-posed": certificate(
        relation({"A": N}, "A @ inv(A) == eye(n)"),
        "ill_posed",
        {"sizes": {"n": 1}, "values": {"A": [["0"]]}, "undefined": inv(A)},
    ),
}

ACCEPTED |= {
    "common denominator": proved(
        {"t": []},
        "1/(1 + t**2) + t**2/(1 + t**2) == 1",
        (),
        None,
        [
            fact(
                "positive",
                ["add", num(1), ["pow", t, num(2)]],
                "positive_add",
                [fact("positive", num(1), "number"), fact("nonneg", ["pow", t, num(2)], "nonneg_square", data=[t])],
            )
        ],
    ),
    "gradient at a symmetric matrix": proved(
        {"X": N},
        ["eq", ["gradient", ["trace", mm(X, X)], X], ["mul", num(2), X]],
        ["symmetric(X)"],
        [combination(term(["hyp", 0, 0], ["mul", num(-2), HOLE]))],
    ),
    "skew at size 2": proved({"A": N, "x": V}, "x @ A @ x == 0", ["skew(A)"], sizes={"n": 2}),
    "diagonal at size 2": proved(SQ, "A @ B == B @ A", ["diagonal(A)", "diagonal(B)"], sizes={"n": 2}),
    "hessian in a matrix": proved(
        {"A": [2, 2]},
        [
            "eq",
            ["hessian", ["pow", ["index", A, num(0), num(1)], num(2)], A],
            ["diag", ["vec", ["block", ["row", num(0), num(2)], ["row", num(0), num(0)]]]],
        ],
        sizes={},
    ),
    "a defined variable": proved({"A": N, "B": N}, "B @ A == A @ B", ["B == A @ A + 2*A"], sizes={"n": 2}),
}

ONE_PLUS = ["add", num(1), ["pow", t, num(2)]]
POSITIVE = ACCEPTED["common denominator"]["proof"]["cases"][0]["definedness"]

FALSE_CLAIMS = {
    "a denominator that is dropped": proved({"t": []}, "t/(1 + t**2) == t", (), None, POSITIVE),
    "a denominator that is dropped, by entries": proved({"t": []}, "1/(1 + t**2) == 1", (), None, POSITIVE, sizes={}),
    "a context that divides by zero": proved(
        {"s": [], "t": [], "u": []}, "s == t", ["s*u == t*u"], [combination(term(["hyp", 0, 0], ["div", HOLE, u]))]
    ),
    "data that are not defined": proved(
        {"s": []}, "s >= 0", (), by_fact(fact("nonneg", s, "nonneg_square", data=[["sqrt", s]]))
    ),
    "a rule about scalars used for an array": proved(
        {"x": V},
        "positive(x*x)",
        ["nonzero(x)"],
        by_fact(fact("positive", ["mul", x, x], "positive_square", [given("nonzero", x)])),
    ),
    "a congruence that forgets": proved(
        {}, "psd(block([1, 2], [2, 1]))", (), [{"by": "inertia", "congruence": [["1", "0"], ["0", "0"]]}], sizes={}
    ),
    "a hypothesis that is not defined": refuted({"t": []}, "t == 1", {"t": "-1"}, None, ["sqrt(t) == sqrt(t)"]),
    "a hypothesis that presupposes": proved({"s": [], "t": []}, "s*t == 1", ["s == 1/t"], sizes={}),
    "skew is not symmetric": proved({"A": N}, "A == A.T", ["skew(A)"], sizes={"n": 2}),
    "skew is not symmetric, all sizes": proved({"A": N}, "A == A.T", ["skew(A)"]),
    "hessian by rows": proved(
        {"A": [2, 2]},
        [
            "eq",
            ["hessian", ["pow", ["index", A, num(0), num(1)], num(2)], A],
            ["diag", ["vec", ["block", ["row", num(0), num(0)], ["row", num(2), num(0)]]]],
        ],
        sizes={},
    ),
    "isotropic vectors": proved(
        {"A": N},
        "A == zeros(n, n)",
        ["A.T @ A == zeros(n, n)"],
        [
            combination(
                term(["pinv", A, 1], ["neg", HOLE]),
                term(["pinv", A, 3], ["neg", mm(HOLE, A)]),
                term(["hyp", 0, 0], mm(["T", ["pinv", A]], HOLE)),
            )
        ],
        field="complex",
    ),
    "missing invertibility": proved({"A": N}, "A @ inv(A) == eye(n)", (), [combination(term(["inv_left", A], HOLE))]),
    "definedness proved by itself": proved(
        {"A": N},
        "A @ inv(A) == eye(n)",
        (),
        [combination(term(["inv_left", A], HOLE))],
        [fact("invertible", A, "invertible_left_inverse", data=[inv(A)], terms=[term(["inv_right", A], HOLE)])],
    ),
    "AB = BA": proved(SQ, "A @ B == B @ A"),
    "AB = BA at size 2": proved(SQ, "A @ B == B @ A", sizes={"n": 2}),
    "tr AB = tr A tr B": proved(SQ, "trace(A @ B) == trace(A)*trace(B)"),
    "trace ABC = trace ACB": proved({**SQ, "X": N}, "trace(A @ B @ X) == trace(A @ X @ B)"),
    "symmetric product": proved(SQ, "symmetric(A @ B)", ["symmetric(A)", "symmetric(B)"]),
    "product of definite matrices": proved(
        SQ,
        "posdef(A @ B)",
        ["posdef(A)", "posdef(B)"],
        by_fact(fact("posdef", AB, "posdef_had", [given("posdef", A), given("posdef", B, 1)])),
    ),
    "inverse of a sum": proved(
        SQ, "inv(A + B) == inv(A) + inv(B)", ["invertible(A)", "invertible(B)", "invertible(A + B)"]
    ),
    "sum of invertibles": proved(
        SQ,
        "invertible(A + B)",
        ["invertible(A)", "invertible(B)"],
        by_fact(
            fact("invertible", ["add", A, B], "invertible_mul", [given("invertible", A), given("invertible", B, 1)])
        ),
    ),
    "hole used twice": proved(
        {"t": []}, "t**2 == 4", ["t == 2"], [combination(term(["hyp", 0, 0], ["mul", HOLE, HOLE]))]
    ),
    "hole in a sum": proved(
        {"t": []}, "t == 3", ["t == 2"], [combination(term(["hyp", 0, 0], ["add", HOLE, num(-1)]))]
    ),
    "hole in an exponential": proved(
        {"t": []}, "exp(t) == 1", ["t == 0"], [combination(term(["hyp", 0, 0], ["exp", HOLE]))]
    ),
    "hole in a denominator": proved(
        {"t": []}, "t == 0", ["t == 2"], [combination(term(["hyp", 0, 0], ["div", t, HOLE]))]
    ),
    "cancelled zero multiplier": proved(
        {"s": [], "t": []}, "s == t", (), [combination(multiplier=num(0), nonzero=fact("nonzero", num(1), "number"))]
    ),
    "multiplier that may vanish": proved(
        {"s": [], "t": []},
        "s == 1",
        ["s*t == t"],
        [combination(term(["hyp", 0, 0], HOLE), multiplier=t, nonzero=fact("nonzero", t, "number"))],
    ),
    "a vector that is not zero cancelled entry by entry": proved(
        {"x": V, "y": V},
        "y == zeros(n)",
        ["x*y == zeros(n)", "nonzero(x)"],
        [combination(term(["hyp", 0, 0], HOLE), multiplier=x, nonzero=given("nonzero", x, 1))],
    ),
    "another vector cancelled": proved(
        {"A": N, "x": V, "y": V, "t": []},
        "t == 0",
        ["t*x == zeros(n)", "nonzero(y)"],
        [combination(term(["hyp", 0, 0], HOLE), multiplier=x, nonzero=given("nonzero", y, 1))],
    ),
    "x/x = 1": proved({"t": []}, "t/t == 1"),
    "x/x = 1 by entries": proved({"t": []}, "t/t == 1", sizes={}),
    "negative power": proved({"t": []}, "t**(-1)*t == 1", sizes={}),
    "0*inv": proved({"t": []}, "0*(1/t) == 0", sizes={}),
    "root of a square": proved({"t": []}, "sqrt(t**2) == t", sizes={}),
    "root of a negative": proved({"t": []}, "sqrt(t)**2 == t", sizes={}),
    "log of a square": proved({"t": []}, "log(t**2) == 2*log(t)", ["nonzero(t)"], sizes={}),
    "log of a product": proved(
        {"s": [], "t": []}, "log(s*t) == log(s) + log(t)", ["s*t > 0"], [combination(term(["log_mul", s, t], HOLE))]
    ),
    "wrong shapes": proved({"A": ["n", "m"], "B": ["n", "m"]}, ["eq", mm(A, B), mm(B, A)]),
    "square by name only": proved({"A": ["n", "m"]}, ["eq", ["trace", A], ["trace", ["T", A]]]),
    "row meets column": proved({"x": V, "A": N}, ["eq", mm(A, x), mm(x, A)]),
    "outer is not a scalar": proved({"x": V, "y": V}, "outer(x, y) == outer(y, x)"),
    "cubic form": proved({"x": V}, "(x @ x)*x == x*x*x"),
    "kron commutes": proved(SQ, "kron(A, B) == kron(B, A)"),
    "kron commutes at size 2": proved(SQ, "kron(A, B) == kron(B, A)", sizes={"n": 2}),
    "det is linear": proved(SQ, "det(A + B) == det(A) + det(B)", sizes={"n": 2}),
    "size one is not all": {
        **proved(SQ, "A @ B == B @ A", sizes={"n": 1}),
        "claim": relation({**SQ, "X": ["m", "m"]}, "A @ B == B @ A"),
    },
    "gradient under a tie": proved(
        {"s": [], "t": []}, ["eq", ["gradient", ["mul", s, t], t], ["mul", num(2), t]], ["s == t"], sizes={}
    ),
    "gradient in a symmetric variable": proved(
        {"X": N, "A": N}, ["eq", ["gradient", ["trace", mm(A, X)], X], ["add", A, ["T", A]]], ["symmetric(X)"]
    ),
    "gradient of a symmetric variable at size 2": proved(
        {"X": N}, ["eq", ["gradient", ["det", X], X], ["mul", num(2), ["adj", X]]], ["symmetric(X)"], sizes={"n": 2}
    ),
    "norm at zero": proved({"x": V}, ["eq", ["gradient", ["norm2", x], x], ["div", x, ["norm2", x]]]),
    "derivative of |t| at 0": proved(
        {"t": []}, ["eq", ["gradient", ["mul", ["Abs", t], ["Abs", t]], t], ["mul", num(2), t]], sizes={}
    ),
    "derivative of the root at 0": proved(
        {"t": []}, ["eq", ["gradient", ["sqrt", t], t], ["div", num("1/2"), ["sqrt", t]]], ["t >= 0"], sizes={}
    ),
    "wrong gradient": proved({"x": V}, ["eq", ["gradient", mm(x, x), x], x]),
    "not the same variable": proved({"x": V, "y": V}, ["eq", ["gradient", mm(x, y), x], x]),
    "no strict product": proved(
        {"s": []},
        "s > 0",
        ["s >= 0"],
        by_fact(
            fact(
                "positive",
                s,
                "contradiction",
                [given("nonneg", s)],
                products=[{"coef": "1", "factors": [0]}, {"coef": "1", "factors": [-1]}],
            )
        ),
    ),
    "negative coefficient": proved(
        {"s": []},
        "s > 0",
        (),
        by_fact(
            fact("positive", s, "contradiction", products=[{"coef": "-1", "factors": []}, {"coef": "1", "factors": []}])
        ),
    ),
    "no product": proved(
        {"s": []}, "s > 0", (), by_fact({"fact": ["positive", s], "rule": "contradiction", "products": []})
    ),
    "semidefinite is not definite": proved(
        {"A": N}, "posdef(A)", ["psd(A)"], by_fact(fact("posdef", A, "hypothesis", index=0))
    ),
    "gram of any matrix": proved(
        {"G": ["n", "m"]},
        "posdef(G.T @ G)",
        (),
        by_fact(fact("posdef", mm(["T", G], G), "posdef_gram", [fact("fullcol", G, "hypothesis", index=0)])),
    ),
    "one-sided inverse": proved(
        {"A": ["n", "m"], "B": ["m", "n"]},
        "A @ B == eye(n)",
        ["B @ A == eye(m)"],
        [combination(term(["hyp", 0, 0], HOLE))],
    ),
    "nonsymmetric definite": proved(
        {"A": N}, "psd(A)", ["A + A.T == eye(n)"], by_fact(fact("psd", A, "psd_gram", data=[A]))
    ),
    "false inertia": proved(
        {}, "posdef(block([1, 2], [2, 1]))", (), [{"by": "inertia", "congruence": [["1", "0"], ["-2", "1"]]}], sizes={}
    ),
    "singular congruence": proved(
        {}, "posdef(block([1, 2], [2, 1]))", (), [{"by": "inertia", "congruence": [["1", "0"], ["1", "0"]]}], sizes={}
    ),
    "inertia of a nonsymmetric matrix": proved(
        {}, "posdef(block([1, 5], [0, 1]))", (), [{"by": "inertia", "congruence": [["1", "0"], ["0", "1"]]}], sizes={}
    ),
    "null form that is not definite": proved(
        {"A": N, "x": V},
        "x == zeros(n)",
        ["psd(A)", "x @ A @ x == 0"],
        [{"by": "null", "form": A, "posdef": given("posdef", A), "terms": [term(["hyp", 1, 0], HOLE)]}],
    ),
    "refuted but true": refuted(SQ, "A @ B == B @ A", {"A": [["2"]], "B": [["3"]]}, {"n": 1}),
    "refuted where undefined": refuted({"t": []}, "t/t == 1", {"t": "0"}),
    "refuted outside the hypotheses": refuted({"t": []}, "t >= 0", {"t": "-1"}, None, ["t > 0"]),
    "refuted with a wrong shape": refuted({"x": V}, "x @ x == 0", {"x": ["1"]}, {"n": 2}),
    "refuted with an undefined hypothesis": refuted({"t": []}, "t == 1", {"t": "0"}, None, ["1/t == 1/t"]),
    "ill-posed but defined": certificate(
        relation({"A": N}, "A @ inv(A) == eye(n)", ["invertible(A)"]),
        "ill_posed",
        {"sizes": {"n": 1}, "values": {"A": [["0"]]}, "undefined": inv(A)},
    ),
    "ill-posed by a part that is not there": certificate(
        relation({"A": N}, "A @ A == eye(n)"),
        "ill_posed",
        {"sizes": {"n": 1}, "values": {"A": [["0"]]}, "undefined": inv(A)},
    ),
    "vacuous but satisfiable": certificate(
        relation({"s": []}, "s == 1", ["s >= 0", "s <= 0"]),
        "vacuous",
        {
            "cases": [
                {
                    "sizes": "all",
                    "contradiction": {
                        "fact": ["false"],
                        "rule": "contradiction",
                        "premises": [given("nonneg", s), given("nonneg", ["neg", s], 1)],
                        "products": [{"coef": "1", "factors": [0]}, {"coef": "1", "factors": [1]}],
                    },
                }
            ]
        },
    ),
    "order over the complex numbers": proved(
        {"s": []},
        "s**2 >= 0",
        (),
        by_fact(fact("nonneg", ["pow", s, num(2)], "nonneg_square", data=[s])),
        field="complex",
    ),
    "definite over the complex numbers": proved(
        {"A": N, "x": V},
        "x == zeros(n)",
        ["x @ x == 0"],
        [
            {
                "by": "null",
                "form": EYE,
                "posdef": fact("posdef", EYE, "posdef_eye"),
                "terms": [term(["hyp", 0, 0], HOLE)],
            }
        ],
        field="complex",
    ),
    "psd_le without symmetry": proved(
        {"A": N}, "psd_le(zeros(n, n), A)", ["x_is_missing"] if False else (), by_fact(fact("psd", A, "psd_zero"))
    ),
}
