"""An address that stays while the code behind it changes.

The code reached gets a fifth argument after the four of every kernel: where the interpreter's program is.  Compiled
kernels ignore it.  The jump costs about a nanosecond.
"""

from __future__ import annotations

import ctypes

from hessmath.kernels.machine import build

_TEXT = """
@cell = external global [2 x ptr]
define double @kernel(ptr %x, ptr %v, ptr %p, ptr %out) nounwind {
  %code = load atomic ptr, ptr @cell acquire, align 8
  %program.at = getelementptr [2 x ptr], ptr @cell, i64 0, i64 1
  %program = load ptr, ptr %program.at
  %value = tail call double %code(ptr %x, ptr %v, ptr %p, ptr %out, ptr %program)
  ret double %value
}
"""


class Entrance:
    """A kernel's address that leads to other code; it lives as long as this object.

    Attributes
    ----------
    address : of ``double (const double *x, const double *v, const double *parameters, double *out)``
    """

    def __init__(self, code: int, program: int = 0) -> None:
        self._cell = (ctypes.c_void_p * 2)(code, program)
        self._library = build(_TEXT, ["kernel"], {"cell": ctypes.addressof(self._cell)})
        self.address = self._library.addresses["kernel"]

    def redirect(self, code: int) -> None:
        """Lead to other code from now on; calls that are under way end where they are."""
        self._cell[0] = code  # one aligned store: a caller sees the old address or the new one
