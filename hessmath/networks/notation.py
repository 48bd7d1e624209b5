"""Networks as text: the forward formula as it is printed in books, and the loss in the language of matrix formulas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hessmath.errors import InputError
from hessmath.networks.activations import Activation
from hessmath.networks.layers import BatchNorm, Dense, FrozenBatchNorm, Layer, Residual, width_through
from hessmath.networks.losses import BATCH, MSE, BinaryCrossEntropy, Loss

LONGEST = 20_000
"""Characters of a loss as one formula: layers that name their input twice double it."""


def latex(layers: Sequence[Layer]) -> str:
    """The forward pass, one line for each layer: z = aW + b, a = f(z).

    Examples
    --------
    >>> from hessmath.networks import Dense, Tanh
    >>> print(latex([Dense(2, 3), Tanh()]))
    \\begin{aligned}
    a_{0} &= x \\\\
    z_{1} &= a_{0} W_{0} + b_{0} \\\\
    a_{1} &= \\tanh\\left(z_{1}\\right)
    \\end{aligned}
    """
    lines = ["a_{0} &= x"]
    _latex_lines(layers, _Latex(lines), "a_{0}")
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


@dataclass
class _Latex:
    lines: list[str]
    values: int = 0
    dense: int = 0
    norms: int = 0

    def note(self, letter: str, formula: str) -> str:
        name = f"{letter}_{{{self.values}}}"
        self.lines.append(f"{name} &= {formula}")
        return name


def _latex_lines(layers: Sequence[Layer], text: _Latex, at: str) -> str:
    for layer in layers:
        match layer:
            case Dense():
                text.values += 1
                bias = f" + b_{{{text.dense}}}" if layer.bias else ""
                at = text.note("z", f"{at} W_{{{text.dense}}}{bias}")
                text.dense += 1
            case Activation():
                if at.startswith("a"):
                    text.values += 1
                at = text.note("a", layer.latex.format(at))
            case BatchNorm() | FrozenBatchNorm():
                text.values += 1
                n = text.norms
                mean, deviation = (
                    (rf"\operatorname{{mean}}\left({at}\right)", rf"\operatorname{{var}}\left({at}\right)")
                    if isinstance(layer, BatchNorm)
                    else (f"m_{{{n}}}", f"v_{{{n}}}")
                )
                fraction = rf"\frac{{{at} - {mean}}}{{\sqrt{{{deviation} + \varepsilon}}}}"
                at = text.note("z", rf"\gamma_{{{n}}} \odot {fraction} + \beta_{{{n}}}")
                text.norms += 1
            case Residual():
                inner = _latex_lines(layer.layers, text, at)
                text.values += 1
                at = text.note("a", f"{at} + {inner}")
    return at


@dataclass
class MatrixFormula:
    """A loss in the language of matrix formulas, with the sizes of its arrays.

    Attributes
    ----------
    text : the formula
    variables : the parameters of the network with their sizes, in the order of the flat vector
    data : X, Y, and statistics of frozen normalisations (mean0, variance0, …) with their sizes
    sizes : what the widths are in this network
    """

    text: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)


def matrix_formula(layers: Sequence[Layer], loss: Loss) -> MatrixFormula:
    """The loss of a batch of N samples; widths are d0, d1, …, so that one formula serves all of them.

    Raises
    ------
    InputError
        If the formula would be longer than LONGEST.

    Examples
    --------
    >>> from hessmath.networks import Dense, MSE, Tanh
    >>> formula = matrix_formula([Dense(2, 3), Tanh()], MSE(over="batch"))
    >>> formula.text
    'sum((tanh(X @ W0 + outer(ones(N), b0)) - Y)**2)/N'
    >>> formula.variables
    {'W0': 'd0 d1', 'b0': 'd1'}
    """
    writer = _Writer()
    z, width = writer.through(layers, "X", "d0", None)
    writer.widths["d0"] = width_through(layers, None)[0] or 0
    data = {"X": "N d0", "Y": f"N {width}", **writer.data}
    formula = MatrixFormula("", writer.variables, data, writer.widths)
    if isinstance(loss, MSE):
        total = f"sum(({z} - Y)**2)"
    elif isinstance(loss, BinaryCrossEntropy):
        total = f"sum(softplus({z}) - Y*({z}))"
    else:
        total = f"(sum(log(exp({z}) @ ones({width}))) - sum(Y*({z})))"
    over_batch = not isinstance(loss, MSE | BinaryCrossEntropy) or loss.over == BATCH
    formula.text = f"{total}/N" if over_batch else f"{total}/(N*{width})"
    _require_short(formula.text)
    return formula


def _require_short(text: str) -> None:
    if len(text) > LONGEST:
        raise InputError(
            f"The loss as one formula would have more than {LONGEST:,} characters: GELU, residual connections and "
            "batch normalisation name their input several times. Take fewer layers, or batch_loss."
        )


@dataclass
class _Writer:
    variables: dict[str, str] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    widths: dict[str, int] = field(default_factory=dict)
    sizes: int = 0
    dense: int = 0
    norms: int = 0

    def through(self, layers: Sequence[Layer], a: str, width: str, end: str | None) -> tuple[str, str]:
        """The formula after layers and its width, which is ``end`` if that is given."""
        last = max((k for k, layer in enumerate(layers) if isinstance(layer, Dense)), default=None)
        for k, layer in enumerate(layers):
            match layer:
                case Dense():
                    self.sizes += 1
                    outputs = end if end is not None and k == last else f"d{self.sizes}"
                    a = self.affine(layer, a, width, outputs)
                    self.widths[outputs] = layer.outputs
                    width = outputs
                case Activation():
                    a = layer.text.format(a)
                case BatchNorm() | FrozenBatchNorm():
                    a = self.norm(layer, a, width)
                case Residual():
                    a = f"({a} + {self.through(layer.layers, a, width, width)[0]})"
            _require_short(a)
        return a, width

    def affine(self, layer: Dense, a: str, inputs: str, outputs: str) -> str:
        W, b = f"W{self.dense}", f"b{self.dense}"
        self.dense += 1
        self.variables[W] = f"{inputs} {outputs}"
        product = f"{_atom(a)} @ {W}"
        if not layer.bias:
            return product
        self.variables[b] = outputs
        return f"{product} + outer(ones(N), {b})"

    def norm(self, layer: BatchNorm | FrozenBatchNorm, a: str, width: str) -> str:
        n = self.norms
        self.norms += 1
        self.variables[f"gamma{n}"] = self.variables[f"beta{n}"] = width
        eps = repr(float(layer.eps))
        if isinstance(layer, BatchNorm):
            mean = f"(ones(N) @ ({a})/N)"
            centred = f"(({a}) - outer(ones(N), {mean}))"
            variance = f"(ones(N) @ ({centred}**2)/N)"
        else:
            mean, variance = f"mean{n}", f"variance{n}"
            self.data |= {mean: width, variance: width}
            centred = f"(({a}) - outer(ones(N), {mean}))"
        return f"({centred} * outer(ones(N), gamma{n}/sqrt({variance} + {eps})) + outer(ones(N), beta{n}))"


def _atom(formula: str) -> str:
    """The formula in brackets, unless it is a name or one call."""
    if formula.isalnum():
        return formula
    depth, opening = 0, len(formula) - 1
    if formula.endswith(")"):
        for place in range(len(formula) - 1, -1, -1):
            depth += {")": 1, "(": -1}.get(formula[place], 0)
            if depth == 0:
                opening = place
                break
    word = formula[:opening]
    return formula if formula.endswith(")") and (not word or word.isalnum()) else f"({formula})"
