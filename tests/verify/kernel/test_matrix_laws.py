"""Every law: true at random values that meet its conditions; accepted in use and rejected without its hypotheses."""

import copy

import numpy as np
import pytest
from scipy.linalg import expm
from test_matrix_facts import at
from test_tables import holds

from hessmath.verify.kernel import Rejected, check
from hessmath.verify.kernel.matrix_laws import LAW_RULES, LAW_SCHEMAS, LAWS
from hessmath.verify.kernel.trees import Size, Tree, make, plain
from hessmath.verify.pipeline import check as verdict_of
from hessmath.verify.reading import read_claim

rand = np.random.default_rng
N, M = Size.of("n"), Size.of("m")
SIZES = {"n": 3, "m": 2}


def square(rng, n=3):
    return rng.uniform(-2, 2, (n, n))


def symmetric(rng, n=3):
    A = square(rng, n)
    return A + A.T


def posdef(rng, n=3):
    A = square(rng, n)
    return A @ A.T + 0.2 * np.eye(n)


def psd(rng):
    A = rng.uniform(-2, 2, (3, 2))
    return A @ A.T


def orthogonal(rng):
    return np.linalg.qr(square(rng))[0]


def similar(rng, D):
    S = square(rng) + 3 * np.eye(3)
    return S @ D @ np.linalg.inv(S)


def nilpotent(rng):
    return similar(rng, np.triu(square(rng), 1))


def idempotent(rng):
    return similar(rng, np.diag([1.0, 1.0, 0.0]))


def commuting(rng):
    A = 0.4 * square(rng)
    return A, A @ A - 2 * A + np.eye(3)


def commuting_definite(rng):
    A = posdef(rng) / 3
    return A, A @ A + A


def eigenpair(rng):
    A = 0.4 * symmetric(rng)
    values, Q = np.linalg.eigh(A)
    return A, Q[:, 0], np.array(values[0])


def null_form(rng):
    P = psd(rng)
    return P, np.linalg.eigh(P)[1][:, 0]


def orthogonal_ranges(rng):
    Q = orthogonal(rng)
    return [Q[:, :1] @ Q[:, :1].T, Q[:, 1:] @ Q[:, 1:].T]


def diagonal(rng):
    return np.diag(rng.uniform(0.5, 2, 3))


def singular(rng):
    A = similar(rng, np.diag([1.0, 2.0, 0.0]))
    return np.linalg.svd(A)[2][-1], A


def cells(rng):
    return [square(rng), rng.uniform(-1, 1, (3, 2)), rng.uniform(-1, 1, (2, 3)), square(rng, 2)]


def nothing(rng):
    return np.zeros((3, 3))


def number(rng):
    return np.array(rng.uniform(0.1, 2))


def vector(rng):
    return rng.uniform(-2, 2, 3)


SAMPLES = {
    "nonneg_antisymmetry": lambda r: ([np.array(0.0), np.array(0.0)], []),
    "nonneg_root": lambda r: ([a := number(r), a], []),
    "psd_antisymmetry": lambda r: ([nothing(r), nothing(r)], []),
    "psd_trace_zero": lambda r: ([nothing(r)], []),
    "psd_null": lambda r: ((pair := null_form(r))[:1], pair[1:]),
    "psd_product_zero": lambda r: (orthogonal_ranges(r), []),
    "psd_root": lambda r: ([A := psd(r), A], []),
    "orthogonal_left": lambda r: ([orthogonal(r)], []),
    "orthogonal_right": lambda r: ([orthogonal(r)], []),
    "psd_symmetric": lambda r: ([psd(r)], []),
    "inv_unique": lambda r: ([], [A := square(r), np.linalg.inv(A)]),
    "pinv_unique": lambda r: ([], [A := psd(r), np.linalg.pinv(A)]),
    "block_cells": lambda r: ([], [*(four := cells(r)), *four]),
    **dict.fromkeys(("diagonal_symmetric", "diagonal_inverse"), lambda r: ([], [diagonal(r)])),
    **dict.fromkeys(("diagonal_commute", "diagonal_product"), lambda r: ([], [diagonal(r), diagonal(r)])),
    **dict.fromkeys(("nilpotent_trace", "nilpotent_det", "unipotent_det"), lambda r: ([nilpotent(r)], [])),
    "nilpotent_normal": lambda r: ([nothing(r)], []),
    "nilpotent_eigenvalue": lambda r: ([A := nilpotent(r), np.linalg.svd(A)[2][-1]], [np.array(0.0)]),
    "idempotent_rank": lambda r: ([], [idempotent(r)]),
    "expm_idempotent": lambda r: ([], [idempotent(r)]),
    "expm_square_zero": lambda r: ([], [similar(r, np.eye(3, k=2))]),
    "expm_involutory": lambda r: ([], [similar(r, np.diag([1.0, -1.0, 1.0]))]),
    "expm_add": lambda r: ([], list(commuting(r))),
    "expm_commutes_with": lambda r: ([], list(commuting(r))),
    "expm_vector": lambda r: ([], list(eigenpair(r))),
    "det_singular": lambda r: ((pair := singular(r))[:1], pair[1:]),
    "det_block_commuting": lambda r: ([], [(pair := commuting(r))[0], square(r), pair[1], square(r)]),
    "rank_zero": lambda r: ([], [nothing(r)]),
    **dict.fromkeys(("nspec_psd", "nnuc_psd"), lambda r: ([psd(r)], [])),
    **{
        f"{f}_orthogonal_{side}": lambda r: ([orthogonal(r)], [square(r)])
        for f in ("nspec", "nnuc")
        for side in ("left", "right")
    },
    **{f"{f}_orthogonal": lambda r: ([orthogonal(r)], [symmetric(r)]) for f in ("eigs", "lmin", "lmax")},
    **{f"{f}_scale": lambda r: ([number(r)], [symmetric(r)]) for f in ("eigs", "lmin", "lmax")},
    **{
        f"{f}_scale_nonneg": lambda r: ([number(r)], [square(r)])
        for f in ("normF", "norm1", "norminf", "normmax", "nspec", "nnuc")
    },
    "norm2_scale_nonneg": lambda r: ([number(r)], [vector(r)]),
    **dict.fromkeys(("lmax_inverse", "lmin_inverse", "eig_logdet"), lambda r: ([posdef(r)], [])),
}
RULE_SAMPLES = {
    "nilpotent_T": lambda r: ([nilpotent(r)], []),
    "nilpotent_scale": lambda r: ([nilpotent(r)], [number(r)]),
    "nilpotent_mul": lambda r: ([A := nilpotent(r)], [A @ A - 3 * A + np.eye(3)]),
    "nilpotent_add": lambda r: ([A := nilpotent(r), 2 * A @ A + A], []),
    "invertible_unipotent": lambda r: ([nilpotent(r)], []),
    "orthogonal_expm": lambda r: ([(A := square(r)) - A.T], []),
    "psd_albert": lambda r: ([A := psd(r), psd(r)], [A @ square(r)]),
    "psd_block_gram": lambda r: ([psd(r)], [square(r), r.uniform(-1, 1, (3, 2))]),
    "psd_cauchy": lambda r: ([], [vector(r)]),
    "posdef_commuting": lambda r: (list(commuting_definite(r)), []),
    "psd_commuting": lambda r: (list(commuting_definite(r)), []),
    "eigs_positive": lambda r: ([posdef(r)], []),
    "eigs_nonneg": lambda r: ([psd(r)], []),
    "trace_of_product": lambda r: ([psd(r), psd(r)], []),
    "trace_of_inverse": lambda r: ([posdef(r)], []),
    "det_superadditive": lambda r: ([posdef(r), posdef(r)], []),
    "cauchy_dual": lambda r: ([posdef(r)], [vector(r), vector(r)]),
    "lmin_monotone": lambda r: ([psd(r)], [symmetric(r)]),
    "lmax_monotone": lambda r: ([psd(r)], [symmetric(r)]),
    **{
        f"{a}_{side}": lambda r: ([], [r.uniform(-2, 2, (3, 2))])
        for a in ("normF_below_nspec", "nnuc_below_normF")
        for side in ("rows", "columns")
    },
}
SCHEMA_SAMPLES = {
    "recip_had": lambda r: [1 + np.abs(vector(r)), vector(r)],
    "sign_ratio": lambda r: [number(r) - 3],
    "block_add": lambda r: [*cells(r), *cells(r)],
    "block_mul": lambda r: [*cells(r), *cells(r)],
    "block_scale": lambda r: [number(r), *cells(r)],
    "block_T": cells,
    "block_eye": lambda r: [square(r), square(r, 2)],
    "block_trace": cells,
    "det_lower": lambda r: [(four := cells(r))[0], four[2], four[3]],
    "det_twins": lambda r: [square(r), square(r)],
    "rank_of_zero": lambda r: [square(r)],
    "rank_diagonal_blocks": lambda r: [psd(r), r.uniform(-1, 1, (2, 3))],
    "rank_guttman": cells,
    "expm_diag": lambda r: [vector(r)],
    "expm_multiple": lambda r: [number(r), square(r)],
    "nspec_square": lambda r: [r.uniform(-1, 1, (3, 2))],
    "nspec_outer": lambda r: [vector(r), r.uniform(-1, 1, 2)],
    "nnuc_outer": lambda r: [vector(r), r.uniform(-1, 1, 2)],
    "nspec_eye": lambda r: [square(r)],
    "nnuc_eye": lambda r: [square(r)],
    "det_eigL": lambda r: [symmetric(r)],
    "lmin_multiple": lambda r: [number(r), square(r)],
    "lmax_multiple": lambda r: [number(r), square(r)],
    "eigs_shift": lambda r: [number(r), symmetric(r)],
    "trace_commutation": lambda r: [square(r)],
}
ELSEWHERE = {
    "det_fischer", "invertible_complement", "nilpotent_square",
    "nilpotent_cube", "invertible_eigL", "posdef_lmin", "psd_lmin",
    *(f"{kind}_{part}" for kind in ("posdef", "psd") for part in ("first", "last", "complement", "complement_first")),
}  # fmt: skip
"""Rules that take expressions apart: tried through the claims below."""


def variables(values, prefix):
    """Variables with the shapes of arrays."""
    names = {3: N, 2: M}
    return [Tree("var", (), f"{prefix}{i}", tuple(names[k] for k in np.shape(v))) for i, v in enumerate(values)]


def spectral(tree, env):
    """NumPy's value, with what the other tests do not know."""
    if tree.op in ("eigL", "eigs"):
        values = np.linalg.eigvalsh(spectral(tree.args[0], env))
        return np.diag(values) if tree.op == "eigL" else values
    if tree.op == "expm":
        return expm(spectral(tree.args[0], env))
    if tree.op in ("det", "add", "neg", "mul", "log", "sum", "exp"):
        inner = [spectral(arg, env) for arg in tree.args]
        rest = tuple(Tree("var", (), f" {i}", arg.sort) for i, arg in enumerate(tree.args))
        return at(make(tree.op, *rest), {f" {i}": v for i, v in enumerate(inner)})
    return at(tree, env)


@pytest.mark.parametrize("name", LAWS)
def test_a_law_holds_where_its_conditions_do(name):
    law = LAWS[name]
    for seed in range(12):
        given, more = SAMPLES[name](rand(seed))
        premises, data = variables(given, "p"), variables(more, "d")
        env = {tree.value: v for tree, v in zip([*premises, *data], [*given, *more], strict=True)}
        assert (len(premises), len(data)) == (len(law.premises), law.data)
        for zero in law.zeros(premises, data):
            np.testing.assert_allclose(spectral(plain(zero, SIZES), env), 0, atol=1e-7)
        for predicate, v in zip(law.premises, given, strict=True):
            assert predicate == "nilpotent" or holds(predicate, v)
        built = plain(law.build(premises, data), SIZES)
        np.testing.assert_allclose(spectral(built, env), 0, atol=2e-5)


@pytest.mark.parametrize("name", [name for name in LAW_RULES if name not in ELSEWHERE])
def test_a_rule_concludes_what_is_true(name):
    rule = LAW_RULES[name]
    for seed in range(12):
        given, more = RULE_SAMPLES[name](rand(seed))
        premises, data = variables(given, "p"), variables(more, "d")
        env = {tree.value: v for tree, v in zip([*premises, *data], [*given, *more], strict=True)}
        claimed = Tree("var", (), "c", (N, N))
        for zero in rule.zeros(claimed, premises, data) if rule.zeros else []:
            np.testing.assert_allclose(spectral(plain(zero, SIZES), env), 0, atol=1e-7)
        value = spectral(plain(rule.build(claimed, premises, data), SIZES), env)
        if rule.gives == "nilpotent":
            assert np.abs(np.linalg.eigvals(value)).max() < 1e-3
        else:
            assert holds(rule.gives, value)


@pytest.mark.parametrize("name", LAW_SCHEMAS)
def test_a_relation_vanishes_at_random_values(name):
    for seed in range(8):
        values = SCHEMA_SAMPLES[name](rand(seed))
        data = variables(values, "d")
        built = plain(LAW_SCHEMAS[name].build(*data), SIZES)
        env = {tree.value: v for tree, v in zip(data, values, strict=True)}
        np.testing.assert_allclose(spectral(built, env), 0, atol=1e-8)


CLAIMS = {
    "trace(A) == 0": {"A": "n n nilpotent"},
    "det(eye(n) + A) == 1": {"A": "n n nilpotent"},
    "invertible(eye(n) - A)": {"A": "n n nilpotent"},
    "trace(P) == rank(P)": {"P": "n n idempotent"},
    "expm(P) == eye(n) + (E - 1)*P": {"P": "n n idempotent"},
    "nnuc(A) == trace(A)": {"A": "n n psd"},
    "nspec(Q @ A) == nspec(A)": {"Q": "n n orthogonal", "A": "n n"},
    "orthogonal(expm(S))": {"S": "n n skew"},
    "lmax(inv(A)) == 1/lmin(A)": {"A": "n n posdef"},
    "det(A + B) >= det(A) + det(B)": {"A": "n n psd", "B": "n n psd"},
    "trace(A @ B) <= trace(A)*trace(B)": {"A": "n n psd", "B": "n n psd"},
    "psd_ge(A + inv(A), 2*eye(n))": {"A": "n n posdef"},
    "norm2(P @ x) <= norm2(x)": {"P": "n n symmetric idempotent", "x": "n"},
    "inv(inv(A) + inv(B)) == A @ inv(A + B) @ B": {"A": "n n posdef", "B": "n n posdef"},
}
GIVEN = {
    "D @ F == F @ D": ("diagonal(D) and diagonal(F)", {"D": "n n", "F": "n n"}),
    "invertible(D - C @ inv(A) @ B)": (
        "invertible(block([A, B], [C, D]))",
        {"A": "n n invertible", "B": "n m", "C": "m n", "D": "m m"},
    ),
    "det(block([A, B], [B.T, C])) <= det(A)*det(C)": (
        "psd(block([A, B], [B.T, C]))",
        {"A": "n n", "B": "n m", "C": "m m"},
    ),
    "posdef(A)": ("posdef(block([A, B], [B.T, C]))", {"A": "n n", "B": "n m", "C": "m m"}),
    "posdef(C)": ("posdef(block([A, B], [B.T, C]))", {"A": "n n", "B": "n m", "C": "m m"}),
    "expm(A + B) == expm(A) @ expm(B)": ("commute(A, B)", {"A": "n n", "B": "n n"}),
    "A == zeros(n, m)": ("rank(A) == 0", {"A": "n m"}),
    "psd(eye(n) - outer(x, x))": ("x @ x <= 1", {"x": "n"}),
    "invertible(A)": ("det(A) != 0", {"A": "n n"}),
    "posdef(P)": ("lmin(P) > 0", {"P": "n n symmetric"}),
    "nilpotent(A)": ("A @ A @ A == zeros(n, n)", {"A": "n n"}),
    "det(A - l*eye(n)) == 0": ("A @ v == l*v", {"A": "n n", "v": "n nonzero", "l": ""}),
}


def _checked(verdict):
    assert verdict.scope == "all sizes"
    data = copy.deepcopy(verdict.certificate.data)
    assert check(data).scope == "all sizes"
    data["claim"]["hypotheses"] = [["true"] for _ in data["claim"]["hypotheses"]]
    with pytest.raises(Rejected):
        check(data)


@pytest.mark.parametrize("text", CLAIMS)
def test_a_claim_for_all_sizes_is_rejected_without_its_hypotheses(text):
    _checked(verdict_of(read_claim(text, **CLAIMS[text])))


@pytest.mark.parametrize("text", GIVEN)
def test_a_claim_is_rejected_without_what_is_given(text):
    given, names = GIVEN[text]
    _checked(verdict_of(read_claim(text, hypotheses=[given], **names)))


def _laws(obj):
    if isinstance(obj, dict):
        if obj.get("relation") and obj["relation"][0] in LAWS:
            yield obj["relation"]
        for part in obj.values():
            yield from _laws(part)
    if isinstance(obj, list):
        for part in obj:
            yield from _laws(part)


@pytest.mark.parametrize("text", ["trace(P) == rank(P)", "nspec(Q @ A) == nspec(A)", "expm(P) == eye(n) + (E - 1)*P"])
def test_a_law_is_rejected_with_less_or_more_or_with_another_name(text):
    good = verdict_of(read_claim(text, **CLAIMS[text])).certificate.data
    for k in (1, 2, 3):
        for change in ("less", "more"):
            wrong = copy.deepcopy(good)
            (relation,) = _laws(wrong["proof"])
            if change == "less" and not relation[k]:
                continue
            relation[k] = relation[k][:-1] if change == "less" else [*relation[k], *(relation[k] or [[]])[:1]]
            with pytest.raises(Rejected):
                check(wrong)
    for other in LAWS:
        wrong = copy.deepcopy(good)
        (relation,) = _laws(wrong["proof"])
        if other != relation[0]:
            relation[0] = other
            with pytest.raises(Rejected):
                check(wrong)


HESSIANS = {
    "trace(X @ X)": "2*K(n, n)",
    "nsq(X)": "2*eye(n*n)",
    "trace(X.T @ A @ X)": "kron(eye(n), A + A.T)",
}


@pytest.mark.parametrize("f", HESSIANS)
def test_a_hessian_in_a_matrix_is_compared_along_new_directions(f):
    fields = {"id": "h", "kind": "hessian", "f": f, "wrt": "X", "claim": HESSIANS[f]}
    verdict = verdict_of(read_claim(fields | {"vars": {"X": ["n", "n"], "A": ["n", "n"]}}))
    assert verdict.scope == "all sizes"
    good = verdict.certificate.data
    for change in ({"names": ["X", "V"]}, {"names": ["U", "U"]}, {"names": ["U"]}, {"terms": []}):
        wrong = copy.deepcopy(good)
        wrong["proof"]["cases"][0]["goals"][0] |= change
        with pytest.raises(Rejected):
            check(wrong)
    wrong = copy.deepcopy(good)
    wrong["claim"]["claim"][2] = ["mul", ["num", "3"], wrong["claim"]["claim"][2]]
    with pytest.raises(Rejected):
        check(wrong)


def test_blocks_need_two_rows_and_columns_and_the_cell_that_is_named():
    P = Tree("var", (), "P", (N, N))
    for name in ("posdef_first", "posdef_last", "posdef_complement"):
        with pytest.raises(Rejected):
            LAW_RULES[name].build(P, [P], [])
    row = make("row", P, P)
    whole = make("block", row, row)
    with pytest.raises(Rejected):
        LAW_RULES["psd_complement"].build(P, [whole, make("T", P)], [])


def test_every_row_is_tried():
    assert set(LAWS) == set(SAMPLES)
    assert set(LAW_RULES) == set(RULE_SAMPLES) | ELSEWHERE
    assert set(LAW_SCHEMAS) == set(SCHEMA_SAMPLES)
