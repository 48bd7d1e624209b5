"""Which files a verdict rests on: nothing is left out, and the core stays short."""

import pytest

from hessmath.verify.kernel import trust
from hessmath.verify.kernel.__main__ import main


def test_the_core_is_at_most_800_lines():
    assert sum(map(trust.lines_of_code, trust.CORE)) <= 800


def test_every_file_belongs_to_the_core_or_to_a_family():
    listed = set(trust.CORE) | {"trust"} | {name for family in trust.FAMILIES for name in trust.files(family)}
    assert listed == {path.stem for path in trust.HERE.glob("*.py")}


def test_the_core_needs_no_family_to_read_a_claim():
    assert trust._imports("trees") == ()


@pytest.mark.parametrize("family", trust.FAMILIES)
def test_files_of_a_family_use_only_each_other_and_the_core(family):
    files = set(trust.files(family)) | set(trust.CORE)
    assert all(set(trust._imports(name)) <= files for name in trust.files(family))


def test_lines_of_code_leave_out_comments_and_docstrings(tmp_path, monkeypatch):
    (tmp_path / "sample.py").write_text('"""Two\nlines."""\n\n# a comment\nx = (\n    1\n)\n', encoding="utf-8")
    monkeypatch.setattr(trust, "HERE", tmp_path)
    trust.lines_of_code.cache_clear()
    assert trust.lines_of_code("sample") == 3


def test_the_command_lists_the_families(capsys):
    trust.lines_of_code.cache_clear()
    assert main(["--trust"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("core: every certificate: ")
    assert "a critical point: " in printed
