"""Landlock: from here on only the given folders can be read, nothing can be written, no TCP, no signal outwards.

Numbers from linux/landlock.h and the kernel's documentation (userspace-api/landlock).
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION_QUESTION = 1
PATH_BENEATH = 1
READ_FILE, READ_FOLDER = 1 << 2, 1 << 3
# Rights on files known to each version of the interface: 13 at first, then refer, truncate and ioctl on devices.
FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
TCP_RIGHTS = 3
ABSTRACT_SOCKETS_AND_SIGNALS = 3


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def prepare(libc: ctypes.CDLL, folders: Sequence[str]) -> int | None:
    """A ruleset's descriptor, made while the folders can still be opened; None where the kernel has no Landlock."""
    version = libc.syscall(ctypes.c_long(CREATE_RULESET), None, ctypes.c_size_t(0), ctypes.c_uint32(VERSION_QUESTION))
    if version < 1:
        return None
    rules = _Ruleset(
        FILE_RIGHTS[min(version, max(FILE_RIGHTS))],
        TCP_RIGHTS if version >= 4 else 0,
        ABSTRACT_SOCKETS_AND_SIGNALS if version >= 6 else 0,
    )
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = libc.syscall(
        ctypes.c_long(CREATE_RULESET), ctypes.byref(rules), ctypes.c_size_t(size), ctypes.c_uint32(0)
    )
    if ruleset < 0:
        return None
    for path in folders:
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rule = ctypes.byref(_PathBeneath(READ_FILE | READ_FOLDER, folder))
        number, kind, none = ctypes.c_int(ruleset), ctypes.c_int(PATH_BENEATH), ctypes.c_uint32(0)
        added = libc.syscall(ctypes.c_long(ADD_RULE), number, kind, rule, none)
        os.close(folder)
        if added != 0:
            os.close(ruleset)
            return None
    return ruleset


def restrict(libc: ctypes.CDLL, ruleset: int) -> bool:
    """Whether the restriction holds from here on; the process must have given up new privileges before."""
    try:
        return bool(libc.syscall(ctypes.c_long(RESTRICT_SELF), ctypes.c_int(ruleset), ctypes.c_uint32(0)) == 0)
    finally:
        os.close(ruleset)
