"""The ledger: many claims settled one after another, each verdict next to what was expected of it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hessmath.errors import HessmathError
from hessmath.verify.claims import Claim
from hessmath.verify.pipeline import check
from hessmath.verify.verdicts import Certificate, Verdict, meets, whole

ASSERTED = "proved (sizes)"
"""What is expected of a claim that does not say: that it is true, at least for the sizes listed."""


@dataclass(frozen=True)
class Entry:
    """One claim with the verdict of each of its parts.

    ``rechecked`` is None until a fresh process has looked at the certificates, then whether it accepted all.
    """

    claim: Claim
    verdicts: tuple[Verdict, ...]
    rechecked: bool | None = None

    @property
    def verdict(self) -> Verdict:
        """The verdict of the whole claim: the weakest of its parts."""
        return whole(self.claim, self.verdicts) if self.claim.steps else self.verdicts[0]

    @property
    def seconds(self) -> float:
        """The time spent on all parts."""
        return sum(verdict.seconds for verdict in self.verdicts)

    @property
    def axioms(self) -> tuple[str, ...]:
        """Every axiom that some part uses, once."""
        return tuple(dict.fromkeys(axiom for verdict in self.verdicts for axiom in verdict.axioms))

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """The certificates of all parts, of parts of parts too."""
        leaves = (leaf for verdict in self.verdicts for leaf in verdict.leaves())
        return tuple(leaf.evidence for leaf in leaves if leaf.evidence is not None)

    @property
    def as_expected(self) -> bool:
        """Whether the verdict is the expected one, at the expected strength or better, and its evidence holds."""
        return meets(self.verdict, self.claim.expected or ASSERTED) and self.rechecked is not False


def settle(claims: Iterable[Claim]) -> Iterator[Entry]:
    """The entries of the ledger, one claim at a time.

    Every certificate has been through the trusted checker in this process when its entry is yielded.
    """
    for claim in claims:
        yield Entry(claim, tuple(check(part) for part in claim.parts()))


def recheck(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The same entries after every certificate has been checked again in one fresh process.

    The process runs ``python -m hessmath.verify.kernel`` on files, so it imports neither SymPy nor the search.

    Raises
    ------
    HessmathError
        If that process did not answer for every certificate.
    """
    with tempfile.TemporaryDirectory(prefix="hessmath-") as folder:
        paths: list[list[Path]] = []
        for number, entry in enumerate(entries):
            own = [Path(folder) / f"{number}-{part}.json" for part in range(len(entry.certificates))]
            for path, certificate in zip(own, entry.certificates, strict=True):
                path.write_text(certificate.to_json(), encoding="utf-8")
            paths.append(own)
        accepted = _accepted([path for own in paths for path in own])
    return tuple(
        replace(entry, rechecked=all(accepted[path] for path in own)) for entry, own in zip(entries, paths, strict=True)
    )


def _accepted(paths: Sequence[Path]) -> dict[Path, bool]:
    if not paths:
        return {}
    command = [sys.executable, "-m", "hessmath.verify.kernel", *map(str, paths)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = run.stdout.splitlines()
    if len(lines) != len(paths):
        reason = run.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise HessmathError(f"The checker answered for {len(lines)} of {len(paths)} certificates: {reason[0]}")
    return {path: line.startswith("accepted: ") for path, line in zip(paths, lines, strict=True)}


def totals(entries: Iterable[Entry]) -> dict[str, int]:
    """How many claims, how many of each verdict, and how many are not as expected."""
    counts = {"claims": 0, "proved": 0, "refuted": 0, "ill_posed": 0, "vacuous": 0, "tested": 0, "undecided": 0}
    surprises = 0
    for entry in entries:
        counts["claims"] += 1
        counts[entry.verdict.name] += 1
        surprises += not entry.as_expected
    return counts | {"unexpected": surprises}


def as_json(entries: Sequence[Entry], unreadable: Sequence[str] = ()) -> str:
    """The ledger as JSON text, certificates included; ``unreadable``: sentences for claims that are not in it."""
    written = {
        "claims": [_entry_json(entry) for entry in entries],
        "totals": totals(entries),
        "unreadable": list(unreadable),
    }
    return json.dumps(written, ensure_ascii=False, indent=2, allow_nan=False)


def _entry_json(entry: Entry) -> dict[str, object]:
    whole = entry.verdict
    written: dict[str, object] = {
        "id": entry.claim.id,
        "claim": entry.claim.text,
        "kind": entry.claim.kind,
        "verdict": whole.name,
        "scope": whole.scope,
        "seconds": round(entry.seconds, 6),
        "axioms": list(entry.axioms),
        "expected": entry.claim.expected,
        "as_expected": entry.as_expected,
        "repairs": entry.claim.repairs,
        "rechecked": entry.rechecked,
        "message": str(whole),
        "certificate": None if whole.evidence is None else dict(whole.evidence.data),
    }
    if len(entry.verdicts) > 1:
        written["parts"] = [_part_json(part, v) for part, v in zip(entry.claim.steps, entry.verdicts, strict=True)]
    return written


def _part_json(part: Claim, verdict: Verdict) -> dict[str, object]:
    written: dict[str, object] = {
        "id": part.id,
        "claim": part.text,
        "verdict": verdict.name,
        "scope": verdict.scope,
        "seconds": round(verdict.seconds, 6),
        "axioms": list(verdict.axioms),
        "message": str(verdict),
        "certificate": None if verdict.evidence is None else dict(verdict.evidence.data),
    }
    if part.steps:
        written["parts"] = [_part_json(inner, v) for inner, v in zip(part.steps, verdict.parts, strict=True)]
    return written
