"""What a decider offers: a verdict with the evidence for it, still to be accepted by the trusted checker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hessmath.verify.verdicts import Counterexample


@dataclass(frozen=True)
class Decision:
    """A verdict (``proved``, ``refuted``, ``ill_posed``, ``vacuous``) and the certificate's ``proof``.

    ``shown`` is the counterexample of a refutation, ``missing`` what is undefined in an ill-posed claim.
    """

    verdict: str
    proof: Mapping[str, Any]
    shown: Counterexample | None = None
    missing: str = ""
