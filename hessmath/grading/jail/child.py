"""The process in which a student's code runs: confines itself, loads the code, answers calls with JSON numbers.

Started as ``python -I -S -B child.py REQUESTS RESULTS`` with two descriptors.  Each request and each reply is one
line of JSON.  A reply repeats the request's own random ``token``, so that a line prepared beforehand, or a print
into the channel, is noticed.  The process holds inputs and the student's text; no expected value, no key.
"""

from __future__ import annotations

import builtins
import ctypes
import importlib.util
import json
import os
import resource
import signal
import sys
import types
from collections.abc import Callable, Mapping
from typing import Any

SIGNAL_ON_PARENTS_DEATH, NO_NEW_PRIVILEGES = 1, 38
LONGEST_TEXT = 500
# Loaded beforehand, for a user who may not read the interpreter's folder.
PRELOADED = (
    "bisect cmath collections contextlib copy dataclasses decimal enum fractions functools heapq itertools math "
    "numbers operator random statistics string time typing warnings"
).split()


def read_line(descriptor: int) -> bytes:
    """One line from a pipe, without its end; empty at the end of the pipe."""
    parts = []
    while True:
        byte = os.read(descriptor, 65536)
        parts.append(byte)
        if not byte or byte.endswith(b"\n"):
            return b"".join(parts)


def send(
    descriptor: int,
    message: Mapping[str, Any],
    dumps: Callable[..., str] = json.dumps,
    write: Callable[[int, bytes], int] = os.write,
) -> None:
    """One reply as one line; its length is bounded by the reader."""
    data = (dumps(message, allow_nan=False) + "\n").encode()
    while data:
        data = data[write(descriptor, data) :]


def load_sibling(name: str) -> Any:
    """A module of this folder, read from its path (the folder is not on sys.path)."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".py")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def set_limits(limits: Mapping[str, int]) -> None:
    """Memory, processor time, files; no process or thread can be started any more."""
    for name, value in (
        ("RLIMIT_CORE", 0),
        ("RLIMIT_FSIZE", 0),
        ("RLIMIT_CPU", limits["seconds"]),
        ("RLIMIT_AS", limits["memory"]),
        ("RLIMIT_NOFILE", 32),
        ("RLIMIT_NPROC", 0),
    ):
        number = getattr(resource, name, None)
        if number is not None:
            resource.setrlimit(number, (value, value))


def confine(setup: Mapping[str, Any]) -> list[str]:
    """Apply the level of isolation that the grader chose; returns what is in force."""
    libc = ctypes.CDLL(None, use_errno=True)
    namespaces, landlock, filters = (load_sibling(name) for name in ("namespaces", "landlock", "filters"))
    level = setup["level"]
    measures = []
    ruleset = landlock.prepare(libc, setup["folders"]) if level in ("user", "limits") else None
    if level == "namespaces":
        namespaces.enter(libc, setup["folders"], setup["user"])
        measures.append("own process, network, mount, IPC and host namespaces")
        measures.append("no file but Python's and NumPy's")
    elif level == "bubblewrap":
        measures.append("all namespaces, no capabilities")
        measures.append("no file but Python's and NumPy's")
    else:
        namespaces.become(libc, setup["user"])
        measures.append("another user, no capabilities" if level == "user" else "no capabilities")
    libc.prctl(SIGNAL_ON_PARENTS_DEATH, signal.SIGKILL, 0, 0, 0)  # forgotten when the user changes
    if libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0:
        if ruleset is not None and landlock.restrict(libc, ruleset):
            measures.append("Landlock: no file but Python's and NumPy's")
        measures += filters.apply(libc, os.uname().machine, os.getpid())
    set_limits(setup["limits"])
    measures.append("limits on memory, time, files and processes")
    return measures


def describe(error: BaseException, name: str) -> str:
    """An exception in one sentence, with the line of the student's text where it was raised."""
    line = getattr(error, "lineno", None) if isinstance(error, SyntaxError) else None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == name:
            line = trace.tb_lineno
        trace = trace.tb_next
    try:
        text = str(error.msg if isinstance(error, SyntaxError) else error)
    except BaseException:
        text = "(its message cannot be shown)"
    where = f" in line {line}" if isinstance(line, int) else ""
    return f"{type(error).__name__}{where}: {text}"[:LONGEST_TEXT]


def decode(value: Any, numpy: Any) -> Any:
    """An argument: a number, or an array with its type and the way it lies in memory."""
    if not isinstance(value, dict):
        return value
    array = numpy.array(value["array"], dtype=value["dtype"])
    layout = value.get("layout", "C")
    if layout == "strided":
        wide = numpy.zeros((*array.shape[:-1], 2 * array.shape[-1]), dtype=array.dtype)
        wide[..., ::2] = array
        array = wide[..., ::2]
    elif layout == "fortran":
        array = numpy.asfortranarray(array)
    elif layout == "list":
        return array.tolist()
    elif layout == "read-only":
        array.flags.writeable = False
    return array


def encode(value: Any, numpy: Any, most: int) -> dict[str, Any]:
    """What the student's function returned, as shape, type and flat list of numbers."""
    array = numpy.asarray(value)
    if array.dtype.kind not in "buif":
        return {"problem": f"a value of type {type(value).__name__} with entries of type {array.dtype}"[:LONGEST_TEXT]}
    if array.ndim > 4 or array.size > most:
        return {"problem": f"an array of shape {array.shape}, far larger than asked"[:LONGEST_TEXT]}
    numbers = [
        x if isinstance(x, (bool, int)) or abs(x) <= 1.7976931348623157e308 else repr(x) for x in array.ravel().tolist()
    ]
    return {"shape": list(array.shape), "dtype": str(array.dtype), "numbers": numbers}


def same(before: Any, after: Any, numpy: Any) -> bool:
    """Whether an argument still holds what it held."""
    try:
        return bool(numpy.array_equal(numpy.asarray(before), numpy.asarray(after), equal_nan=True))
    except Exception:
        return False


def main(requests: int, results: int) -> None:
    """Confine, load, answer calls until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(SIGNAL_ON_PARENTS_DEATH, signal.SIGKILL, 0, 0, 0)
    setup = json.loads(read_line(requests))
    sys.path.append(setup["packages"])
    sys.dont_write_bytecode = True
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    for name in PRELOADED:
        __import__(name)
    import numpy
    import numpy.fft
    import numpy.linalg
    import numpy.polynomial
    import numpy.random

    numpy.seterr(all="ignore")
    try:
        measures = confine(setup)
    except OSError as error:
        send(results, {"token": setup["token"], "problem": str(error)})
        os._exit(3)
    send(results, {"token": setup["token"], "measures": measures})
    name, most = "answer.py", setup["most_numbers"]
    module = types.ModuleType("student")
    sys.modules["student"] = module
    module.__dict__["__builtins__"] = builtins
    while True:
        line = read_line(requests)
        if not line:
            os._exit(0)
        request = json.loads(line)
        reply = {"token": request["token"]}
        try:
            if "source" in request:
                exec(compile(request["source"], name, "exec", dont_inherit=True), module.__dict__)
                missing = [each for each in request["names"] if not callable(module.__dict__.get(each))]
                reply.update({"missing": missing})
            else:
                arguments = [decode(each, numpy) for each in request["arguments"]]
                kept = [decode(each, numpy) for each in request["arguments"]]
                value = module.__dict__[request["name"]](*arguments)
                reply.update(encode(value, numpy, most))
                reply["changed"] = [i for i, (a, b) in enumerate(zip(kept, arguments)) if not same(a, b, numpy)]  # noqa: B905
        except MemoryError:
            reply["error"] = "MemoryError: the memory allowed is used up"
        except RecursionError:
            reply["error"] = "RecursionError: the function calls itself too often"
        except BaseException as error:
            reply["error"] = describe(error, name)
        send(results, reply)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
