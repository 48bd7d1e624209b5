"""Object code on disk, by the hash of what it was made from.

The folder is ``$HESSMATH_CACHE_DIR``, else the platform's cache folder, else a temporary folder of this process
alone, with one warning.  Since entries are machine code that will run, the folder must belong to the user and be
closed to everybody else (mode 0700); one that is not is never used.  An entry is written to a temporary name and
renamed, begins with its own checksum, and is built again when the checksum does not fit.  Of several processes
that need the same entry, one builds it and the others wait.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import os
import shutil
import stat
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

MAGIC = b"hessmath object 1\n"
SUFFIX = ".object"


@dataclass(frozen=True)
class CacheInfo:
    """Where the cache is, how many entries it has and how many bytes they take."""

    folder: Path
    entries: int
    size: int


def info() -> CacheInfo:
    """What the cache on disk holds."""
    place = folder()
    sizes = [path.stat().st_size for path in place.glob(f"*{SUFFIX}")]
    return CacheInfo(place, len(sizes), sum(sizes))


def clear() -> CacheInfo:
    """Delete every entry; says what was deleted.  Kernels in memory keep working."""
    before = info()
    for path in before.folder.iterdir():
        if path.suffix in (SUFFIX, ".lock", ".tmp"):
            path.unlink(missing_ok=True)
    shutil.rmtree(before.folder / "solvers", ignore_errors=True)  # what Numba keeps for prepared solvers
    return before


def fetch(key: str, build: Callable[[], bytes]) -> bytes:
    """The entry under a key, built and stored when it is missing or damaged.

    ``key`` is a hexadecimal digest.  When the disk cannot be written, the entry is built and not stored.
    """
    place = folder()
    path = place / (key + SUFFIX)
    content = _read(path)
    if content is not None:
        return content
    with _locked(place / f"{key[:2]}.lock"):
        content = _read(path)  # another process may have built it meanwhile
        if content is None:
            content = build()
            _write(path, content)
    return content


def fetch_alone(key: str, build: Callable[[], bytes]) -> bytes:
    """The same without waiting for anybody, and without making anybody wait: for what is built in the background."""
    path = folder() / (key + SUFFIX)
    content = _read(path)
    if content is None:
        content = build()
        _write(path, content)
    return content


def has(key: str) -> bool:
    """Whether there is an entry under a key; it may still turn out damaged."""
    return (folder() / (key + SUFFIX)).exists()


def remove(key: str) -> None:
    """Forget one entry."""
    (folder() / (key + SUFFIX)).unlink(missing_ok=True)


def folder() -> Path:
    """The folder in use, made on first use.

    Warns
    -----
    RuntimeWarning
        Once per process, when no folder of the user's own can be used and a temporary one serves.
    """
    wanted = os.environ.get("HESSMATH_CACHE_DIR") or ""
    with _FOLDERS_LOCK:
        if wanted not in _FOLDERS:
            _FOLDERS[wanted] = _choose(wanted)
        place = _FOLDERS[wanted]
        if not place.is_dir():  # somebody deleted it
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        return place


_FOLDERS: dict[str, Path] = {}
_FOLDERS_LOCK = threading.Lock()


def _choose(wanted: str) -> Path:
    try:
        place = Path(wanted).expanduser() if wanted else _platform_folder()
        reason = _unusable(place)
    except RuntimeError:  # no home folder
        place, reason = Path(wanted or "~/.cache"), "there is no home folder"
    if reason is None:
        return place
    private = Path(tempfile.mkdtemp(prefix="hessmath-"))  # mode 0700, ours
    atexit.register(shutil.rmtree, private, ignore_errors=True)
    warnings.warn(
        f"The cache folder {place} cannot be used: {reason}. Kernels are kept in {private} until this process ends; "
        "set HESSMATH_CACHE_DIR to a folder of your own.",
        RuntimeWarning,
        stacklevel=2,
    )
    return private


def _platform_folder() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "hessmath" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "hessmath"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hessmath"


def _unusable(place: Path) -> str | None:
    """Why a folder cannot hold machine code that will be run, or None when it can; makes it when missing."""
    try:
        if place.exists() and not place.is_dir():
            return "it is not a folder"
        place.mkdir(mode=0o700, parents=True, exist_ok=True)  # another process may be making it, too
        if os.name == "posix":
            status = place.stat()
            if status.st_uid != os.geteuid():
                return f"it belongs to user {status.st_uid}, not to you ({os.geteuid()})"
            if stat.S_IMODE(status.st_mode) & 0o077:
                return f"others may open it (mode {stat.S_IMODE(status.st_mode):04o}, needed: 0700)"
        if not os.access(place, os.W_OK | os.X_OK):
            return "it cannot be written"
    except OSError as error:
        return str(error.strerror or error)
    return None


def _read(path: Path) -> bytes | None:
    """The content of an entry; None when it is missing or damaged."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    head = len(MAGIC) + hashlib.sha256().digest_size
    content = data[head:]
    if data[:head] != MAGIC + hashlib.sha256(content).digest():
        return None
    return content


def _write(path: Path, content: bytes) -> None:
    """Store an entry so that no reader ever sees a part of it; a full or read-only disk is no error."""
    try:
        handle, name = tempfile.mkstemp(suffix=".tmp", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(MAGIC + hashlib.sha256(content).digest() + content)
            os.replace(name, path)
        except OSError:
            Path(name).unlink(missing_ok=True)
    except OSError:
        return


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock between processes and threads; released by the system when a process dies."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:  # a read-only folder: build without waiting for others
        yield
        return
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
