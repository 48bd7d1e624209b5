"""Claim files: TOML, JSON and pages; one sentence for everything that is wrong with one."""

import json

import pytest

from hessmath.errors import InputError
from hessmath.verify.files import read_file, read_paths

ONE = 'id = "c"\nkind = "identity"\nlhs = "x + x"\nrhs = "2*x"\nvars = ["x"]\n'
FIELDS = {"id": "c", "kind": "identity", "lhs": "x + x", "rhs": "2*x", "vars": ["x"]}


def write(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "text", "count"),
    [
        ("one.toml", ONE, 1),
        ("many.toml", "[[claims]]\n" + ONE + "[[claims]]\n" + ONE.replace('"c"', '"d"'), 2),
        ("singular.toml", "[[claim]]\n" + ONE, 1),
        ("one.json", json.dumps(FIELDS), 1),
        ("list.json", json.dumps([FIELDS, FIELDS | {"id": "d"}]), 2),
        ("many.json", json.dumps({"claims": [FIELDS]}), 1),
    ],
)
def test_a_file_holds_one_claim_or_several(tmp_path, name, text, count):
    claims = read_file(write(tmp_path, name, text))
    assert len(claims) == count
    assert claims[0].text == "x + x == 2*x"


def test_decimals_in_files_are_exact(tmp_path):
    text = 'id = "c"\nkind = "critical_point"\nf = "x**2"\nvars = ["x"]\npoint = [0.1]\nclassification = "not_critical"'
    assert str(read_file(write(tmp_path, "c.toml", text))[0].data.point[0]) == "1/10"


PAGE = '''"""A page."""
from hessmath.verify import claim

first = claim("b", "x + x == 2*x", vars=["x"])
others = [claim("a", "x*x >= 0", vars=["x"]), claim("c", "x == x", vars=["x"])]
same = first
count = 3
'''


def test_a_page_gives_its_global_claims_in_order(tmp_path):
    assert [claim.id for claim in read_file(write(tmp_path, "page.py", PAGE))] == ["b", "a", "c"]


def test_a_folder_gives_its_files_by_name(tmp_path):
    write(tmp_path, "b.toml", ONE)
    write(tmp_path, "a.json", json.dumps(FIELDS | {"id": "a"}))
    write(tmp_path, "notes.txt", "not a claim")
    (tmp_path / "__pycache__").mkdir()
    write(tmp_path / "__pycache__", "c.py", "1/0")
    assert [claim.id for claim in read_paths([tmp_path])] == ["a", "c"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("c.toml", "", "c.toml: the file is empty"),
        ("c.json", "  \n", "c.json: the file is empty"),
        ("c.toml", "id = ", "c.toml: this is not TOML: Invalid value"),
        ("c.json", '{"id": ', "c.json: this is not JSON: .* \\(line 1, column 8\\)"),
        ("c.json", "3", "a claim file holds a table of fields or a list of them"),
        ("c.json", "[]", "c.json: the file holds no claims"),
        ("c.json", "[3]", "entry 1 is not a table of fields"),
        ("c.json", "[" * 100_000, "c.json: the file is nested too deeply"),
        ("c.json", '{"claims": [], "claim": 3}', "beside the list 'claims' there is 'claim'"),
        ("c.json", '[{"kind": "identity", "lhs": "x", "vars": ["x"]}]', "claim 'claim 1': the field rhs is missing"),
        ("c.toml", ONE.replace("x + x", "y"), "c.toml: claim 'c': lhs: .*y is not one of the declared names"),
        ("c.toml", ONE + "point = [inf]", "c.toml: inf is not a finite number"),
        ("c.json", '{"point": [1e999999]}', "the number 1e999999 is too large or too small"),
        ("c.md", "claim", "claims are read from .py, .toml and .json files, not from .md"),
        ("c.py", "x = (", "c.py: line 1 is not Python"),
        ("c.py", "x = 1\ny = 1/0\n", "c.py: line 2: ZeroDivisionError: division by zero"),
        ("c.py", "x = 1\n", "c.py: the file holds no claims"),
        ("c.py", "from hessmath.verify import claim\nclaim('c', 'x >', vars=['x'])", "claim 'c': claim: Cannot read"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_one_sentence(tmp_path, name, text, message):
    path = write(tmp_path, name, text)
    with pytest.raises(InputError, match=message) as caught:
        read_file(path)
    assert "\n" not in str(caught.value)


def test_a_path_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"There is no file or folder .*absent"):
        read_paths([tmp_path / "absent"])


def test_a_folder_without_claims_is_named(tmp_path):
    write(tmp_path, "notes.txt", "nothing")
    write(tmp_path, "script.py", "raise SystemExit('not to be run')")
    with pytest.raises(InputError, match=r"holds no claims; they are read from \.py, \.toml and \.json files"):
        read_paths([tmp_path])


def test_a_file_that_is_not_text_is_named(tmp_path):
    path = tmp_path / "c.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="the file is not UTF-8 text"):
        read_file(path)
