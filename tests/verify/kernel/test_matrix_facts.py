"""Every row about matrices: true at random values; accepted with its hypotheses and rejected without them."""

import copy

import numpy as np
import pytest
from scipy.linalg import expm
from test_engines import apply, value
from test_tables import holds, random_value, variable

from hessmath.verify.kernel import Rejected, check
from hessmath.verify.kernel.matrix_facts import MATRIX_RULES, MATRIX_SCHEMAS
from hessmath.verify.kernel.trees import make, minus, num, plain
from hessmath.verify.pipeline import check as verdict_of
from hessmath.verify.reading import read_claim

SPECIAL = {
    "expm": expm,
    "rank": np.linalg.matrix_rank,
    "eigs": np.linalg.eigvalsh,
    "lmin": lambda A: np.linalg.eigvalsh(A)[0],
    "lmax": lambda A: np.linalg.eigvalsh(A)[-1],
    "nspec": lambda A: np.linalg.norm(A, 2),
    "nnuc": lambda A: np.linalg.norm(A, "nuc"),
}
SYMMETRIC = ("eig", "lm")
RULE_DATA = {
    **dict.fromkeys(("norm_triangle", "cauchy", "cauchy_squared"), "rr"),
    **dict.fromkeys(("cauchy_form", "hoelder"), "xx"),
    **dict.fromkeys(("norm_product", "nspec_bound", "rank_sylvester"), "rq"),
    **dict.fromkeys(("rank_of_product_left", "rank_of_product_right"), "rq"),
    **dict.fromkeys(("norm1_product", "norminf_product", "nspec_product"), "rq"),
    **dict.fromkeys(("norm2_above_norminf", "norm1_above_norm2", "norm1_above_norminf"), "x"),
    **dict.fromkeys(("norm1_above_root", "norm1_squared", "norminf_root", "norminf_times"), "x"),
    **dict.fromkeys(("psd_schur", "posdef_schur", "invertible_expm"), "n"),
    **dict.fromkeys(("lmax_triangle", "lmin_triangle"), "nn"),
}
SCHEMA_DATA = {
    **dict.fromkeys(("vec_dot",), "rr"),
    **dict.fromkeys(("K_kron", "rank_kron"), "rq"),
    **dict.fromkeys(("K_inverse", "rank_T", "rank_gram", "rank_pinv", "rank_pinv_trace", "rank_full"), "r"),
    **dict.fromkeys(("norm1_T", "norminf_T", "nspec_T", "nnuc_T", "normmax_T"), "r"),
    **dict.fromkeys(("det_lemma", "det_lemma_adj"), "nxx"),
    **dict.fromkeys(("rank_outer", "diag_outer", "recip_mul"), "xx"),
    **dict.fromkeys(("lmax_shift", "lmin_shift", "rank_scale"), "sn"),
    **{f"{f}_scale": "sr" for f in ("normF", "norm1", "norminf", "normmax", "nspec", "nnuc")},
    "norm2_scale": "sx",
    "det_sylvester": "rq",
    "rank_wide": "q",
    "rank_tall": "rq",
    "diagvec_diag": "x",
    "diagvec_product": "rr",
    "had_outer": "xxxx",
    "had_form": "xnnx",
}
INVERTED = {"rank_left": [0], "rank_right": [1], "expm_similar": [0]}


def at(tree, env):
    """The tree by NumPy."""
    if tree.op in SPECIAL:
        return SPECIAL[tree.op](at(tree.args[0], env))
    if not tree.args or tree.op in ("eye", "zeros", "ones", "K", "index"):
        return value(tree, env)
    if tree.op == "block":
        return np.block([[np.atleast_2d(at(cell, env)) for cell in row.args] for row in tree.args])
    return apply(tree.op, [at(arg, env) for arg in tree.args])


def filled(kinds, name, rng):
    """Trees and values of data, symmetric where eigenvalues are taken."""
    trees = [variable(f"d{i}", kind) for i, kind in enumerate(kinds)]
    about = "symmetric" if name.startswith(SYMMETRIC) else ""
    env = {tree.value: random_value(about if len(tree.shape) == 2 else "", tree.shape, rng) for tree in trees}
    return trees, env


@pytest.mark.parametrize("name", [name for name in MATRIX_RULES if name != "psd_inverse_order"])
def test_a_rule_concludes_what_is_true(name):
    rule = MATRIX_RULES[name]
    for seed in range(30):
        rng = np.random.default_rng(seed)
        vector = name in ("posdef_diag", "psd_diag", "positive_nonneg_array")
        premises = [variable(f"p{i}", "x" if vector else "n") for i in range(len(rule.premises))]
        data, env = filled(RULE_DATA.get(name, "n" * rule.data), name, rng)
        env |= {p.value: random_value(kind, p.shape, rng) for p, kind in zip(premises, rule.premises, strict=True)}
        built = plain(rule.build(variable("c", "n"), premises, data), {"n": 3, "m": 2})
        assert holds(rule.gives, at(built, env)), env


def test_the_inverse_reverses_the_order_only_of_the_matrices_that_were_compared():
    A, B = variable("A", "n"), variable("B", "n")
    rule = MATRIX_RULES["psd_inverse_order"]
    with pytest.raises(Rejected):
        rule.build(A, [A, B, minus(A, B)], [])
    built = rule.build(A, [A, B, minus(B, A)], [])
    rng = np.random.default_rng(1)
    low, gap = random_value("posdef", A.shape, rng), random_value("psd", A.shape, rng)
    assert holds("psd", at(built, {"A": low, "B": low + gap}))


@pytest.mark.parametrize("name", [name for name in MATRIX_SCHEMAS if name != "eig_similar"])
def test_a_relation_vanishes_at_random_values(name):
    schema = MATRIX_SCHEMAS[name]
    for seed in range(10):
        trees, env = filled(SCHEMA_DATA.get(name, "n" * schema.count), name, np.random.default_rng(seed))
        args = [make("inv", tree) if k in INVERTED.get(name, []) else tree for k, tree in enumerate(trees)]
        built = plain(schema.build(*args), {"n": 3, "m": 2})
        scale = 1 + max(np.abs(v).max() for v in env.values())
        np.testing.assert_allclose(at(built, env), 0, atol=1e-7 * scale**12)


def test_eigenvalues_of_similar_matrices():
    A, Q = random_value("symmetric", (variable("A", "n").shape), np.random.default_rng(2)), np.eye(3)[::-1]
    tree = MATRIX_SCHEMAS["eig_similar"].build(make("inv", variable("Q", "n")), variable("A", "n"))
    np.testing.assert_allclose(at(plain(tree, {"n": 3}), {"A": A, "Q": Q}), 0, atol=1e-9)
    with pytest.raises(Rejected):
        MATRIX_SCHEMAS["eig_similar"].build(variable("Q", "n"), variable("A", "n"))


def test_sums_of_an_array_and_a_number_are_not_compared():
    x, c = variable("x", "x"), num(1)
    for name in ("norm_triangle", "norm1_triangle", "norminf_triangle", "normmax_triangle"):
        with pytest.raises(Rejected):
            MATRIX_RULES[name].build(x, [], [x, c])


CLAIMS = {
    "rank(P @ A) == rank(A)": {"P": "n n invertible", "A": "n m"},
    "rank(A @ Q) == rank(A)": {"Q": "m m invertible", "A": "n m"},
    "rank(A @ B) == rank(B)": {"A": "n m fullcol", "B": "m p"},
    "rank(A) == m": {"A": "n m fullcol"},
    "rank(outer(x, y)) == 1": {"x": "n nonzero", "y": "m nonzero"},
    "inv(kron(A, B)) == kron(inv(A), inv(B))": {"A": "n n invertible", "B": "m m invertible"},
    "det(A + outer(u, v)) == (1 + v @ inv(A) @ u)*det(A)": {"A": "n n invertible", "u": "n", "v": "n"},
    "posdef(expm(A))": {"A": "n n symmetric"},
    "psd(pinv(A))": {"A": "n n psd"},
    "posdef(diag(x))": {"x": "n positive"},
    "trace(A @ B) >= 0": {"A": "n n psd", "B": "n n psd"},
    "lmin(A) > 0": {"A": "n n posdef"},
    "x @ A @ x <= lmax(A)*nsq(x)": {"A": "n n symmetric", "x": "n"},
}


@pytest.mark.parametrize("text", CLAIMS)
def test_a_claim_for_all_sizes_is_rejected_without_its_hypotheses(text):
    verdict = verdict_of(read_claim(text, **CLAIMS[text]))
    assert verdict.scope == "all sizes"
    data = copy.deepcopy(verdict.certificate.data)
    assert check(data).scope == "all sizes"
    data["claim"]["hypotheses"] = [["true"] for _ in data["claim"]["hypotheses"]]
    with pytest.raises(Rejected):
        check(data)


UNCONDITIONAL = {
    "kron(A, B) @ kron(C, D) == kron(A @ C, B @ D)": {"A": "m n", "B": "p q", "C": "n r", "D": "q s"},
    "K(p, m) @ kron(A, B) @ K(n, q) == kron(B, A)": {"A": "m n", "B": "p q"},
    "det(eye(n) + A @ B) == det(eye(m) + B @ A)": {"A": "n m", "B": "m n"},
    "normF(A @ B) <= normF(A)*normF(B)": {"A": "n m", "B": "m p"},
    "nspec(A + B) <= nspec(A) + nspec(B)": {"A": "n m", "B": "n m"},
    "rank(A) + rank(B) - n <= rank(A @ B)": {"A": "m n", "B": "n p"},
    "expm(A) @ expm(-A) == eye(n)": {"A": "n n"},
}


@pytest.mark.parametrize("text", UNCONDITIONAL)
def test_unconditional_claims_hold_for_all_sizes_and_no_stronger_ones(text):
    verdict = verdict_of(read_claim(text, **UNCONDITIONAL[text]))
    assert verdict.scope == "all sizes"
    data = copy.deepcopy(verdict.certificate.data)
    op, left, right = data["claim"]["claim"]
    data["claim"]["claim"] = [op, ["mul", ["num", "2"], left], right]
    with pytest.raises(Rejected):
        check(data)
