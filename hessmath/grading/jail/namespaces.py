"""A process in namespaces of its own, with a file system that holds the interpreter and NumPy read-only.

By system calls through ctypes, so that no tool need be installed.  Root enters the namespaces directly and becomes
another user at the end; anybody else makes a user namespace first, where the kernel allows it.  Numbers from
linux/sched.h, linux/mount.h and linux/capability.h.
"""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Sequence

NEW_MOUNTS, NEW_HOSTNAME, NEW_IPC, NEW_USER = 0x00020000, 0x04000000, 0x08000000, 0x10000000
NEW_PROCESSES, NEW_NETWORK = 0x20000000, 0x40000000
READ_ONLY, NO_SETUID, NO_DEVICES, REMOUNT, BIND, RECURSIVE, PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
DETACH = 2
DROP_BOUNDING_CAPABILITY, SIGNAL_ON_PARENTS_DEATH = 24, 1
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
LAST_CAPABILITY = 63
# As statvfs says them, and as mount takes them.
LOCKED = (
    (os.ST_NODEV, NO_DEVICES),
    (os.ST_NOEXEC, 8),
    (os.ST_NOATIME, 1024),
    (os.ST_NODIRATIME, 2048),
    (os.ST_RELATIME, 1 << 21),
)


def _call(result: int, what: str) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def _mount(
    libc: ctypes.CDLL, source: str | None, target: str, kind: str | None, flags: int, data: str | None = None
) -> None:
    arguments = [None if text is None else os.fsencode(text) for text in (source, target, kind)]
    _call(libc.mount(*arguments, ctypes.c_ulong(flags), None if data is None else data.encode()), f"mount {target}")


def enter(libc: ctypes.CDLL, folders: Sequence[str], user: int | None) -> None:
    """Move this process into new namespaces; the caller goes on as the first process of its own process tree.

    ``folders`` are the only paths that stay visible (read-only); ``user`` is the user id to become, or None for
    a user namespace of the present user.
    """
    number = PIVOT_ROOT.get(os.uname().machine)
    if number is None:
        raise OSError(38, f"no number of pivot_root is known for {os.uname().machine}")
    flags = NEW_MOUNTS | NEW_HOSTNAME | NEW_IPC | NEW_PROCESSES | NEW_NETWORK
    if user is None:
        own_user, own_group = os.getuid(), os.getgid()
        _call(libc.unshare(NEW_USER | flags), "unshare")
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{own_user} {own_user} 1"),
            ("gid_map", f"{own_group} {own_group} 1"),
        ):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    else:
        _call(libc.unshare(flags), "unshare")
    _become_first_process(libc)
    _change_root(libc, folders, number)
    become(libc, user)
    libc.prctl(SIGNAL_ON_PARENTS_DEATH, signal.SIGKILL, 0, 0, 0)  # forgotten when the user changes


def _become_first_process(libc: ctypes.CDLL) -> None:
    """Fork into the new process namespace; the outer process only waits, holding no descriptor of the channel."""
    child = os.fork()
    if child:
        os.closerange(0, 256)
        os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 0xFF)
    libc.prctl(SIGNAL_ON_PARENTS_DEATH, signal.SIGKILL, 0, 0, 0)


def _change_root(libc: ctypes.CDLL, folders: Sequence[str], pivot_root: int) -> None:
    """A root on a small tmpfs with the folders bound read-only, /dev/null and /dev/urandom, and an empty /work."""
    _mount(libc, None, "/", None, RECURSIVE | PRIVATE)
    root = "/tmp"  # anything that is a folder: it is covered in this namespace only
    opened = {path: os.open(path, os.O_PATH | os.O_CLOEXEC) for path in folders}
    _mount(libc, "tmpfs", root, "tmpfs", NO_SETUID | NO_DEVICES, "size=1m,mode=755")
    for path, descriptor in opened.items():
        target = root + path
        os.makedirs(target, mode=0o755, exist_ok=True)
        source = f"/proc/self/fd/{descriptor}"
        _mount(libc, source, target, None, BIND | RECURSIVE)
        _mount(libc, None, target, None, BIND | REMOUNT | READ_ONLY | NO_SETUID | _locked(target))
        os.close(descriptor)
    os.makedirs(root + "/dev", mode=0o755)
    for name in ("null", "urandom"):
        os.close(os.open(f"{root}/dev/{name}", os.O_CREAT | os.O_WRONLY, 0o644))
        _mount(libc, f"/dev/{name}", f"{root}/dev/{name}", None, BIND)
    os.mkdir(root + "/work", 0o755)
    os.mkdir(root + "/old", 0o700)
    os.chdir(root)
    _call(libc.syscall(ctypes.c_long(pivot_root), b".", b"old"), "pivot_root")
    os.chdir("/")
    _call(libc.umount2(b"/old", DETACH), "umount")
    os.rmdir("/old")
    _mount(libc, None, "/", None, BIND | REMOUNT | READ_ONLY | NO_SETUID | NO_DEVICES)
    os.chdir("/work")


def _locked(path: str) -> int:
    """The flags of a mount that a user namespace may not remove (nodev, noexec, noatime, …), to be kept."""
    state = os.statvfs(path).f_flag
    kept = 0
    for seen, flag in LOCKED:
        if state & seen:
            kept |= flag
    return kept


def become(libc: ctypes.CDLL, user: int | None) -> None:
    """Become another user, if one is given, and give up every capability for good (header version 3, two halves)."""
    if user is not None:
        os.setgroups([])
    for capability in range(LAST_CAPABILITY + 1):
        libc.prctl(DROP_BOUNDING_CAPABILITY, capability, 0, 0, 0)
    if user is not None:
        os.setgid(user)
        os.setuid(user)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    data = (ctypes.c_uint32 * 6)()
    _call(libc.capset(header, data), "capset")
