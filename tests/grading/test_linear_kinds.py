"""What every kind of linear algebra, critical points, iterates and arguments keeps to."""

import re
from pathlib import Path

import pytest

import hessmath.grading as grading
from hessmath.errors import InputError
from hessmath.grading import Exercise, Verdict
from hessmath.grading.diagnosis import SEEN
from hessmath.grading.feedback import templates
from hessmath.grading.kinds import KINDS, arrays, calculus, expressions, programs, sets

CATALOGUE = [
    {"kind": "quadratic_form", "matrix": [[1, 2], [2, 5]], "variables": "x y"},
    {"kind": "quadratic_form", "matrix": [["a", 2], [2, "a"]], "variables": "x y a", "constants": "a"},
    {"kind": "symmetric_matrix_of_form", "form": "x^2 + 4xy - 5y^2", "variables": "x y"},
    {"kind": "definiteness", "matrix": [[2, 1], [1, 2]]},
    {"kind": "definiteness", "form": "x^2 - y^2 + z x", "variables": "x y z"},
    {"kind": "definiteness", "matrix": [["sqrt(2)", 1], [1, "sqrt(2)"]]},
    {"kind": "matrix_property", "matrix": [[0, 1], [1, 0]], "property": "orthogonal"},
    {"kind": "matrix_property", "matrix": [[1, 1], [0, 1]], "property": ["diagonalizable", "triangular", "singular"]},
    {"kind": "rayleigh_quotient", "matrix": [[2, 1], [1, 2]], "vector": [1, 2]},
    {"kind": "critical_points", "function": "x^3 - 3x + y^2", "variables": "x y"},
    {"kind": "critical_points", "function": "x^4 + y^4", "variables": "x y"},
    {"kind": "critical_points", "function": "x^4 + y^4 - 4xy", "variables": "x y"},
    {"kind": "critical_points", "function": "x^3 - 6x", "variables": "x"},
    {"kind": "critical_points", "function": "x^3 - 6x", "variables": "x", "where": "x > 0", "kinds": False},
    {"kind": "critical_points", "function": "exp(x) + y", "variables": "x y"},
    {"kind": "classify_point", "function": "xy", "point": [0, 0], "variables": "x y"},
    {"kind": "classify_point", "function": "x^2 y^2", "point": [0, 0], "variables": "x y"},
    {"kind": "classify_point", "function": "x^3", "point": [0], "variables": "x"},
    {"kind": "classify_point", "function": "x^3", "point": [1], "variables": "x"},
    {"kind": "convexity", "function": "x^2 + y^2 + xy", "variables": "x y"},
    {"kind": "convexity", "function": "x^3", "variables": "x", "where": "x > 0"},
    {"kind": "convexity", "function": "2x + 3", "variables": "x"},
    {"kind": "convexity", "function": "x^3", "variables": "x"},
    {"kind": "eigenvalues", "matrix": [[2, 1], [1, 2]]},
    {"kind": "eigenvalues", "matrix": [[0, -1], [1, 0]]},
    {"kind": "eigenvalues", "matrix": [[0, -1], [1, 0]], "domain": "real"},
    {"kind": "eigenvalues", "matrix": [["a", "b"], ["b", "a"]], "variables": "a b"},
    {"kind": "eigenvalues", "matrix": [[1, 1, 0], [1, 1, 0], [0, 0, 2]]},
    {"kind": "eigenvector", "matrix": [[2, 1], [1, 2]], "eigenvalue": 3, "normalised": True},
    {"kind": "eigenvector", "matrix": [[2, 1], [1, 1]]},
    {"kind": "eigenspace_basis", "matrix": [[2, 1, 1], [1, 2, 1], [1, 1, 2]], "eigenvalue": 1, "orthonormal": True},
    {"kind": "eigenspace_basis", "matrix": [[1, 2], [0, 3]], "eigenvalue": 3},
    {"kind": "eigenpairs", "matrix": [[2, 1, 1], [1, 2, 1], [1, 1, 2]]},
    {"kind": "eigenpairs", "matrix": [[1, 1], [0, 2]], "normalised": True},
    {"kind": "diagonalisation", "matrix": [[1, 1], [0, 2]]},
    {"kind": "diagonalisation", "matrix": [[1, 1], [0, 1]]},
    {"kind": "diagonalisation", "matrix": [[1, 1], [1, 0]]},
    {"kind": "orthogonal_diagonalisation", "matrix": [[2, 1, 1], [1, 2, 1], [1, 1, 2]]},
    {"kind": "orthogonal_diagonalisation", "matrix": [[0, 1], [1, 1]]},
    {"kind": "svd", "matrix": [[3, 0], [4, 5]]},
    {"kind": "svd", "matrix": [[1, 0, 1], [0, 1, 0]]},
    {"kind": "svd", "matrix": [[0, 0], [0, 0]]},
    {"kind": "qr", "matrix": [[1, 1], [1, 0], [0, 1]]},
    {"kind": "rank", "matrix": [[1, 2, 0], [2, 4, 0]]},
    {"kind": "determinant", "matrix": [[1, 2], [3, 4]]},
    {"kind": "determinant", "matrix": [["a", 2, 1], [3, "b", 1], [0, 1, "a"]], "variables": "a b"},
    {"kind": "inverse", "matrix": [[1, 2], [3, 4]]},
    {"kind": "inverse", "matrix": [["a", "b"], ["c", "d"]], "variables": "a b c d"},
    {"kind": "inverse", "matrix": [[1, 2], [2, 4]]},
    {"kind": "pseudo_inverse", "matrix": [[1, 2], [2, 4], [0, 0]]},
    {"kind": "projection_matrix", "vectors": [[1, 1, 0], [0, 1, 1]]},
    {"kind": "projection_matrix", "matrix": [[1], [2]]},
    {"kind": "rref", "matrix": [[1, 2, 3], [2, 4, 7]]},
    {"kind": "row_equivalent", "matrix": [[1, 2, 3], [2, 4, 7]], "form": "echelon"},
    {"kind": "basis", "matrix": [[1, 2, 3], [2, 4, 7]], "space": "null"},
    {"kind": "basis", "matrix": [[1, 2, 3], [2, 4, 7], [3, 6, 10]], "space": "column"},
    {"kind": "basis", "vectors": [[1, 2, 3], [2, 4, 6]]},
    {"kind": "same_subspace", "vectors": [[1, 2, 3], [2, 4, 7]]},
    {"kind": "orthonormal_basis", "vectors": [[1, 2, 2], [2, 4, 7]]},
    {"kind": "linearly_independent", "vectors": [[1, 2], [2, 4]]},
    {"kind": "gram_schmidt", "vectors": [[1, 1, 0], [1, 0, 1]]},
    {"kind": "gram_schmidt", "vectors": [[1, 1, 0], [1, 0, 1]], "normalised": False},
    {"kind": "solve", "matrix": [[2, 1], [1, -1]], "vector": [3, 1]},
    {"kind": "solve", "system": ["x + y + z = 3", "x - y = 0"], "variables": "x y z"},
    {"kind": "solve", "matrix": [[1, 1], [1, 1]], "vector": [3, 1]},
    {"kind": "solve", "matrix": [[1, 1], [1, 1], [0, 1]], "vector": [3, 1, 1], "least_squares": True},
    {"kind": "newton_step", "function": "x^2 + xy + y^4", "point": [1, 1], "variables": "x y"},
    {"kind": "newton_iterates", "function": "x^4 - 3x", "point": [1], "variables": "x", "count": 3},
    {"kind": "newton_iterates", "map": ["x^2 - 2"], "point": [1], "variables": "x", "count": 3},
    {"kind": "cg_iterates", "matrix": [[4, 1], [1, 3]], "vector": [1, 2]},
    {
        "kind": "gradient_descent_iterates",
        "function": "x^2 + 2y^2",
        "point": [2, 1],
        "step": "exact",
        "variables": "x y",
    },
    {"kind": "gradient_descent_iterates", "function": "x^2 + 2y^2", "point": [2, 1], "step": "1/8", "variables": "x y"},
    {"kind": "regularised_newton_step", "function": "x^2 - y^2", "point": [2, 1], "damping": 3, "variables": "x y"},
    {
        "kind": "derivation",
        "declare": {"A": "n n symmetric", "x": "n", "y": "n"},
        "start": "(x + y) @ A @ (x + y)",
        "goal": "x @ A @ x + 2*(x @ A @ y) + y @ A @ y",
    },
    {"kind": "proof", "declare": {"A": "n n posdef"}, "claim": "invertible(A)"},
    {"kind": "counterexample", "declare": {"A": "n n", "B": "n n"}, "claim": "A @ B == B @ A"},
]


def made(fields):
    return Exercise.from_dict({"id": "1", **fields})


def named(fields):
    return f"{CATALOGUE.index(fields)}-{fields['kind']}"


each = pytest.mark.parametrize("fields", CATALOGUE, ids=named)


@each
def test_the_right_answer_of_an_exercise_is_right(fields):
    exercise = made(fields)
    grade = exercise.grade(exercise.right_answer)
    assert grade.verdict is Verdict.RIGHT, (exercise.right_answer, grade)
    assert grade.score == exercise.points
    assert exercise.latex
    assert grade.understood_as


def test_every_kind_of_these_families_is_in_the_catalogue():
    other = {kind.name for family in (arrays, calculus, expressions, programs, sets) for kind in family.ROWS}
    assert KINDS.keys() - other == {fields["kind"] for fields in CATALOGUE}


@each
def test_what_a_slip_would_give_is_wrong_and_the_slip_is_named(fields):
    exercise = made(fields)
    kind = KINDS[exercise.kind]
    for slip in kind.slips:
        for candidate in slip.answers(exercise.problem, exercise.truth):
            try:
                answer = kind.answer(candidate)
            except InputError:
                continue  # there is no closed form
            if kind.judge(exercise.problem, candidate, exercise.value(answer)).verdict is not Verdict.RIGHT:
                continue  # the slip forgives something that this answer does not have
            grade = exercise.grade(answer)
            if grade.verdict is Verdict.RIGHT:
                assert kind.judge(exercise.problem, exercise.truth, exercise.value(answer)).fraction == 1
                continue  # the slip does no harm in this problem
            assert grade.verdict is Verdict.WRONG, (slip.name, answer, grade)
            assert grade.score < exercise.points
            others = {s.name for s in kind.slips if s.name != slip.name}
            seen = {*SEEN, "one_entry"} if slip.rank else set()  # what can be seen goes before a guess
            assert grade.diagnosis in {slip.name, None, *others, *seen}


HOSTILE = [
    [],
    [[]],
    {},
    [[[]]],
    [["1"], ["1", "2"]],
    [[["1"], ["2"]], [["3"]]],
    {"P": "1"},
    {"P": [["1"]], "D": [["1"]], "extra": "2"},
    {"Q": [], "D": []},
    {"x": [["1"]]},
    "",
    "banana",
    "__import__('os')",
    "9^9^9^9",
    "1/0",
    "0/0",
    "[[1, 2], [3]]",
    [["a"] * 60] * 60,
    [[1] * 51] * 51,
    [None],
    [True, [False]],
    [[[[[[[["1"]]]]]]]],
    "oo",
    "{1, 2}",
    "x = ",
    "[1, 2",
    "-",
    ["minimum", "saddle"],
    [["minimum"]],
    [[["0", "0"], "minimum", "saddle"]],
    {"saddle": "minimum"},
    [[["oo", "1"], ["1", "oo"]]],
]


@pytest.mark.parametrize("fields", {fields["kind"]: fields for fields in CATALOGUE}.values(), ids=named)
def test_hostile_answers_are_refused_or_judged_wrong(fields):
    exercise = made(fields)
    for answer in HOSTILE:
        grade = exercise.grade(answer)
        assert grade.verdict is not Verdict.RIGHT, (answer, grade)
        assert (grade.error is None) == (grade.verdict is not Verdict.NOT_READ)


def test_every_reason_and_every_slip_has_a_template():
    folder = Path(grading.__file__).parent
    code = "".join(file.read_text("utf-8") for file in folder.rglob("*.py"))
    keys = set(re.findall(r'\bwrong\(\s*"(\w+)"', code))
    keys |= {"step_wrong", "step_undefined", "cannot_tell"}
    keys |= {f"slip_{slip.name}" for kind in KINDS.values() for slip in kind.slips}
    assert len(keys) > 100
    assert keys <= templates().keys()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"kind": "eigenvector", "matrix": [[2, 1], [1, 2]], "eigenvalue": 5}, "5, which is no eigenvalue"),
        (
            {"kind": "orthogonal_diagonalisation", "matrix": [[1, 2], [3, 4]]},
            "row 1, column 2 is 2 and row 2, column 1",
        ),
        (
            {"kind": "determinant", "matrix": [[1, 2, 3], [3, 4, 5]]},
            r"must be a square matrix, but its shape is \(2, 3\)",
        ),
        ({"kind": "definiteness"}, 'needs one of the fields "form" and "matrix"'),
        ({"kind": "definiteness", "matrix": [["a", 0], [0, 1]], "variables": "a"}, "depends on their values"),
        ({"kind": "quadratic_form", "matrix": [[1, 0], [0, 1]], "variables": "x"}, "needs 2 variables"),
        (
            {"kind": "symmetric_matrix_of_form", "form": "x^2 + y", "variables": "x y"},
            "must be a quadratic form in x, y",
        ),
        ({"kind": "matrix_property", "matrix": [[1]], "property": "nice"}, "There is no property 'nice'"),
        ({"kind": "rayleigh_quotient", "matrix": [[1]], "vector": [0]}, "must not be zero"),
        ({"kind": "rayleigh_quotient", "matrix": [[1]], "vector": [0, 1]}, "must have 1 components, but it has 2"),
        ({"kind": "solve", "system": ["x^2 = 1"], "variables": "x"}, "Equation 1 .* is not linear"),
        ({"kind": "solve", "system": ["x"], "variables": "x"}, "must have the form left = right"),
        ({"kind": "newton_step", "function": "x", "point": [1], "variables": "x"}, "the matrix is singular"),
        ({"kind": "newton_iterates", "map": ["x^2"], "point": [1], "variables": "x", "count": 99}, "from 1 to 8"),
        ({"kind": "cg_iterates", "matrix": [[1, 0], [0, -1]], "vector": [1, 1]}, r"p\^T A p = 0"),
        ({"kind": "cg_iterates", "matrix": [[1]], "vector": [0]}, "solves the system already"),
        (
            {"kind": "gradient_descent_iterates", "function": "x^4", "point": [1], "step": "exact", "variables": "x"},
            "quadratic functions",
        ),
        ({"kind": "critical_points", "function": "sin(x)", "variables": "x"}, "cannot all be derived"),
        ({"kind": "critical_points", "function": "x^2 y^2", "variables": "x y"}, "not isolated"),
        ({"kind": "gram_schmidt", "vectors": [[0, 0]]}, "a vector that is not zero"),
        ({"kind": "gram_schmidt", "vectors": [[1, 0]], "signs": "any"}, "must be one of free, fixed"),
        ({"kind": "gram_schmidt", "vectors": [[1, 0]], "normalised": "yes"}, "must be true or false"),
        ({"kind": "basis", "vectors": [1, 2]}, "must be a list of vectors"),
        ({"kind": "quadratic_form", "matrix": [[1]], "variables": "x", "constants": "b"}, "names 'b'"),
        ({"kind": "counterexample", "declare": {"A": "n m"}, "claim": "A @ A == A"}, "cannot be checked|sizes"),
        ({"kind": "proof", "claim": "1 + 1"}, "must be a statement"),
    ],
)
def test_an_author_is_told_what_is_wrong_with_an_exercise(fields, message):
    with pytest.raises(InputError, match=message):
        made(fields).truth  # noqa: B018
