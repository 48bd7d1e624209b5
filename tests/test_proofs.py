"""proofs/: every claim gets the verdict its page states, and a fresh process accepts every certificate."""

from __future__ import annotations

from pathlib import Path

import pytest

from hessmath.verify import ledger, read_paths
from hessmath.verify.verdicts import meets

PROOFS = Path(__file__).resolve().parent.parent / "proofs"
CLAIMS = read_paths([str(PROOFS)])

# The rows of the mission's list of claims that issue by issue must be settled; each needs at least one claim.
ROWS = (
    "R1 T5 R2 R3 R4 R6 R9 R11 R12 T3 T4 T4b T6 T7 T7b T8 T8b B1 B2 B3 B4 B5 B6 B8 B10 B11 B11b B12 B12b B13 B13b B14 "
    "B15 B16 B16b B16c B19 B19b B20 B20b B20c B21 B23 B28 N1 C1 Q1 H1 G1 K1 D1 R7 R8 T1 T2 T7c"
).split()


@pytest.fixture(scope="module")
def entries():
    return list(ledger.settle(CLAIMS))


@pytest.mark.parametrize("number", range(len(CLAIMS)), ids=[claim.id for claim in CLAIMS])
def test_the_verdict_is_the_one_the_page_states(entries, number):
    entry = entries[number]
    assert entry.claim.expected is not None, "a page states its verdicts"
    assert meets(entry.verdict, entry.claim.expected), str(entry.verdict)


def test_a_fresh_process_accepts_every_certificate(entries):
    again = ledger.recheck(entries)
    assert [entry.claim.id for entry in again if entry.rechecked is not True] == []


@pytest.mark.parametrize("row", ROWS)
def test_every_row_of_the_list_has_a_claim(row):
    cited = [claim for claim in CLAIMS if row in claim.source.replace(",", " ").replace(";", " ").split()]
    assert cited


def test_ids_are_unique_and_repairs_repair_refuted_claims():
    by_id = {claim.id: claim for claim in CLAIMS}
    assert len(by_id) == len(CLAIMS)
    for claim in CLAIMS:
        if claim.repairs is not None:
            assert by_id[claim.repairs].expected == "refuted"
