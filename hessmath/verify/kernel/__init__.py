"""The trusted checker of certificates: standard library only, and nothing of the search.

Read in this order: ``trees`` (what a claim is), ``algebra``, ``words`` and ``entries`` (when two expressions are
equal), ``evaluate`` (one point), ``facts`` (what may be inferred), ``proofs`` and ``checker``.
"""

from hessmath.verify.kernel.checker import Statement, check
from hessmath.verify.kernel.trees import Rejected

__all__ = ["Rejected", "Statement", "check"]
