"""A seccomp filter: no new process or program, no socket, no mounting, no tracing, no signal to others.

Numbers from the kernel's system call tables and linux/seccomp.h, linux/filter.h, linux/audit.h.  A machine that is
not in the table gets no filter, and the report then does not name it.
"""

from __future__ import annotations

import ctypes
import struct

SET_SECCOMP, MODE_FILTER = 22, 2
ALLOW, KILL_PROCESS, REFUSE = 0x7FFF0000, 0x80000000, 0x00050001  # refuse: EPERM
LOAD, JUMP_EQUAL, JUMP_GREATER_EQUAL, RETURN = 0x20, 0x15, 0x35, 0x06
AT_NUMBER, AT_MACHINE, AT_FIRST_ARGUMENT = 0, 4, 16

# name: number on x86_64, number on aarch64 (None: there is none)
REFUSED: dict[str, tuple[int | None, int | None]] = {
    "fork": (57, None),
    "vfork": (58, None),
    "clone": (56, 220),
    "clone3": (435, 435),
    "execve": (59, 221),
    "execveat": (322, 281),
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "tkill": (200, 130),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "mount_setattr": (442, 442),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "kexec_load": (246, 104),
    "open_by_handle_at": (304, 265),
    "personality": (135, 92),
    "memfd_create": (319, 279),
    "mknod": (133, None),
    "mknodat": (259, 33),
    # rights, owners and times of files, which Landlock does not guard
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setpriority": (141, 140),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
}
# Signals may go to the process itself only (abort needs that).
TO_ITSELF = {"kill": (62, 129), "tgkill": (234, 131)}
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
FOREIGN_NUMBERS = 0x40000000  # the x32 interface
Row = tuple[int, int, int, int]


def program(machine: str, process: int) -> list[Row] | None:
    """The filter as (code, if true, if false, constant) rows, or None for an unknown machine."""
    if machine not in MACHINES:
        return None
    column, audit = MACHINES[machine]
    rows: list[Row] = [(LOAD, 0, 0, AT_MACHINE), (JUMP_EQUAL, 1, 0, audit), (RETURN, 0, 0, KILL_PROCESS)]
    rows += [(LOAD, 0, 0, AT_NUMBER), (JUMP_GREATER_EQUAL, 0, 1, FOREIGN_NUMBERS), (RETURN, 0, 0, REFUSE)]
    for numbers in REFUSED.values():
        number = numbers[column]
        if number is not None:
            rows += [(JUMP_EQUAL, 0, 1, number), (RETURN, 0, 0, REFUSE)]
    for own in TO_ITSELF.values():
        rows += [
            (JUMP_EQUAL, 0, 4, own[column]),
            (LOAD, 0, 0, AT_FIRST_ARGUMENT),
            (JUMP_EQUAL, 1, 0, process),
            (RETURN, 0, 0, REFUSE),
            (RETURN, 0, 0, ALLOW),
        ]
    return [*rows, (RETURN, 0, 0, ALLOW)]


def apply(libc: ctypes.CDLL, machine: str, process: int) -> list[str]:
    """Install the filter; the list of what is in force, for the report."""
    rows = program(machine, process)
    if rows is None:
        return []
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *row) for row in rows))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("rows", ctypes.c_void_p))

    filled = Program(len(rows), ctypes.addressof(code))
    if libc.prctl(SET_SECCOMP, MODE_FILTER, ctypes.byref(filled), 0, 0) != 0:
        return []
    return ["seccomp: no processes, programs or sockets"]
