r"""LaTeX as SymPy prints it, as MathML that a browser shows without scripts or fonts.

A subset: numbers, letters, signs, ``\frac``, ``\sqrt``, powers and indices, ``\left … \right``, matrices, Greek
letters, function names, ``\text``.  Anything else gives None, and the caller shows the LaTeX itself.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable

_TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|[0-9]+(?:\.[0-9]+)?|[{}^_&]|\s+|.", re.DOTALL)
_GREEK = dict(
    zip(
        "alpha beta gamma delta epsilon varepsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon "
        "phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split(),
        "αβγδϵεζηθικλμνξπρστυφϕχψωΓΔΘΛΞΠΣΥΦΨΩ",
        strict=True,
    )
)
_SIGNS = {
    "cdot": "⋅", "times": "×", "pm": "±", "mp": "∓", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠",
    "neq": "≠", "infty": "∞", "in": "∈", "to": "→", "cup": "∪", "cap": "∩", "partial": "∂", "nabla": "∇",
    "ldots": "…", "dots": "…", "wedge": "∧", "vee": "∨", "neg": "¬", "approx": "≈", "Rightarrow": "⇒",
    "Leftrightarrow": "⇔", "mid": "|", "|": "‖", "{": "{", "}": "}", "_": "_", "%": "%", "&": "&", "$": "$",
    "#": "#", "emptyset": "∅", "setminus": "∖", "langle": "⟨", "rangle": "⟩", "lvert": "|", "rvert": "|",
    "lVert": "‖", "rVert": "‖",
}  # fmt: skip
_SPACES = {",", ";", ":", " ", "!", "quad", "qquad", "limits", "displaystyle"}
_FUNCTIONS = set(
    "sin cos tan cot sec csc sinh cosh tanh coth log ln exp min max det arcsin arccos arctan lim sup inf".split()
)
_MATRICES = {"matrix", "array", "pmatrix", "bmatrix", "smallmatrix", "cases", "vmatrix", "Bmatrix"}
_FENCES = {"cases": "{", "pmatrix": "()", "bmatrix": "[]", "vmatrix": "||", "Bmatrix": "{}"}
DEEPEST = 60


class _Unknown(Exception):
    """Something outside the subset."""


def mathml(latex: str, *, display: bool = False) -> str | None:
    r"""A ``<math>`` element, or None if the LaTeX is outside the subset.

    Examples
    --------
    >>> mathml(r"\frac{x^{2}}{3}")
    '<math xmlns="http://www.w3.org/1998/Math/MathML"><mfrac><msup><mi>x</mi><mn>2</mn></msup><mn>3</mn></mfrac></math>'
    """
    if len(latex) > 20_000:
        return None
    reader = _Reader(_TOKEN.findall(latex))
    try:
        body = reader.row(lambda token: False)
    except (_Unknown, IndexError):
        return None
    if reader.peek():
        return None
    block = ' display="block"' if display else ""
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML"{block}>{body}</math>'


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.place, self.depth = tokens, 0, 0

    def peek(self) -> str:
        while self.place < len(self.tokens) and self.tokens[self.place].isspace():
            self.place += 1
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self) -> str:
        self.peek()
        token = self.tokens[self.place]
        self.place += 1
        return token

    def row(self, ends: Callable[[str], bool]) -> str:
        """Items up to a token that ends them, without an extra row around a single one."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise _Unknown
        items = []
        while self.peek() and not ends(self.peek()):
            found = self.item()
            if found:
                items.append(found)
        self.depth -= 1
        return "".join(items)

    def item(self) -> str:
        """One thing with its index and power."""
        base = self.atom()
        low = high = None
        while self.peek() in ("^", "_", "'"):
            mark = self.take()
            if mark == "^":
                high = self.argument()
            elif mark == "_":
                low = self.argument()
            else:
                high = "<mo>′</mo>"
        if low is not None and high is not None:
            return f"<msubsup>{_one(base)}{low}{high}</msubsup>"
        if low is not None:
            return f"<msub>{_one(base)}{low}</msub>"
        return base if high is None else f"<msup>{_one(base)}{high}</msup>"

    def argument(self) -> str:
        """What stands in braces, or one token, as one element."""
        if self.peek() == "{":
            self.take()
            inner = self.row(lambda token: token == "}")
            self._expect("}")
            return _one(inner)
        return _one(self.atom())

    def atom(self) -> str:
        token = self.take()
        if token == "{":
            self.place -= 1
            return self.argument()
        if token in "}&^_":
            raise _Unknown
        if not token.startswith("\\"):
            if token[0].isdigit():
                return f"<mn>{token}</mn>"
            return f"<mi>{html.escape(token)}</mi>" if token.isalpha() else f"<mo>{html.escape(token)}</mo>"
        return self.command(token[1:])

    def command(self, name: str) -> str:
        if name in _GREEK:
            return f"<mi>{_GREEK[name]}</mi>"
        if name in _SIGNS:
            return f"<mo>{html.escape(_SIGNS[name])}</mo>"
        if name in _FUNCTIONS:
            return f"<mi>{name}</mi>"
        if name in _SPACES:
            return ""
        if name in ("frac", "tfrac", "dfrac"):
            return f"<mfrac>{self.argument()}{self.argument()}</mfrac>"
        if name == "sqrt":
            if self.peek() == "[":
                self.take()
                order = _one(self.row(lambda token: token == "]"))
                self._expect("]")
                return f"<mroot>{self.argument()}{order}</mroot>"
            return f"<msqrt>{self.argument()}</msqrt>"
        if name in ("text", "operatorname", "mathrm", "mathbf", "mathtt", "textbf"):
            return self.words()
        if name in ("overline", "bar"):
            return f"<mover>{self.argument()}<mo>¯</mo></mover>"
        if name == "left":
            opened = self.fence()
            inner = self.row(lambda token: token == "\\right")
            self._expect("\\right")
            return f"<mrow>{opened}{inner}{self.fence()}</mrow>"
        if name == "begin":
            return self.table()
        raise _Unknown

    def words(self) -> str:
        self._expect("{")
        parts = []
        while (part := self.tokens[self.place]) != "}":
            self.place += 1
            if part in "{^_&" or (part.startswith("\\") and part[1:] not in _SIGNS and part[1:] not in _SPACES):
                raise _Unknown
            parts.append(_SIGNS.get(part[1:], " ") if part.startswith("\\") else part)
        self._expect("}")
        return f"<mtext>{html.escape(''.join(parts))}</mtext>"

    def fence(self) -> str:
        token = self.take()
        if token == ".":
            return ""
        sign = _SIGNS.get(token[1:]) if token.startswith("\\") else token
        if sign is None or len(sign) != 1 or sign.isalnum():
            raise _Unknown
        return f"<mo>{html.escape(sign)}</mo>"

    def table(self) -> str:
        kind = self.environment()
        if kind not in _MATRICES:
            raise _Unknown
        if kind == "array":
            self.argument()
        rows, cells = [], []
        while True:
            cells.append(f"<mtd>{self.row(lambda token: token in ('&', chr(92) * 2, chr(92) + 'end'))}</mtd>")
            token = self.take()
            if token == "&":
                continue
            rows.append(f"<mtr>{''.join(cells)}</mtr>")
            cells = []
            if token == "\\end":
                break
            if self.peek() == "\\end":
                self.take()
                break
        if self.environment() != kind:
            raise _Unknown
        table = f"<mtable>{''.join(rows)}</mtable>"
        if kind in _FENCES:
            left, *right = (f"<mo>{sign}</mo>" for sign in _FENCES[kind])
            return f"<mrow>{left}{table}{''.join(right)}</mrow>"
        return table

    def environment(self) -> str:
        self._expect("{")
        name = ""
        while self.peek() != "}":
            name += self.take()
        self._expect("}")
        return name

    def _expect(self, token: str) -> None:
        if self.take() != token:
            raise _Unknown


def _one(inner: str) -> str:
    """Wrapped in a row unless it is a single element."""
    match = re.match(r"<(\w+)>", inner)
    if match and inner.endswith(f"</{match[1]}>"):
        depth = 0
        for piece in re.finditer(r"<(/?)\w+>", inner):
            depth += -1 if piece[1] else 1
            if depth == 0:
                if piece.end() == len(inner):
                    return inner
                break
    return f"<mrow>{inner}</mrow>"
