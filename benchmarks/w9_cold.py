"""W9: from the start of a Python process to the first Hessian, of Rosenbrock's function at (−1.2, 1).

Each sample is a fresh process.  Cold: nothing is on disk but Python's own byte code.  Warm: what the process before
left there, for those that leave something (hessmath its object code; JAX its persistent cache, switched on).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks import building, peers
from benchmarks.cases import BY_HAND, OURS, AtMost, Case, Entry, NotApplicable, Within
from benchmarks.environment import ROOT
from benchmarks.peers import jax_jit
from benchmarks.scope import Scope

TITLE = "from the start of the process to the first Hessian"

HESSMATH = """
import hessmath as hm
H = hm.compile("100*(y - x**2)**2 + (1 - x)**2", "x y").hessian([-1.2, 1.0])
"""
FLOOR = """
import sympy, numba, numpy as np
H = np.array([1330.0, 480.0, 480.0, 200.0])
"""
PRINT = "\nprint([float(h) for h in H.ravel()])\n"
EXACT = [1330.0, 480.0, 480.0, 200.0]


def cases(scope: Scope) -> Iterator[Case]:
    """Cold and warm; beside the latter the floor, which is to import SymPy and Numba and to compute nothing."""
    contenders = {OURS: partial(_process, HESSMATH, building.use_new_cache)}
    contenders |= {peer.NAME: partial(_peer, peer) for peer in peers.load()}
    yield Case("W9", "cold", contenders, (Within(1.3), AtMost(1, "jax")), reference=EXACT)
    contenders = {BY_HAND: partial(_process, FLOOR), OURS: _warm, jax_jit.NAME: _warm_jax}
    yield Case("W9", "warm; by hand: only imports", contenders, (Within(0.9), AtMost(1, "jax")), reference=EXACT)


def _peer(peer: ModuleType) -> Entry:
    if peer.COLD is None:
        raise NotApplicable("starts as another peer does")
    peers.need(peer)
    return _process(peer.COLD)


def _warm() -> Entry:
    building.use_new_cache()
    filled = os.environ["HESSMATH_CACHE_DIR"]
    return _process(HESSMATH, lambda: os.environ.update(HESSMATH_CACHE_DIR=filled))


def _warm_jax() -> Entry:
    peers.need(jax_jit)
    settings = {
        "JAX_COMPILATION_CACHE_DIR": tempfile.mkdtemp(dir=building.folder()),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
    return _process(jax_jit.COLD, settings=settings)


def _process(script: str, before: Callable[[], Any] | None = None, settings: dict[str, str] | None = None) -> Entry:
    """An entry that runs a script in a fresh process; run once before, so that byte code is there."""

    def run() -> tuple[float, Any]:
        if before is not None:
            before()
        environment = {**os.environ, **(settings or {}), "PYTHONPATH": str(ROOT)}
        start = time.perf_counter()
        command = [sys.executable, "-c", script + PRINT]
        done = subprocess.run(command, env=environment, cwd=Path.home(), capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - start
        if done.returncode:
            raise RuntimeError(done.stderr.strip().splitlines()[-1])
        return seconds, json.loads(done.stdout)

    return Entry(run()[1], lambda: run()[0])
