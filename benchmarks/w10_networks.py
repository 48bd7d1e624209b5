"""W10: losses of networks on batches: gradient, Hessian-vector and Gauss-Newton products, whole Hessians.

Peers get the same matrix formula.  The smallest network runs as the kernel of its exact formula (``hm.compile``), the
others as ``BatchLoss``.  Besides: what products cost in gradients of the deep autoencoder with the forward
pass kept, and the first Hessian of a fresh process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

import hessmath as hm
from benchmarks import building, peers
from benchmarks.cases import OURS, AtMost, Case, Entry, Within, call
from benchmarks.peers import casadi_networks, jax_jit, torch_func
from benchmarks.peers.formula import Formula
from benchmarks.scope import Scope
from benchmarks.timing import timed
from benchmarks.w9_cold import _process
from hessmath import networks

TITLE = "network losses on batches"

DEEP = (784, 400, 200, 100, 50, 25, 6)


@dataclass(frozen=True)
class BatchCase:
    """A network of tanh units with a linear output, mean square over batch and outputs."""

    widths: tuple[int, ...]
    samples: int

    @property
    def name(self) -> str:
        shown = "-".join(map(str, self.widths))
        return f"{shown if len(self.widths) < 6 else 'autoencoder 784…6…784'}, {self.samples} samples"

    @cached_property
    def data(self) -> tuple[Any, Any]:
        """Inputs and targets."""
        rng = np.random.default_rng(10)
        shape = self.samples, self.widths[0]
        return rng.standard_normal(shape), rng.uniform(0, 1, (self.samples, self.widths[-1]))

    @cached_property
    def loss(self) -> Any:
        """hessmath's."""
        layers: list[Any] = []
        for d, m in zip(self.widths, self.widths[1:], strict=False):
            layers += [hm.Dense(d, m), hm.Tanh()]
        return hm.Network(*layers[:-1]).batch_loss(*self.data)

    def point(self) -> tuple[Any, Any]:
        """Parameters and a direction."""
        rng = np.random.default_rng(11)
        return self.loss.network.initial(hm.Glorot(), rng=rng), rng.standard_normal(self.loss.n)

    def outputs(self, p: Any, xp: Any) -> Any:
        """The outputs with the functions of ``xp``; CasADi's matrices are filled by columns and do not broadcast."""
        is_casadi = type(p).__module__.startswith("casadi")
        X = self.data[0]
        a = xp.DM(X) if is_casadi else xp.from_numpy(X) if hasattr(xp, "from_numpy") else X
        place = 0
        for number, (d, m) in enumerate(zip(self.widths, self.widths[1:], strict=False)):
            W, b = p[place : place + d * m], p[place + d * m : place + d * m + m]
            place += d * m + m
            if is_casadi:
                a = a @ xp.reshape(W, m, d).T + xp.repmat(b.T, self.samples, 1)
            else:
                a = a @ W.reshape(d, m) + b
            if number < len(self.widths) - 2:
                a = xp.tanh(a)
        return a

    def of_outputs(self, a: Any, xp: Any) -> Any:
        """The loss of outputs."""
        Y = self.data[1]
        if type(a).__module__.startswith("casadi"):
            return xp.sumsqr(a - xp.DM(Y)) / Y.size
        return xp.mean((a - (xp.from_numpy(Y) if hasattr(xp, "from_numpy") else Y)) ** 2)

    @property
    def formula(self) -> Formula:
        """For peers that trace."""
        return Formula(array=lambda p, xp: self.of_outputs(self.outputs(p, xp), xp))


SMALL = (BatchCase((2, 3, 1), 8), BatchCase((4, 8, 3), 64), BatchCase((8, 16, 4), 64), BatchCase((16, 32, 8), 64))
DEEP_CASE = BatchCase(DEEP + DEEP[-2::-1], 1000)
HESSIAN_LIMITS = (1, 1 / 4, 1 / 8, 1 / 20)


def cases(scope: Scope) -> Iterator[Case]:
    """Products of each network, then ratios on the deep one, then a fresh process."""
    networks.load_loops()
    for case, limit in scope.some(list(zip(SMALL, HESSIAN_LIMITS, strict=True))):
        for kind in ("gradient", "hvp", "ggn"):
            yield _case(case, kind, 1)
        yield _case(case, "hessian", limit)
    yield Case("W10", "fresh process to the Hessian of 4-8-3", _fresh(), (AtMost(1 / 3, "jax"),))
    if scope.is_quick:
        return
    for kind in ("gradient", "hvp", "ggn"):
        yield _case(DEEP_CASE, kind, 1)
    for kind, limit in (("ggn_product", 1.5), ("hvp", 2.5)):
        contenders = {OURS: partial(_in_gradients, DEEP_CASE, kind)}
        yield Case(
            "W10", f"autoencoder: {kind} in gradients, forward kept", contenders, (Within(limit, "×"),), unit="×"
        )


def _case(case: BatchCase, kind: str, limit: float) -> Case:
    x, v = case.point()
    statement = {"gradient": "L.gradient(x)", "hessian": "L.hessian(x)", "hvp": "L.hvp(x, v)"}.get(
        kind, "L.ggn_product(x, v)"
    )
    ours = hm.compile(case.loss.function()) if case.loss.n * case.samples < 200 and kind != "ggn" else case.loss
    contenders: dict[str, Callable[[], Entry]] = {OURS: lambda: call(statement, L=ours, x=x, v=v)}
    if kind == "ggn":
        contenders |= {jax_jit.NAME: partial(_jax_ggn, case, x, v), torch_func.NAME: partial(_torch_ggn, case, x, v)}
    else:
        contenders |= peers.contenders(case.formula, kind, x, v, names=("jax_jit", "torch_func"))
    if case is not DEEP_CASE:  # with 1,000 samples CasADi's scalar operations are far too many
        contenders |= casadi_networks.contenders(case, kind, x, v)
    return Case("W10", f"{case.name}: {kind}", contenders, (AtMost(limit, "best peer"),))


def _jax_ggn(case: BatchCase, x: Any, v: Any) -> Entry:
    peers.need(jax_jit)
    import jax
    import jax.numpy as jnp

    def product(p: Any, v: Any) -> Any:
        outputs = partial(case.outputs, xp=jnp)
        a, a_dot = jax.jvp(outputs, (p,), (v,))
        slope = jax.grad(partial(case.of_outputs, xp=jnp))
        return jax.vjp(outputs, p)[1](jax.jvp(slope, (a,), (a_dot,))[1])[0]

    return call("asarray(g(x, v))", g=jax.jit(product), x=x, v=v, asarray=np.asarray)


def _torch_ggn(case: BatchCase, x: Any, v: Any) -> Entry:
    peers.need(torch_func)
    import torch

    torch.set_num_threads(1)

    def product(p: Any, v: Any) -> Any:
        outputs = partial(case.outputs, xp=torch)
        a, a_dot = torch.func.jvp(outputs, (p,), (v,))
        slope = torch.func.grad(partial(case.of_outputs, xp=torch))
        return torch.func.vjp(outputs, p)[1](torch.func.jvp(slope, (a,), (a_dot,))[1])[0]

    return call("g(tensor(x), tensor(v)).numpy()", g=product, x=x, v=v, tensor=torch.from_numpy)


def _in_gradients(case: BatchCase, kind: str) -> Entry:
    x, v = case.point()
    at = case.loss.linearise(x)
    product = timed(f"at.{kind}(v)", {"at": at, "v": v})
    gradient = timed("L.gradient(x)", {"L": case.loss, "x": x})
    at.hvp(v)
    return Entry(np.ones(1), lambda: product() / gradient())


_DATA = """
import numpy as np
rng = np.random.default_rng(0)
X, Y = rng.standard_normal((64, 4)), rng.standard_normal((64, 3))
p = rng.standard_normal(67)
"""
_HESSMATH = """
import hessmath as hm
from hessmath import networks
H = hm.Network(hm.Dense(4, 8), hm.Tanh(), hm.Dense(8, 3)).batch_loss(X, Y).hessian(p)
"""
_JAX = """
import jax, jax.numpy as jnp
def loss(p):
    a = jnp.tanh(X @ p[:32].reshape(4, 8) + p[32:40])
    return jnp.mean((a @ p[40:64].reshape(8, 3) + p[64:] - Y)**2)
H = np.asarray(jax.jit(jax.hessian(loss))(p))
"""


def _fresh() -> dict[str, Callable[[], Entry]]:
    def jax() -> Entry:
        peers.need(jax_jit)
        return _process(_DATA + _JAX)

    return {OURS: partial(_process, _DATA + _HESSMATH, building.use_new_cache), jax_jit.NAME: jax}
