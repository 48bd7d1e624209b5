"""Eigenvalues of the Hessian of a small network's loss, to any number of digits, with proof.

The exact loss is differentiated as a program and run in balls, which enclose the eigenvalues.  Precision grows until
every enclosure is narrow enough.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from hessmath.errors import InputError
from hessmath.networks.parameters import flat_vector

if TYPE_CHECKING:
    from hessmath.networks.batch_loss import BatchLoss

MAX_BITS = 4096
"""Most bits that are tried."""


def exact_eigenvalues(loss: BatchLoss, theta: ArrayLike, digits: int = 30) -> tuple[Decimal, ...]:
    """The eigenvalues of ∇²L at θ, ascending, each within one unit of its last of ``digits`` digits.

    θ is taken as it is in binary, the batch by its shortest decimals, as in ``loss.function()``.  An eigenvalue that
    is 0 comes out as 0: its enclosure contains 0 and is narrower than 10^(−digits) times the largest.

    Raises
    ------
    InputError
        If there are too few digits, the network is too large to be written out, or eigenvalues cannot be enclosed
        with 4096 bits.

    Examples
    --------
    >>> from hessmath.networks import Dense, Network, Tanh
    >>> L = Network(Dense(1, 1, bias=False), Tanh()).batch_loss([[1]], [[0]])
    >>> L.exact_eigenvalues([0.0]), L.exact_eigenvalues([0.5], digits=25)
    ((Decimal('2'),), (Decimal('0.5652092882597703608656729'),))
    """
    import flint

    from hessmath import program
    from hessmath.program.arithmetic import balls

    if digits < 1:
        raise InputError(f"digits must be at least 1, but is {digits}.")
    point = [Fraction(x) for x in flat_vector("theta", theta, loss.n).tolist()]
    tape = program.hessian(loss.function().tape)
    bits = 64 + 4 * digits
    while bits <= MAX_BITS:
        with flint.ctx.workprec(bits):
            found = _enclosures(flint.arb_mat(loss.n, loss.n, balls.run(tape, point, bits)), bits)
            tenth = flint.arb(10) ** -(digits + 1)
            largest = max(abs(part).mid() for part in found)
            if all(
                part.rad() <= tenth * abs(part).mid() or (part.contains(0) and part.rad() <= tenth * largest)
                for part in found
            ):
                return tuple(_decimal(part, digits) for part in found)
        bits *= 2
    raise InputError(f"The eigenvalues could not be enclosed with {MAX_BITS} bits.")


def _enclosures(H: Any, bits: int) -> list[Any]:
    """Balls with the eigenvalues of a symmetric matrix of balls, ascending; multiple ones are no harder than others.

    B = QᵀHQ for an approximate eigenvector matrix Q.  By Ostrowski's theorem λᵢ(B) = θᵢ λᵢ(H) with |θᵢ − 1| ≤
    ‖QᵀQ − I‖, and by Weyl's λᵢ(B) lies within ‖B − diag B‖ of the i-th diagonal entry (Horn & Johnson 2013,
    theorems 4.5.9 and 4.3.1); rows of absolute values bound both norms.
    """
    import flint
    import mpmath

    n = H.nrows()
    with mpmath.workprec(bits):
        middle = mpmath.matrix(n, n)
        for i in range(n):
            for j in range(n):
                mantissa, exponent = ((H[i, j] + H[j, i]) / 2).mid().man_exp()
                middle[i, j] = mpmath.ldexp(int(mantissa), int(exponent))
        _, vectors = mpmath.eigsy(middle)
        pairs = [[vectors[i, j].man_exp for j in range(n)] for i in range(n)]
        signs = [[-1 if vectors[i, j] < 0 else 1 for j in range(n)] for i in range(n)]
    entries = [
        signs[i][j] * flint.arb(abs(int(pairs[i][j][0]))) * flint.arb(2) ** int(pairs[i][j][1])
        for i in range(n)
        for j in range(n)
    ]
    Q = flint.arb_mat(n, n, entries)
    B, gram = Q.transpose() * H * Q, Q.transpose() * Q
    off = max(_upper(sum((abs(B[i, j]) for j in range(n) if j != i), abs(B[i, i] - B[i, i].mid()))) for i in range(n))
    stretch = max(_upper(sum((abs(gram[i, j] - int(i == j)) for j in range(n)), flint.arb(0))) for i in range(n))
    if not stretch < 1:
        return [flint.arb("nan")] * n
    around = flint.arb(1, stretch)
    return [flint.arb(middle, off) / around for middle in sorted(B[i, i].mid() for i in range(n))]


def _upper(ball: Any) -> Any:
    """The upper end of a ball."""
    return ball.upper() if hasattr(ball, "upper") else ball.abs_upper()


def _decimal(ball: Any, digits: int) -> Decimal:
    if ball.contains(0):
        return Decimal(0)
    mantissa, exponent = ball.mid().man_exp()
    exact = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    with localcontext() as context:
        context.prec = digits
        return Decimal(exact.numerator) / Decimal(exact.denominator)
