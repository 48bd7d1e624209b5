"""Claims from fields and text: every kind is read, and what cannot be read is named in one sentence."""

from fractions import Fraction

import pytest

from hessmath.errors import FormulaError, InputError, WrongKind
from hessmath.verify.claims import Asymptotic, AtPoint, Convexity, CriticalPoint, Limit
from hessmath.verify.pipeline import check
from hessmath.verify.reading import KINDS, claim, read_claim, read_fields

SCALAR = {"f": "x**2 + y**2", "vars": ["x", "y"]}
EXAMPLES = {
    "identity": {"vars": {"A": ["n", "n"]}, "lhs": "A.T.T", "rhs": "A"},
    "predicate": {"vars": {"A": ["m", "n"]}, "claim": "symmetric(A.T @ A)"},
    "implication": {"vars": {"x": []}, "hypotheses": ["x > 1"], "claim": "x > 0"},
    "gradient": {"vars": {"x": ["n"]}, "f": "x @ x", "wrt": "x", "claim": "2*x"},
    "jacobian": {"vars": {"A": ["m", "n"], "x": ["n"]}, "f": "A @ x", "wrt": "x", "claim": "A"},
    "hessian": {"vars": {"x": ["n"]}, "f": "x @ x", "wrt": "x", "claim": "2*eye(n)"},
    "gradient_sym": {
        "vars": {"X": ["n", "n"], "A": ["n", "n"]}, "f": "trace(A @ X)", "wrt": "X",
        "claim": "A + A.T - diagpart(A)", "hypotheses": ["symmetric(X)"],
    },
    "gradient_diag": {
        "vars": {"X": ["n", "n"], "A": ["n", "n"]}, "f": "trace(A @ X)", "wrt": "X", "claim": "diagvec(A)",
        "hypotheses": ["diagonal(X)"],
    },
    "dirderiv": {"vars": {"x": ["n"], "v": ["n"]}, "f": "x @ x", "wrt": "x", "direction": "v", "claim": "2*(x @ v)"},
    "dirderiv2": {
        "vars": {"x": ["n"], "v": ["n"]}, "f": "x @ x", "wrt": "x", "direction": ["v", "v"], "claim": "2*(v @ v)",
    },
    "grad_hess": SCALAR | {"gradient": ["2*x", "2*y"], "hessian": [["2", "0"], ["0", "2"]]},
    "point": {"f": "Abs(x)", "vars": ["x"], "point": {"x": 0}, "claim": "not differentiable"},
    "convexity": SCALAR | {"domain": "R^2", "property": "strictly_convex"},
    "definiteness": {"matrix": [["2", "-1"], [-1, "2"]], "property": "posdef"},
    "critical_point": SCALAR | {"point": ["0", 0], "classification": "strict_local_min"},
    "limit": {"f": "1/x", "vars": ["x"], "to": "oo", "claim": 0},
    "asymptotic": {"f": "1/(1 + e)", "vars": ["e"], "to": 0, "claim": "1 - e", "order": 2},
    "derivation": {"vars": {"a": [], "b": []}, "lines": ["(a + b)**2", "(a + b)*(a + b)", "a**2 + 2*a*b + b**2"]},
}  # fmt: skip


def fields(kind, /, **changes):
    return {"id": "c", "kind": kind} | EXAMPLES[kind] | changes


def test_there_is_an_example_of_every_kind():
    assert EXAMPLES.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", EXAMPLES)
def test_a_true_claim_of_every_kind_is_read_and_proved(kind):
    verdict = check(read_fields(fields(kind)))
    assert verdict.name == "proved", str(verdict)


@pytest.mark.parametrize("kind", EXAMPLES)
def test_every_part_of_a_claim_has_a_text_and_json(kind):
    for part in read_fields(fields(kind)).parts():
        assert part.text
        assert part.to_json()["kind"] in ("relation", "point", "convexity", "critical_point", "limit", "asymptotic")


def test_a_claim_with_several_verdicts_has_parts_with_names():
    assert [part.id for part in read_fields(fields("grad_hess")).parts()] == ["c/gradient", "c/hessian"]
    assert [part.id for part in read_fields(fields("derivation")).parts()] == ["c/1", "c/2"]
    with pytest.raises(WrongKind, match="several claims"):
        read_fields(fields("derivation")).to_json()


def test_numbers_are_exact():
    assert read_fields(fields("critical_point", point=["0.1", "1/3"])).data.point == (Fraction(1, 10), Fraction(1, 3))
    assert read_fields(fields("critical_point", point=["1/2 + 1/2", "2**3"])).data.point == (1, 8)


def test_each_scalar_kind_keeps_its_own_record():
    kinds = {
        "critical_point": CriticalPoint, "convexity": Convexity, "point": AtPoint, "limit": Limit,
        "asymptotic": Asymptotic,
    }  # fmt: skip
    for kind, record in kinds.items():
        assert isinstance(read_fields(fields(kind)).data, record)


def test_a_domain_becomes_hypotheses_of_both_derivatives():
    read = read_fields(fields("grad_hess", domain="x, y > 0"))
    assert [len(part.hypotheses) for part in read.parts()] == [2, 2]


def test_text_with_declarations_is_a_claim():
    read = read_claim("trace(A) > 0", A="n n posdef", hypotheses=["det(A) == 1"])
    assert read.text == "trace(A) > 0, given posdef(A) and det(A) == 1"
    assert read.size_names == ("n",)


def test_a_claim_is_itself_and_a_dict_is_read():
    read = read_fields(fields("identity"))
    assert read_claim(read) is read
    assert read_claim(fields("identity")) == read


def test_the_builder_takes_the_fields_of_files():
    built = claim("c", kind="gradient", vars={"x": "n"}, f="x @ x", wrt="x", claim="2*x", repairs="b", note="why")
    assert built.repairs == "b"
    assert built.statement == read_fields(fields("gradient")).statement


def test_sizes_that_do_not_fit_make_the_claim_ill_posed_with_both_shapes():
    verdict = check(read_claim("A @ B == B", A="n m", B="n k"))
    assert verdict.name == "ill_posed"
    assert "(n, m) and (n, k)" in str(verdict)
    assert verdict.certificate is None


def test_a_point_may_be_irrational():
    verdict = check(read_fields(fields("critical_point", point=["sqrt(2)", "0"])))
    assert verdict.name == "refuted"
    assert "sqrt(2)" in verdict.claim.text


def test_a_derivation_with_a_wrong_step_names_it():
    read = read_fields(fields("derivation", lines=["(a + b)**2", "a**2 + b**2", "b**2 + a**2"]))
    assert [check(part).name for part in read.parts()] == ["refuted", "proved"]


BAD = [
    ({"kind": None}, "claim 'c': the field kind is missing"),
    ({"kind": "identty"}, "there is no kind 'identty'; did you mean identity"),
    ({"lsh": "A"}, "there is no field 'lsh' in a claim of kind identity; did you mean lhs"),
    ({"rhs": None}, "the field rhs is text, but got None"),
    ({"rhs": " "}, "the field rhs is empty"),
    ({"rel": "=>"}, "rel is '=>', but it is one of: =="),
    ({"expected": "true"}, "expected is 'true', but it is one of: proved"),
    ({"field": "quaternion"}, "field is 'quaternion', but it is one of: real, complex"),
    ({"id": 3}, "The id of a claim is text, but this one is 3"),
    ({"vars": 7}, "vars maps names to sizes"),
    ({"vars": {"A": ["n", "n", "n"]}}, "the sizes of A are a list of at most two"),
    ({"vars": {"A": [0]}}, "a size of A is 0, but sizes are at least 1"),
    ({"vars": {"A": ["n-1"]}}, "a size of A is 'n-1'"),
    ({"vars": {"2A": []}}, "'2A' cannot be the name of a variable"),
    ({"hypotheses": 3}, "hypotheses is a list of texts"),
    ({"hypotheses": ["A.T"]}, "hypothesis 'A.T': an equation, an inequality or a property"),
    ({"hypotheses": ["unitary(A)"]}, "hypothesis 'unitary\\(A\\)': .*no function unitary"),
    ({"lhs": "A +"}, "claim 'c': lhs: Cannot read"),
    ({"lhs": "Z"}, "lhs: .*Z is not one of the declared names"),
    ({"lhs": "A == A"}, "lhs: a value is needed here"),
]


@pytest.mark.parametrize(("change", "message"), BAD, ids=[message[:40] for _, message in BAD])
def test_what_cannot_be_read_is_named(change, message):
    written = fields("identity", **change)
    if written["kind"] is None:
        del written["kind"]
    with pytest.raises(InputError, match=message):
        read_fields(written)


BAD_SCALAR = [
    ("predicate", {"claim": "A.T @ A"}, "a claim is an equation, an inequality or a property"),
    ("gradient", {"wrt": "y"}, "wrt is 'y', but it is one of the declared names \\(x\\)"),
    ("dirderiv2", {"direction": ["v", "v", "v"]}, "direction is a pair, but got"),
    ("grad_hess", {"gradient": ["2*x"]}, "gradient has one entry for each of x, y"),
    ("grad_hess", {"hessian": [["2", "0"], ["0"]]}, "hessian is a list of 2 rows of 2 texts"),
    ("grad_hess", {"domain": 3}, "domain is text or a list of conditions"),
    ("grad_hess", {"domain": "x + y"}, "domain: "),
    ("point", {"point": {"y": 0}}, "point gives a number for each of x, but y is not one of them"),
    ("point", {"claim": "smooth"}, "claim is 'smooth', but a point claim is one of"),
    ("point", {"claim": "d/dx of d/dx"}, "the field value is missing"),
    ("point", {"value": 1}, "the field value goes with a claim such as"),
    ("convexity", {"property": "convexx"}, "property is 'convexx', but it is one of"),
    ("convexity", {"mu": "1"}, "mu is the constant of strong convexity"),
    ("convexity", {"property": "strongly_convex", "mu": "-1"}, "mu must be positive, but it is -1"),
    ("definiteness", {"matrix": [["1", "2"]]}, "matrix has 1 rows, but one of them has 2 entries"),
    ("definiteness", {"matrix": []}, "matrix is a list of rows"),
    ("definiteness", {"matrix": [["x"]]}, "matrix: .*x is not one of the declared names"),
    ("critical_point", {"point": ["0"]}, "point has 1 coordinates, but there are 2 variables \\(x, y\\)"),
    ("critical_point", {"point": [True, 0]}, "point: True is not a number"),
    ("critical_point", {"point": ["1/0", 0]}, "point: '1/0' divides by zero"),
    ("critical_point", {"classification": "minimum"}, "classification is 'minimum', but it is one of"),
    ("critical_point", {"f": "x**2 + z"}, "f: .*z is not one of the declared names"),
    ("limit", {"vars": ["x", "y"]}, "a limit has one variable, but vars has 2"),
    ("asymptotic", {"order": 0}, "order is an integer from 1 to 50, but got 0"),
    ("asymptotic", {"variable": "h"}, "variable is 'h', but it is one of vars \\(e\\)"),
    ("derivation", {"lines": ["a"]}, "lines is a list of at least two expressions"),
    ("derivation", {"relations": ["=="]}, "relations has one entry between two lines, 2 here"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "change", "message"), BAD_SCALAR, ids=[f"{k}: {m[:30]}" for k, _, m in BAD_SCALAR])
def test_what_a_kind_cannot_use_is_named(kind, change, message):
    with pytest.raises(InputError, match=message):
        read_fields(fields(kind, **change))


@pytest.mark.parametrize("kind", EXAMPLES)
def test_a_missing_field_is_named(kind):
    name = KINDS[kind].needs[0]
    written = fields(kind)
    del written[name]
    with pytest.raises(InputError, match=f"claim 'c': the field {name} is missing; a claim of kind {kind} needs it"):
        read_fields(written)


def test_an_error_in_a_formula_keeps_its_column():
    with pytest.raises(FormulaError) as caught:
        read_fields(fields("identity", lhs="A + $"))
    assert caught.value.column == 5


def test_what_is_not_a_claim_is_refused():
    with pytest.raises(WrongKind, match="A claim is text, a dict of fields or a Claim, but this is int"):
        read_claim(3)
    with pytest.raises(InputError, match="Declarations such as A= go with a claim that is text"):
        read_claim(fields("identity"), A="n")
    with pytest.raises(InputError, match="'large' in the declaration of A is not a property"):
        read_claim("A == A", A="n n symmetric large")
    with pytest.raises(InputError, match='A is declared by text such as "n n symmetric", but got 3'):
        read_claim("A == A", A=3)
    with pytest.raises(InputError, match="the text is given twice"):
        claim("c", "x == x", claim="x == x", vars=["x"])


def test_a_scalar_in_an_integers_place_is_a_whole_number():
    fields = {
        "id": "geometric",
        "kind": "identity",
        "vars": {"A": ["n", "n"], "N": []},
        "rhs": "eye(n) - mpow(A, N + 1)",
    }
    claim = read_fields({**fields, "lhs": "psum(lambda k: mpow(A, k), 0, N) @ (eye(n) - A)"})
    assert claim.size_names == ("N", "n")
    with pytest.raises(FormulaError, match="an integer is needed"):
        read_fields({**fields, "lhs": "mpow(A, A[0, 0])", "vars": {"A": ["n", "n"], "N": []}})


@pytest.mark.parametrize("to", ["0", 0, {"x": 0}, ["0"], "x -> 0", "x → 0"])
def test_a_limit_says_where_it_goes_in_several_ways(to):
    claim = read_fields({"id": "sinc", "kind": "limit", "f": "sin(x)/x", "vars": ["x"], "to": to, "claim": "1"})
    assert claim.data.to == 0
