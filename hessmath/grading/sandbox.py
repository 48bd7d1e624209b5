"""Student Python in a process of its own: without the key, confined as strongly as the machine allows.

The child (``jail/child.py``) holds the student's text and the inputs of the calls; what is right is decided here,
from the numbers that come back over a pipe.  A student who takes the pipe over can send nothing but numbers, which
a function might as well have returned.  Prints go nowhere, and every reply repeats a random token of its request.

Levels, strongest first: ``bubblewrap`` (when installed), ``namespaces`` (system calls, a file system with Python and
NumPy only), ``user`` (root becomes another user), ``limits``.  The last two add Landlock and a seccomp filter where
the kernel has them; all set limits on memory, time, files and processes.  What is in force is in the result.
"""

from __future__ import annotations

import json
import os
import secrets
import selectors
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hessmath.errors import InputError

LEVELS = ("bubblewrap", "namespaces", "user", "limits")
JAIL = Path(__file__).with_name("jail")
START_SECONDS = 20.0
LONGEST_SOURCE = 100_000
NOBODY = 65534


@dataclass(frozen=True)
class Limits:
    """What the student's process may use: seconds in all and a call, bytes of memory, numbers and bytes a reply."""

    seconds: float = 10.0
    call_seconds: float = 2.0
    memory: int = 1 << 30
    numbers: int = 10_000
    reply_bytes: int = 400_000


@dataclass(frozen=True)
class Isolation:
    """The level of isolation and the measures that were in force before the first line of the student's code ran."""

    level: str
    measures: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.level} ({'; '.join(self.measures)})"


@dataclass(frozen=True)
class Returned:
    """What a call returned: shape, dtype as NumPy names it, the numbers in C order, the arguments it changed."""

    shape: tuple[int, ...]
    dtype: str
    numbers: tuple[float, ...]
    changed: tuple[int, ...]
    seconds: float


@dataclass(frozen=True)
class Failed:
    """Why there is no value, in one sentence; after a fatal failure the process is gone."""

    reason: str
    fatal: bool = False
    code: str = "error"


class Student:
    """A running student process: load the text once, then call its functions."""

    def __init__(self, process: subprocess.Popen[bytes], requests: int, results: int, limits: Limits) -> None:
        self._process, self._requests, self._results, self._limits = process, requests, results, limits
        self._buffer = bytearray()
        self._left = limits.seconds
        self._over: Failed | None = None
        self.isolation = Isolation("none", ())

    def load(self, source: str, names: Sequence[str]) -> Failed | None:
        """Run the text and look for the functions; None when all of them are there."""
        reply = self._exchange({"source": source, "names": list(names)}, self._limits.call_seconds + 1.0)
        if isinstance(reply, Failed):
            return reply
        missing = reply.get("missing")
        if not isinstance(missing, list) or not all(isinstance(name, str) for name in missing):
            return self._stop(Failed("The program wrote something else into the channel of results.", True, "forged"))
        if missing:
            return Failed(f"The program does not define the function {str(missing[0])[:60]}.", code="missing")
        return None

    def call(self, name: str, arguments: Sequence[Any]) -> Returned | Failed:
        """One call; arguments are numbers or what :func:`array` makes."""
        begun = time.monotonic()
        reply = self._exchange({"name": name, "arguments": list(arguments)}, self._limits.call_seconds)
        if isinstance(reply, Failed):
            return reply
        seconds = time.monotonic() - begun
        if isinstance(reply.get("problem"), str):
            return Failed(f"The function returned {reply['problem'][:300]}.", code="type")
        returned = _returned(reply, seconds, self._limits.numbers)
        if returned is None:
            return self._stop(Failed("The program wrote something else into the channel of results.", True, "forged"))
        return returned

    def handshake(self, setup: Mapping[str, Any]) -> str | None:
        """Send the set-up, learn what is in force; a sentence when the level cannot be had here."""
        self._left = START_SECONDS
        reply = self._exchange(setup, START_SECONDS)
        self._left = self._limits.seconds
        if isinstance(reply, Failed):
            return reply.reason
        if "measures" not in reply:
            return str(reply.get("problem"))
        self.isolation = Isolation(str(setup["level"]), tuple(reply["measures"]))
        return None

    def _exchange(self, request: Mapping[str, Any], seconds: float) -> dict[str, Any] | Failed:
        if self._over is not None:
            return self._over
        token = secrets.token_hex(16)
        begun = time.monotonic()
        deadline = begun + min(seconds, self._left)
        line = (json.dumps({**request, "token": token}, allow_nan=False) + "\n").encode()
        answer = self._send(line, deadline) or self._receive(deadline, seconds)
        self._left -= time.monotonic() - begun
        if isinstance(answer, Failed):
            return self._stop(answer)
        reply = _parse(answer)
        if reply is None or not secrets.compare_digest(str(reply.get("token")).encode(), token.encode()):
            return self._stop(Failed("The program wrote something else into the channel of results.", True, "forged"))
        if isinstance(reply.get("error"), str):
            return Failed(_one_line(reply["error"]))
        return reply

    def _send(self, data: bytes, deadline: float) -> Failed | None:
        view = memoryview(data)
        with selectors.DefaultSelector() as selector:
            selector.register(self._requests, selectors.EVENT_WRITE)
            while view:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    return Failed("The program took no more requests.", True, "time")
                try:
                    view = view[os.write(self._requests, view) :]
                except BrokenPipeError:
                    return self._ended()
        return None

    def _receive(self, deadline: float, seconds: float) -> bytes | Failed:
        with selectors.DefaultSelector() as selector:
            selector.register(self._results, selectors.EVENT_READ)
            while True:
                line, newline, rest = self._buffer.partition(b"\n")
                if newline:
                    self._buffer = bytearray(rest)
                    return bytes(line)
                if len(self._buffer) > self._limits.reply_bytes:
                    return Failed("The program's result is far larger than asked.", True, "size")
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    return Failed(f"The program ran for more than {seconds:g} seconds and was stopped.", True, "time")
                part = os.read(self._results, 65536)
                if not part:
                    return self._ended()
                self._buffer += part

    def _ended(self) -> Failed:
        return Failed("The program ended its process before it gave a result.", True, "ended")

    def _stop(self, failure: Failed) -> Failed:
        if failure.fatal:
            self._over = failure
            kill(self._process)
        return failure


def array(values: Any, *, dtype: str = "float64", layout: str = "C") -> dict[str, Any]:
    """An array argument: nested lists of numbers, a dtype, and C, fortran, strided, read-only or list as layout."""
    return {"array": values, "dtype": dtype, "layout": layout}


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        reply = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return reply if isinstance(reply, dict) else None


def _refuse(name: str) -> float:
    raise ValueError(name)


def _returned(reply: Mapping[str, Any], seconds: float, most: int) -> Returned | None:
    """The reply as numbers, or None if it does not have that form."""
    shape, numbers, dtype, changed = (reply.get(key) for key in ("shape", "numbers", "dtype", "changed"))
    if not (isinstance(shape, list) and isinstance(numbers, list) and isinstance(dtype, str) and len(dtype) < 20):
        return None
    if not isinstance(changed, list) or len(shape) > 4 or len(numbers) > most:
        return None
    if not all(type(i) is int and 0 <= i <= most for i in [*shape, *changed]):
        return None
    size = 1
    for length in shape:
        size *= length
    values = [_number(each) for each in numbers]
    if size != len(values) or None in values:
        return None
    return Returned(tuple(shape), dtype, tuple(v for v in values if v is not None), tuple(changed), seconds)


def _number(value: Any) -> float | None:
    if isinstance(value, str):
        return {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf")}.get(value)
    if not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text[:500]).split())


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process with everything in its group, at once."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()
    process.wait()


@contextmanager
def student(*, limits: Limits | None = None, require: str | None = None, level: str | None = None) -> Iterator[Student]:
    """A confined process for one student's text; it is gone at the end of the block, whatever it did.

    Parameters
    ----------
    require : the weakest level that will do; by default any
    level : exactly this level, by default the strongest that works here

    Raises
    ------
    InputError
        If the level that is required cannot be had on this machine.

    Examples
    --------
    >>> from hessmath.grading.sandbox import array, student
    >>> with student() as process:
    ...     process.load("def double(x):\\n    return 2 * x", ["double"])
    ...     process.call("double", [array([1.0, 2.5])]).numbers
    (2.0, 5.0)
    """
    chosen = level if level is not None else strongest(require)
    with ExitStack() as stack:
        process = _start(chosen, limits or Limits(), stack)
        if isinstance(process, str):
            raise InputError(f"The isolation {chosen!r} does not work on this machine: {process}")
        yield process


@cache
def available() -> tuple[str, ...]:
    """The levels that work on this machine, strongest first, each tried once."""
    return tuple(level for level in LEVELS if _works(level))


def strongest(require: str | None = None) -> str:
    """The strongest level that works; one sentence when it is weaker than what is required."""
    if require is not None and require not in LEVELS:
        raise InputError(f"The isolation levels are {', '.join(LEVELS)}, not {require!r}.")
    for level in LEVELS:  # the first that works ends the search
        if require is not None and LEVELS.index(level) > LEVELS.index(require):
            break
        if _works(level):
            return level
    found = next((level for level in LEVELS if _works(level)), None)
    best = "no level works here" if found is None else f"the strongest here is {found!r}"
    raise InputError(
        f"The isolation {require or 'limits'!r} is required for student code, but {best}; "
        "install bubblewrap, allow user namespaces, or require less."
    )


def stronger(level: str, other: str | None) -> str:
    """The stronger of two levels."""
    return level if other not in LEVELS else min(level, str(other), key=LEVELS.index)


@cache
def _works(level: str) -> bool:
    with ExitStack() as stack:
        return isinstance(_start(level, Limits(), stack), Student)


def _start(level: str, limits: Limits, stack: ExitStack) -> Student | str:
    """A process that has confined itself, or why that cannot be."""
    if level not in LEVELS:
        raise InputError(f"The isolation levels are {', '.join(LEVELS)}, not {level!r}.")
    if os.name != "posix" or not sys.platform.startswith("linux"):
        return "student code is run on Linux only"
    bubblewrap = shutil.which("bwrap")
    root = os.geteuid() == 0
    if level == "bubblewrap" and bubblewrap is None:
        return "bubblewrap is not installed"
    if level == "user" and not root:
        return "only root can become another user"
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hessmath-student-")))
    packages, work = folder / "packages", folder / "work"
    user = NOBODY if root and level in ("namespaces", "user") else None
    for path in (packages, work):
        path.mkdir(mode=0o755)
    folder.chmod(0o755)
    numpy_folders = _numpy_folders()
    for path in numpy_folders:
        (packages / path.name).symlink_to(path)
    folders = _outermost([*_python_folders(), *numpy_folders, packages])
    ours_read, ours_write, theirs_read, theirs_write = *os.pipe(), *os.pipe()
    # ours_read/ours_write carry requests (we write); theirs_read/theirs_write carry results (we read).
    requests_in, requests_out, results_in, results_out = ours_read, ours_write, theirs_read, theirs_write
    for descriptor in (requests_out, results_in):
        stack.callback(os.close, descriptor)
    os.set_blocking(requests_out, False)
    command = [_interpreter(), "-I", "-S", "-B", str(JAIL / "child.py"), str(requests_in), str(results_out)]
    if level == "bubblewrap":
        command = _bubblewrap(str(bubblewrap), [*folders, str(JAIL), _interpreter()]) + command
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=work,
            env={"OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"},
            pass_fds=(requests_in, results_out),
            start_new_session=True,
        )
    finally:
        os.close(requests_in)
        os.close(results_out)
    stack.callback(kill, process)
    found = Student(process, requests_out, results_in, limits)
    problem = found.handshake(
        {
            "level": level,
            "user": user,
            "folders": folders,
            "packages": str(packages),
            "most_numbers": limits.numbers,
            "limits": {"seconds": int(limits.seconds) + 5, "memory": limits.memory},
        }
    )
    return found if problem is None else problem


def _bubblewrap(program: str, folders: Sequence[str]) -> list[str]:
    command = [program, "--unshare-all", "--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL"]
    command += ["--uid", str(NOBODY), "--gid", str(NOBODY), "--setenv", "OPENBLAS_NUM_THREADS", "1"]
    for folder in folders:
        command += ["--ro-bind", folder, folder]
    return [*command, "--dev", "/dev", "--dir", "/work", "--chdir", "/work", "--remount-ro", "/", "--"]


def _interpreter() -> str:
    """The interpreter itself, not the link of a virtual environment."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


def _python_folders() -> list[Path]:
    """The standard library and the shared libraries that its modules load."""
    found = [Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")]
    found += [Path(sys.base_prefix) / "lib"] if Path(sys.base_prefix) != Path("/usr") else []
    found += [Path(name) for name in ("/usr/lib", "/usr/lib64", "/lib", "/lib64")]
    return [path for path in found if path.is_dir()]


def _numpy_folders() -> list[Path]:
    spec = find_spec("numpy")
    if spec is None or spec.origin is None:
        raise InputError("NumPy cannot be found, so student code cannot be run.")
    home = Path(spec.origin).resolve().parent
    return [path for path in (home, home.with_name("numpy.libs")) if path.is_dir()]


def _outermost(paths: Sequence[Path]) -> list[str]:
    """Each path once, without those inside another."""
    kept: list[Path] = []
    for path in sorted(set(paths), key=lambda p: len(p.parts)):
        if not any(path.is_relative_to(other) for other in kept):
            kept.append(path)
    return [str(path) for path in kept]
