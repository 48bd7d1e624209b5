"""Every row of the tables of rules and relations: true at random values, accepted in use, rejected out of place."""

import numpy as np
import pytest
from kernel_gallery import HOLE, by_fact, certificate, combination, fact, given, term
from test_engines import apply, value

from hessmath.verify.kernel import Rejected, check
from hessmath.verify.kernel.facts import LINEAR, RULES, SCHEMAS
from hessmath.verify.kernel.trees import Size, Tree, make, num, plain

n, m = Size.of("n"), Size.of("m")
SHAPES = {"n": (n, n), "s": (), "x": (n,), "r": (n, m), "q": (m, n)}


def to_json(tree):
    if tree.op in ("num", "var", "size"):
        return [tree.op, str(tree.value)]
    return [tree.op, *map(to_json, tree.args)]


def variable(name, kind):
    return Tree("var", (), name, SHAPES[kind])


def declared(trees):
    names = {leaf.value: leaf.sort for tree in trees for leaf in tree.walk() if leaf.op == "var"}
    return {name: [str(size) for size in shape] for name, shape in names.items()}


def random_value(predicate, shape, rng):
    x = rng.uniform(-2, 2, tuple(size.at({"n": 3, "m": 2}).known for size in shape))
    if predicate in ("posdef", "psd"):
        x = x.T @ np.diag([1.0, 1.0, 1.0 if predicate == "posdef" else 0.0]) @ x + (
            0.1 * np.eye(3) if predicate == "posdef" else 0
        )
    if predicate == "skew":
        x = x - x.T
    if predicate == "symmetric":
        x = x + x.T
    if predicate == "orthogonal":
        x = np.linalg.qr(x)[0]
    if predicate in ("positive", "nonneg"):
        x = np.abs(x)
    return x


def holds(predicate, x):
    tolerance = 1e-9
    if predicate in ("posdef", "psd"):
        low = np.linalg.eigvalsh((x + x.T) / 2).min()
        return np.allclose(x, x.T) and low > (tolerance if predicate == "posdef" else -tolerance)
    return {
        "invertible": lambda: abs(np.linalg.det(x)) > tolerance,
        "fullcol": lambda: np.linalg.matrix_rank(x) == x.shape[1],
        "fullrow": lambda: np.linalg.matrix_rank(x) == x.shape[0],
        "symmetric": lambda: np.allclose(x, x.T),
        "skew": lambda: np.allclose(x, -x.T),
        "orthogonal": lambda: np.allclose(x.T @ x, np.eye(len(x))),
        "nonzero": lambda: np.any(np.abs(x) > tolerance),
        "positive": lambda: np.all(np.asarray(x) > 0),
        "nonneg": lambda: np.all(np.asarray(x) >= -tolerance),
    }[predicate]()


PREMISE = {"nonzero": "s", "positive": "s", "nonneg": "s", "fullcol": "r", "fullrow": "q"}
OVERRIDE = {
    "nonzero_neg": ["x"],
    "positive_form": ["n", "x"],
    "positive_nsq": ["x"],
    "posdef_congruence": ["n", "r"],
    "fullcol_mul": ["n", "r"],
}
DATA = {
    "psd_gram": "r",
    "psd_congruence": "r",
    "psd_outer": "x",
    "nonneg_form": "x",
    "nonneg_nsq": "r",
    "nonneg_max": "ss",
}
SIZED = {"positive_minor", "nonneg_minor"}


def instance(name):
    """Premises, data and conclusion of a rule at variables."""
    rule = RULES[name]
    kinds = OVERRIDE.get(name, [PREMISE.get(p, "n") for p in rule.premises])
    premises = [variable(f"p{i}", kind) for i, kind in enumerate(kinds)]
    data = [variable(f"d{i}", kind) for i, kind in enumerate(DATA.get(name, "s" * max(rule.data, 0)))]
    if name in SIZED:
        data = [num(0), num(2)]
        premises = [Tree("var", (), "p0", (Size.of(3), Size.of(3)))]
    return rule, premises, data, rule.build(variable("c", "n"), premises, data)


PLAIN = [
    name for name, rule in RULES.items() if not rule.defect and name not in ("posdef_eye", "psd_zero", "invertible_eye")
]


@pytest.mark.parametrize("name", PLAIN)
def test_a_rule_concludes_what_is_true(name):
    rule, premises, _, built = instance(name)
    built = plain(built, {"n": 3, "m": 2} if name not in SIZED else {})
    for seed in range(20):
        rng = np.random.default_rng(seed)
        env = {p.value: random_value(kind, p.shape, rng) for p, kind in zip(premises, rule.premises, strict=True)}
        for leaf in built.walk():
            if leaf.op == "var" and leaf.value not in env:
                env[leaf.value] = np.abs(random_value("", leaf.shape, rng))
        assert holds(rule.gives, value(built, env)), env


def rule_certificate(name, hypotheses=True, field=None):
    rule, premises, data, built = instance(name)
    known = [[p, to_json(tree)] for p, tree in zip(rule.premises, premises, strict=True)]
    extra = [["nonneg", to_json(d)] for d in data] if name == "nonneg_sqrt" else []
    proof = [given(p, to_json(t), i) for i, (p, t) in enumerate(zip(rule.premises, premises, strict=True))]
    claim = {
        "kind": "relation",
        "vars": declared([*premises, *data, built]),
        "claim": [rule.gives, to_json(built)],
        "hypotheses": (known + extra) if hypotheses else [["true"] for _ in known + extra],
    }
    claim["vars"] = {k: [int(s) if s.isdigit() else s for s in v] for k, v in claim["vars"].items()}
    if field:
        claim["field"] = field
    goal = by_fact(fact(rule.gives, to_json(built), name, proof, list(map(to_json, data))))
    sizes = {} if name in SIZED else "all"
    return certificate(claim, "proved", {"cases": [{"sizes": sizes, "goals": goal}]})


@pytest.mark.parametrize("name", PLAIN)
def test_a_rule_is_accepted_with_its_premises_and_rejected_without(name):
    statement = check(rule_certificate(name))
    assert set(statement.axioms) == {RULES[name].axiom} - {""}
    if RULES[name].premises or name == "nonneg_sqrt":
        with pytest.raises(Rejected):
            check(rule_certificate(name, hypotheses=False))
    wrong = rule_certificate(name)
    about = wrong["claim"]["claim"]
    goal = wrong["proof"]["cases"][0]["goals"][0]["fact"]
    about[1] = goal["fact"][1] = ["neg", about[1]]
    if (
        name not in ("nonzero_neg", "nonzero_mul", "nonzero_inv", "nonzero_det", "negative_nonzero")
        and RULES[name].gives != "nonzero"
    ):
        with pytest.raises(Rejected):
            check(wrong)


@pytest.mark.parametrize("name", PLAIN)
def test_only_algebra_is_available_over_the_complex_numbers(name):
    if RULES[name].ring:
        assert "(complex)" in check(rule_certificate(name, field="complex")).text
    else:
        with pytest.raises(Rejected):
            check(rule_certificate(name, field="complex"))


@pytest.mark.parametrize("name", PLAIN)
def test_a_rule_refuses_another_number_of_premises_or_data(name):
    for key in ("premises", "data"):
        wrong = rule_certificate(name)
        goal = wrong["proof"]["cases"][0]["goals"][0]["fact"]
        goal[key] = [
            *goal.get(key, []),
            (goal.get(key) or [fact("nonzero", ["num", "1"], "number") if key == "premises" else ["num", "1"]])[0],
        ]
        with pytest.raises(Rejected):
            check(wrong)


V = {"A": ["n", "n"], "B": ["n", "n"], "c": []}
A, B, c, EYE = ["var", "A"], ["var", "B"], ["var", "c"], ["eye", ["size", "n"]]
AT = ["T", A]
DEFECTS = {
    "symmetric": (["symmetric", A], {}, ["eq", A, AT], [term(["hyp", 0, 0], HOLE)]),
    "skew": (["skew", A], {}, ["eq", A, ["neg", AT]], [term(["hyp", 0, 0], HOLE)]),
    "orthogonal": (["orthogonal", A], {}, ["eq", ["matmul", AT, A], EYE], [term(["hyp", 0, 0], HOLE)]),
    "invertible_left_inverse": (
        ["invertible", A],
        {"data": [B]},
        ["eq", ["matmul", B, A], EYE],
        [term(["hyp", 0, 0], HOLE)],
    ),
    "fullcol_left_inverse": (["fullcol", A], {"data": [B]}, ["eq", ["matmul", B, A], EYE], [term(["hyp", 0, 0], HOLE)]),
    "invertible_det": (["invertible", A], {"premises": [given("nonzero", ["det", A])]}, ["nonzero", ["det", A]], []),
    "nonzero_factor": (
        ["nonzero", A],
        {"premises": [given("nonzero", ["matmul", B, A])], "data": [["matmul", B, HOLE]]},
        ["nonzero", ["matmul", B, A]],
        [],
    ),
    "posdef_eye": (["posdef", EYE], {}, ["true"], []),
    "invertible_eye": (["invertible", EYE], {}, ["true"], []),
    "psd_zero": (["psd", ["zeros", ["size", "n"], ["size", "n"]]], {}, ["true"], []),
}


def defect_certificate(name, hypothesis=None):
    claim, extra, needed, terms = DEFECTS[name]
    goal = {"fact": claim, "rule": name, **extra, **({"terms": terms} if terms else {})}
    # a fact that is wanted as an obligation: the claim itself is one goal
    whole = {"kind": "relation", "vars": V, "hypotheses": [hypothesis or needed], "claim": claim}
    by = (
        by_fact(goal)
        if claim[0] not in ("symmetric", "skew", "orthogonal")
        else [combination(*terms)] * (1 + (claim[0] == "orthogonal"))
    )
    return certificate(whole, "proved", {"cases": [{"sizes": "all", "definedness": [goal], "goals": by}]})


def test_every_row_is_tried():
    assert {*PLAIN, *DEFECTS} == {*RULES, "nonzero_factor"}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_rule_is_accepted_with_its_equation_and_rejected_without(name):
    good = defect_certificate(name)
    if name == "orthogonal":  # its second half needs an inverse: see the gallery
        good["claim"]["claim"] = ["true"]
        good["proof"]["cases"][0]["goals"] = []
    assert check(good).verdict == "proved"
    if DEFECTS[name][2] != ["true"]:
        with pytest.raises(Rejected):
            check(defect_certificate(name, ["true"]))
    wrong = defect_certificate(name)
    wrong["proof"]["cases"][0]["definedness"][0]["fact"][1] = [
        "add",
        wrong["proof"]["cases"][0]["definedness"][0]["fact"][1],
        B,
    ]
    with pytest.raises(Rejected):
        check(wrong)


ARGUMENTS = {
    "det_scale": "sn",
    "diag_mul": "xx",
    "diag_vec": "xx",
    "diag_had": "xnx",
    "kron_mul": "nnnn",
    "vec_mul": "nnn",
    "det_mul": "nn",
    "K_vec": "r",
    **dict.fromkeys(("det_T", "det_inv", "adj_left", "adj_right", "adj_inv", "inv_left", "inv_right"), "n"),
    **{f"pinv {k}": "r" for k in (1, 2, 3, 4)},
    **dict.fromkeys(("eig", "eig_left", "eig_right", "eig_values"), "n"),
}
HYPOTHESES = {
    **{name: ["invertible"] for name in ("inv_left", "inv_right", "det_inv", "adj_inv")},
    **{name: ["symmetric"] for name in ("eig", "eig_left", "eig_right", "eig_values")},
    **{name: ["positive"] for name in ("exp_log",)},
    "log_mul": ["positive", "positive"],
    "sqrt": ["nonneg"],
    "sqrt_mul": ["nonneg", "nonneg"],
}


def schema_instance(name):
    schema = SCHEMAS[name]
    parts = [variable(f"d{i}", kind) for i, kind in enumerate(ARGUMENTS.get(name, "s" * schema.count))]
    return parts, schema.build(*parts)


@pytest.mark.parametrize("name", [name for name in SCHEMAS if not name.startswith("eig")])
def test_a_relation_vanishes_at_random_values(name):
    parts, built = schema_instance(name)
    built = plain(built, {"n": 3, "m": 2})
    for seed in range(10):
        rng = np.random.default_rng(seed)
        env = {part.value: np.abs(random_value("", part.shape, rng)) for part in parts}
        np.testing.assert_allclose(value(built, env), 0, atol=1e-8)


def schema_certificate(name, claim_shift=None, hypotheses=True):
    parts, built = schema_instance(name)
    needed = (
        [[p, to_json(part)] for p, part in zip(HYPOTHESES.get(name, []), parts, strict=False)] if hypotheses else []
    )
    relation = [*(name.split()[:1]), *map(to_json, parts), *map(int, name.split()[1:])]
    body = to_json(built) if claim_shift is None else ["add", to_json(built), claim_shift]
    definedness = []
    d = list(map(to_json, parts))
    if name == "log_mul":
        definedness = [
            fact("positive", ["mul", *d], "positive_mul", [given("positive", d[0]), given("positive", d[1], 1)])
        ]
    if name == "sqrt_mul":
        definedness = [fact("nonneg", ["mul", *d], "nonneg_mul", [given("nonneg", d[0]), given("nonneg", d[1], 1)])]
    if name == "sqrt_square":
        definedness = [fact("nonneg", ["mul", d[0], d[0]], "nonneg_square", data=d)]
    if name in ("log_exp", "tanh_exp", "sigmoid_exp"):
        definedness = [fact("positive", ["exp", d[0]], "positive_exp", data=d)]
    zero = ["num", "0"] if not built.shape else ["mul", ["num", "0"], body]
    claim = {"kind": "relation", "vars": declared(parts), "hypotheses": needed, "claim": ["eq", body, zero]}
    goal = combination(term(relation, HOLE))
    return certificate(
        claim,
        "proved",
        {"cases": [{"sizes": "all", "definedness": definedness if hypotheses else [], "goals": [goal]}]},
    )


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_relation_is_accepted_as_a_term_and_no_further(name):
    statement = check(schema_certificate(name))
    assert set(statement.axioms) == {SCHEMAS[name].axiom} - {""}
    with pytest.raises(Rejected):
        check(schema_certificate(name, claim_shift=["num", "1"]))
    if name in HYPOTHESES:
        with pytest.raises(Rejected, match="not shown"):
            check(schema_certificate(name, hypotheses=False))


@pytest.mark.parametrize("op", LINEAR)
def test_linear_operations_vanish_at_zero(op):
    zero = {
        "index": [np.zeros(3), 1],
        "div": [0.0, 2.0],
        "diag": [np.zeros(3)],
        "outer": [np.zeros(3), np.ones(3)],
        "had": [0.0, 1.0],
    }
    z, other = np.zeros((2, 2)), np.ones((2, 2))
    args = zero.get(op, [z, other] if op in ("mul", "matmul", "kron") else [z])
    result = args[0][1] if op == "index" else apply("mul" if op == "had" else op, args)
    assert not np.any(result)


def test_an_operation_with_equal_arguments_has_equal_values():
    variables = {"A": ["n", "n"], "B": ["n", "n"]}
    equal = ["equal_args", "det", A, B, [term(["hyp", 0, 0], HOLE)]]
    claim = {
        "kind": "relation",
        "vars": variables,
        "hypotheses": [["eq", A, B]],
        "claim": ["eq", ["det", A], ["det", B]],
    }
    case = {"sizes": "all", "goals": [combination(term(equal, HOLE))]}
    assert check(certificate(claim, "proved", {"cases": [case]})).verdict == "proved"
    for wrong in (
        ["equal_args", "det", A, AT, []],
        ["equal_args", "det", A, c, []],
        ["equal_args", "zzz", A, B, equal[4]],
        ["equal_args"],
    ):
        with pytest.raises(Rejected):
            check(
                certificate(claim, "proved", {"cases": [{"sizes": "all", "goals": [combination(term(wrong, HOLE))]}]})
            )


def test_spectral_relations_are_the_only_ones_about_eigenvectors():
    assert {name for name, schema in SCHEMAS.items() if schema.axiom} == {"eig", "eig_left", "eig_right", "eig_values"}
    assert make("eigQ", variable("A", "n")).shape == (n, n)


@pytest.mark.parametrize("name", [name for name in SCHEMAS if not SCHEMAS[name].ring])
def test_only_algebraic_relations_are_available_over_the_complex_numbers(name):
    parts, _ = schema_instance(name)
    relation = [*(name.split()[:1]), *map(to_json, parts), *map(int, name.split()[1:])]
    claim = {
        "kind": "relation",
        "field": "complex",
        "vars": declared(parts),
        "claim": ["eq", ["num", "1"], ["num", "1"]],
    }
    terms = [term(relation, HOLE), term(relation, ["neg", HOLE])]
    with pytest.raises(Rejected, match="not available over the complex numbers"):
        check(certificate(claim, "proved", {"cases": [{"sizes": "all", "goals": [combination(*terms)]}]}))
