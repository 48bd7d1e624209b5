"""The trusted checker of certificates: standard library only, and nothing of the search.

Read in this order: ``trees`` (what a claim is and when it is defined), ``algebra``, ``words`` and ``entries``
(when two expressions are equal), ``facts`` (what may be inferred), ``proofs`` (how), ``checker``.  A counterexample
rests on ``trees``, ``algebra``, ``entries`` and ``evaluate`` only; a proof for all sizes does not rest on
``entries``; claims about one function are listed in ``local``: ``critical``, ``convex``, ``points`` and ``limits``,
which rest on ``exact`` (irrational numbers), ``series`` (expansions with remainders), ``ranges`` and ``curvature``.
Critical points in boxes (``jets``, ``boxes``, ``regions``) trust python-flint too; it is loaded for them only.
"""

from hessmath.verify.kernel.checker import Statement, check
from hessmath.verify.kernel.trees import Rejected

__all__ = ["Rejected", "Statement", "check"]
