"""The pytest plugin: assertions as fixtures, claim files and pages as tests, and a ledger of what was settled.

* fixtures ``assert_proved``, ``assert_refuted`` and ``assert_derivative`` (also in ``hessmath.testing``);
* every claim of a ``*.claims.toml`` or ``*.claims.json`` file, and of the pages in a folder ``proofs`` (ini option
  ``hessmath_proofs``; pages are Python that is run), is a test: it passes when the verdict is the expected one;
* ``--hessmath-ledger`` ends the run with one line for each claim settled.

This module runs in every pytest session of everybody who installs hessmath, so it imports pytest and the
standard library only, until something of hessmath is used.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from hessmath.verify import Claim
    from hessmath.verify.ledger import Entry

if "hessmath.testing" not in sys.modules:  # as always when pytest loads the plugin
    pytest.register_assert_rewrite("hessmath.testing")

PROPERTY = "hessmath"
"""The name under which verdicts travel in ``report.user_properties``, which also pass between xdist workers."""

CLAIM_FILES = (".claims.toml", ".claims.json")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option ``--hessmath-ledger`` and the ini option ``hessmath_proofs``."""
    group = parser.getgroup("hessmath")
    group.addoption("--hessmath-ledger", action="store_true", help="End with one line for each claim settled.")
    parser.addini("hessmath_proofs", "Names of folders whose Python files are pages of claims.", "args", ["proofs"])


def pytest_report_header(config: pytest.Config) -> str:
    """One line: the version."""
    from hessmath import __version__

    return f"hessmath {__version__}"


# ------------------------------------------------------------------------------------------- collection
def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Claim files and pages; nothing else."""
    if file_path.name.endswith(CLAIM_FILES):
        return ClaimFile.from_parent(parent, path=file_path)
    pages = parent.config.getini("hessmath_proofs")
    if file_path.suffix == ".py" and file_path.parent.name in pages and b"hessmath" in file_path.read_bytes():
        return ClaimFile.from_parent(parent, path=file_path)
    return None


class ClaimFile(pytest.File):
    """A file of claims; each is a test."""

    def collect(self) -> Iterator[pytest.Item]:
        """One item for each claim."""
        from hessmath.errors import InputError
        from hessmath.verify.files import read_file

        try:
            claims = read_file(self.path)
        except InputError as error:
            raise self.CollectError(str(error)) from None
        for claim in claims:
            yield ClaimItem.from_parent(self, name=claim.id, claim=claim)


class ClaimItem(pytest.Item):
    """One claim; it passes when its verdict is the expected one, at the expected strength or better."""

    def __init__(self, *, claim: Claim, **options: Any) -> None:
        super().__init__(**options)
        self.claim = claim

    def runtest(self) -> None:
        """Settle the claim."""
        from hessmath.verify import ledger

        (entry,) = ledger.settle([self.claim])
        written = {"id": self.claim.id, "claim": self.claim.text, "verdict": str(entry.verdict)}
        _record(self, [{**written, "name": entry.verdict.name}])
        if not entry.as_expected:
            raise NotAsExpected(entry)

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """The claim, its verdict and the counterexample; no traceback."""
        if isinstance(excinfo.value, NotAsExpected):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The file and the claim's id."""
        return self.path, None, f"claim {self.claim.id}"


class NotAsExpected(Exception):
    """A claim's verdict is not the expected one."""

    def __init__(self, entry: Entry) -> None:
        from hessmath.testing import failure
        from hessmath.verify.ledger import ASSERTED

        super().__init__(failure(entry.verdict, entry.claim.expected or ASSERTED))


# --------------------------------------------------------------------------------------------- fixtures
@pytest.fixture
def assert_proved() -> Callable[..., Any]:
    """``hessmath.testing.assert_proved``."""
    from hessmath import testing

    return testing.assert_proved


@pytest.fixture
def assert_refuted() -> Callable[..., Any]:
    """``hessmath.testing.assert_refuted``."""
    from hessmath import testing

    return testing.assert_refuted


@pytest.fixture
def assert_derivative() -> Callable[..., Any]:
    """``hessmath.testing.assert_derivative``."""
    from hessmath import testing

    return testing.assert_derivative


# ----------------------------------------------------------------------------------------------- ledger
@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Put what the assertions of this test settled into its report."""
    before = sys.modules.get("hessmath.testing")
    if before is not None:
        before.settled.clear()
    try:
        return (yield)
    finally:
        testing = sys.modules.get("hessmath.testing")
        if testing is not None and testing.settled:
            _record(item, testing.settled)
            testing.settled.clear()


def _record(item: pytest.Item, settled: list[dict[str, Any]]) -> None:
    item.user_properties.append((PROPERTY, json.dumps(settled)))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """With ``--hessmath-ledger``: every claim settled, with its verdict, and the totals."""
    if not config.getoption("--hessmath-ledger"):
        return
    rows = [
        (report.nodeid, row)
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, value in report.user_properties
        if name == PROPERTY
        for row in json.loads(value)
    ]
    if not rows:
        return
    terminalreporter.section("claims settled by hessmath")
    for nodeid, row in sorted(rows, key=lambda pair: pair[0]):
        terminalreporter.write_line(f"{nodeid}: {row['claim']}")
        terminalreporter.write_line(f"    {row['verdict']}")
    counts = Counter(row["name"] for _, row in rows)
    kinds = ", ".join(f"{k} {name.replace('_', '-')}" for name, k in counts.most_common())
    terminalreporter.write_line(f"{len(rows)} claims: {kinds}")
