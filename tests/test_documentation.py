"""README.md and docs/: every Python example runs, in order, and shows what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from sybil.document import Document
from sybil.parsers.markdown import PythonCodeBlockParser

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_examples_of_the_page_run_as_shown(page, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    document = Document.parse(str(page), PythonCodeBlockParser())
    examples = 0
    for example in document.examples():
        example.evaluate()
        examples += 1
    if page.name not in {"architecture.md", "benchmarks.md"}:
        assert examples > 0


def test_the_reader_notices_a_wrong_example(tmp_path):
    page = tmp_path / "wrong.md"
    page.write_text("```python\n>>> 1 + 1\n3\n\n```\n", encoding="utf-8")
    (example,) = Document.parse(str(page), PythonCodeBlockParser()).examples()
    with pytest.raises(Exception, match="Expected"):
        example.evaluate()


def test_every_page_is_linked_from_the_readme():
    readme = PAGES[0].read_text(encoding="utf-8")
    assert [page.name for page in PAGES[1:] if f"docs/{page.name}" not in readme] == []
