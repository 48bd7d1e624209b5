"""Which hypotheses a proof uses, found by leaving them out and asking the trusted checker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hessmath.verify.kernel import Rejected, check

Json = Any


def hypotheses_not_needed(certificate: Mapping[str, Json]) -> tuple[int, ...]:
    """The numbers (from 0) of hypotheses without which the trusted checker accepts the same proof.

    They are left out one after another, so the proof holds without all of them together; that others
    cannot be left out says only that this proof uses them.
    """
    if certificate["verdict"] != "proved" or certificate["claim"]["kind"] != "relation":
        return ()
    count = len(certificate["claim"].get("hypotheses", []))
    kept = list(range(count))
    for i in range(count):
        fewer = [k for k in kept if k != i]
        try:
            check(_with_hypotheses(certificate, fewer))
        except (Rejected, KeyError):
            continue
        kept = fewer
    return tuple(i for i in range(count) if i not in kept)


def _with_hypotheses(certificate: Mapping[str, Json], kept: Sequence[int]) -> dict[str, Json]:
    """The certificate with some hypotheses only, renumbered; KeyError when the proof names another one."""
    places = {old: new for new, old in enumerate(kept)}

    def renumbered(value: Json) -> Json:
        if isinstance(value, Mapping):
            made = {name: renumbered(part) for name, part in value.items()}
            if value.get("rule") == "hypothesis":
                made["index"] = places[value["index"]]
            if isinstance(value.get("relation"), list) and value["relation"][0] == "hyp":
                made["relation"] = ["hyp", places[value["relation"][1]], value["relation"][2]]
            return made
        return [renumbered(part) for part in value] if isinstance(value, list) else value

    claim = dict(certificate["claim"])
    claim["hypotheses"] = [claim["hypotheses"][k] for k in kept]
    return {
        "format": certificate["format"],
        "claim": claim,
        "verdict": certificate["verdict"],
        "proof": renumbered(certificate["proof"]),
    }
