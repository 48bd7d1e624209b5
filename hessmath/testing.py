"""Assertions about claims and derivatives, for test suites.

``assert_proved`` and ``assert_refuted`` settle a claim with all of hessmath's rigour; ``assert_derivative`` compares a
derivative with the formula that it is meant to belong to.  Each returns the verdict, and its failure message
shows the counterexample and, where one small edit repairs the claim, that edit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hessmath.verify import Claim, Verdict

__all__ = ["assert_derivative", "assert_proved", "assert_refuted"]

settled: list[dict[str, Any]] = []
"""What the assertions of the running test found out; the pytest plugin takes it from here for its ledger."""

POINTS = 20
"""At how many points a derivative given as Python code is compared with the exact one."""


def assert_proved(
    claim: Claim | str | Mapping[str, Any], /, *, listed_sizes: bool = False, **declarations: Any
) -> Verdict:
    """Fail unless the claim is proved, for every size; the verdict.

    Parameters
    ----------
    claim : Claim, text, or a mapping with the fields of a claim file
    listed_sizes : whether a proof for listed sizes (1, 2, 3) is enough
    **declarations : for text, each name with its sizes and properties, such as ``A="n n invertible"``

    Raises
    ------
    AssertionError
        With the verdict, its argument or counterexample, and a repair if one was found.

    Examples
    --------
    >>> assert_proved("trace(A @ B) == trace(B @ A)", A="m n", B="n m").scope
    'all sizes'
    """
    __tracebackhide__ = True
    verdict = _check(claim, declarations)
    _expect(verdict, "proved (sizes)" if listed_sizes else "proved")
    return verdict


def assert_refuted(claim: Claim | str | Mapping[str, Any], /, **declarations: Any) -> Verdict:
    """Fail unless the claim is refuted by an exact counterexample; the verdict.

    Raises
    ------
    AssertionError
        With the verdict and its argument.

    Examples
    --------
    >>> assert_refuted("A @ B == B @ A", A="n n", B="n n").counterexample.sizes
    {'n': 2}
    """
    __tracebackhide__ = True
    verdict = _check(claim, declarations)
    _expect(verdict, "refuted")
    return verdict


def assert_derivative(
    f: Any, g: Any, /, *, wrt: str | None = None, variables: Any = None, rtol: float = 1e-9, **declarations: Any
) -> Verdict:
    """Fail unless g is the derivative of f; the verdict.

    Parameters
    ----------
    f : text, SymPy expression or Function
    g : text, SymPy expression, or a list of them, one for each variable: the gradient, which is then proved; or a
        Python function of one vector, which is compared with the exact gradient at 20 points (``Tested``)
    wrt : with ``declarations``, the array or scalar by which f, a text, is differentiated
    variables : the scalar variables in order, as in ``"x y"``; if not given, those in the formula, sorted
    rtol : for a Python function, the largest error relative to the gradient's largest entry
    **declarations : names with their sizes, such as ``A="m n"``; needs ``wrt``

    Raises
    ------
    AssertionError
        With the point at which they differ.

    Examples
    --------
    >>> assert_derivative("x**2*y", ["2*x*y", "x**2"]).name
    'proved'
    >>> assert_derivative("nsq(A @ x - b)", "2*A.T @ (A @ x - b)", wrt="x", A="m n", x="n", b="m").scope
    'all sizes'
    >>> assert_derivative("x**2*y", lambda x: [2*x[0]*x[1], x[0]**2]).name
    'tested'
    """
    __tracebackhide__ = True
    if callable(g) and not hasattr(g, "free_symbols"):
        return _compared(f, g, variables, rtol)
    if wrt is not None:
        fields = _declared(declarations) | {"kind": "gradient", "f": str(f), "wrt": wrt, "claim": str(g)}
    else:
        fields = _gradient_fields(f, g, variables)
    verdict = _check(fields, {})
    _expect(verdict, "proved (sizes)")
    return verdict


def _check(claim: Any, declarations: Mapping[str, Any]) -> Verdict:
    from hessmath import verify

    read = verify.read_claim(claim, **declarations)
    verdict = verify.check(read)
    settled.append({"id": read.id, "claim": read.text, "verdict": str(verdict), "name": verdict.name})
    return verdict


def _expect(verdict: Verdict, expected: str) -> None:
    __tracebackhide__ = True
    from hessmath.verify import meets

    if not meets(verdict, expected):
        raise AssertionError(failure(verdict, expected))


def failure(verdict: Verdict, expected: str) -> str:
    """What to print when a verdict is not the expected one: claim, verdict, argument and repair."""
    words = {
        "proved": "be proved for every size",
        "proved (sizes)": "be proved",
        "ill_posed": "be ill-posed",
    }
    lines = [f"The claim should {words.get(expected, f'be {expected}')}, but it is not.", verdict.explain()]
    if expected.startswith("proved") and verdict.name in ("refuted", "ill_posed") and not verdict.parts:
        repair = verdict.repair()
        if repair is not None:
            lines.append(f"What would repair it: {repair}")
    return "\n".join(lines)


def _declared(declarations: Mapping[str, Any]) -> dict[str, Any]:
    from hessmath.verify import read_claim

    read = read_claim("0 == 0", **declarations)
    return {
        "id": "derivative",
        "vars": {name: [str(size) for size in shape] for name, shape in read.variables},
        "hypotheses": _texts(read.hypotheses),
    }


def _texts(nodes: Sequence[Any]) -> list[str]:
    from hessmath.language import to_text

    return [to_text(node) for node in nodes]


def _gradient_fields(f: Any, g: Any, variables: Any) -> dict[str, Any]:
    from hessmath.function import Function

    function = f if isinstance(f, Function) else Function(f, variables)
    given = list(g) if isinstance(g, Sequence | tuple) and not isinstance(g, str) else [g]
    return {
        "id": "derivative",
        "kind": "grad_hess",
        "f": str(f) if isinstance(f, str) else str(function.exprs[0]),
        "vars": [str(v) for v in function.variables],
        "domain": _texts(function.domain) or "R",
        "gradient": [str(entry) for entry in given],
    }


def _compared(f: Any, g: Callable[[Any], Any], variables: Any, rtol: float) -> Verdict:
    __tracebackhide__ = True
    import numpy as np

    import hessmath
    from hessmath.verify import Tested

    function = f if isinstance(f, hessmath.Function) else hessmath.Function(f, variables)
    kernel = hessmath.compile(function)
    rng, worst = np.random.default_rng(20250521), 0.0
    compared = 0
    for x in rng.uniform(-2, 2, (POINTS, len(function.variables))):
        exact = np.atleast_1d(kernel.gradient(x))
        if not (np.isfinite(kernel.f(x)) and np.all(np.isfinite(exact))):
            continue
        compared += 1
        given = np.atleast_1d(np.asarray(g(x.copy()), dtype=float))
        if given.shape != exact.shape:
            raise AssertionError(f"The derivative has shape {given.shape}, but the gradient has {exact.shape}.")
        error = float(np.max(np.abs(given - exact)) / max(1.0, float(np.max(np.abs(exact)))))
        if not error <= rtol:
            names = ", ".join(f"{v} = {t!r}" for v, t in zip(function.variables, x.tolist(), strict=True))
            raise AssertionError(
                f"This is not the derivative of {f}: at {names} it is {given.tolist()}, "
                f"but the gradient is {exact.tolist()} (relative error {error:.2g})."
            )
        worst = max(worst, error)
    if not compared:
        raise AssertionError(f"The gradient of {f} is finite at none of {POINTS} points, so nothing was compared.")
    verdict = Tested(f"at {compared} points, largest relative error {worst:.2g}")
    settled.append({"id": "derivative", "claim": f"derivative of {f}", "verdict": str(verdict), "name": "tested"})
    return verdict
