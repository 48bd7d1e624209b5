"""The words of answers: what students call functions, constants, letters and classes of things.

One table for each sort of word.  Plain names and LaTeX commands share the tables: ``\\sin`` is the word ``sin``.
"""

from __future__ import annotations

FUNCTIONS: dict[str, str] = {
    "sin": "sin", "cos": "cos", "tan": "tan", "cot": "cot", "sec": "sec", "csc": "csc", "cosec": "csc", "tg": "tan",
    "ctg": "cot", "asin": "asin", "acos": "acos", "atan": "atan", "acot": "acot", "asec": "asec", "acsc": "acsc",
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arccot": "acot", "arcsec": "asec", "arccsc": "acsc",
    "arctg": "atan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "coth": "coth", "sech": "sech", "csch": "csch",
    "asinh": "asinh", "acosh": "acosh", "atanh": "atanh", "arcsinh": "asinh", "arccosh": "acosh",
    "arctanh": "atanh", "arsinh": "asinh", "arcosh": "acosh", "artanh": "atanh", "ln": "log", "log": "log",
    "lg": "log10", "exp": "exp", "sqrt": "sqrt", "cbrt": "cbrt", "root": "root", "nroot": "root", "abs": "Abs",
    "sign": "sign", "sgn": "sign", "signum": "sign", "factorial": "factorial", "fact": "factorial",
    "binomial": "binomial", "binom": "binomial", "choose": "binomial", "gamma": "gamma", "erf": "erf", "max": "Max",
    "min": "Min", "atan2": "atan2", "conj": "conjugate", "conjugate": "conjugate", "Re": "re", "Im": "im",
    "re": "re", "im": "im", "heaviside": "Heaviside", "floor": "floor", "ceil": "ceiling", "ceiling": "ceiling",
    "transpose": "T", "cosech": "csch", "diag": "diag", "arctan2": "atan2", "acoth": "acoth", "arccoth": "acoth",
    "arcoth": "acoth", "asech": "asech", "arcsech": "asech", "arsech": "asech", "acsch": "acsch", "arccsch": "acsch",
    "arcsch": "acsch", "arg": "arg",
}  # fmt: skip
"""What is written → the operation of the tree."""

ARGUMENTS: dict[str, tuple[int, int]] = {
    "log": (1, 2), "log10": (1, 2), "root": (2, 2), "binomial": (2, 2), "Max": (1, 20), "Min": (1, 20), "atan2": (2, 2),
    "diag": (1, 50), "eye": (1, 1),
}  # fmt: skip
"""Fewest and most arguments, where they are not one."""

INVERSES: dict[str, str] = {
    "sin": "asin", "cos": "acos", "tan": "atan", "cot": "acot", "sec": "asec", "csc": "acsc", "sinh": "asinh",
    "cosh": "acosh", "tanh": "atanh", "coth": "acoth", "sech": "asech", "csch": "acsch",
}  # fmt: skip
"""What sin^{-1} means."""

ATOMIC = frozenset({"sqrt", "cbrt"})
"""Functions that, without parentheses, take the next number or name only: √2x is (√2)·x."""

CONSTANTS: dict[str, str] = {"pi": "pi", "Pi": "pi", "π": "pi", "e": "E", "E": "E", "oo": "oo", "infinity": "oo",
                             "infty": "oo", "inf": "oo", "∞": "oo"}  # fmt: skip

IMAGINARY = frozenset({"i", "I"})

GREEK: dict[str, str] = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ϵ": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "ϑ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "µ": "mu", "ν": "nu",
    "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "ϕ": "phi", "χ": "chi",
    "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi",
    "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
"""Greek letters by their names."""

GREEK_NAMES = frozenset(GREEK.values()) | {"varepsilon", "vartheta", "varphi", "ell"}

WORDS = frozenset(
    """
    minimum minima min maximum maxima max saddle point local global strict absolute relative neither none nothing
    degenerate inconclusive unknown undefined dne does not exist no yes true false solution solutions infinitely many
    infinite unique positive negative definite semidefinite semi indefinite convex concave strictly linear nonlinear
    symmetric antisymmetric skew orthogonal singular nonsingular invertible diagonal diagonalizable diagonalisable
    triangular upper lower identity idempotent nilpotent normal independent dependent linearly consistent inconsistent
    converges diverges convergent divergent increasing decreasing constant even odd empty set all real numbers reals
    critical isolated ellipse hyperbola parabola ellipsoid equivalent not applicable zero rank full left right
    continuous differentiable bounded unbounded conservative nor both always never sometimes other depends
    one two three four five six seven eight nine ten eleven twelve
    """.split()
)
"""Words that stand for themselves in an answer, in lower case."""

GLUE = frozenset({"is", "are", "a", "an", "the", "it", "has", "with", "there", "of", "by", "we", "get", "where"})
"""Words that may stand around others and say nothing."""

NUMBERS = {word: value for value, word in enumerate(
    "zero one two three four five six seven eight nine ten eleven twelve".split())}  # fmt: skip
"""Numbers that may be written as words."""

SUPERSCRIPTS = {**dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True)), "⁺": "+", "⁻": "-", "ⁿ": "n", "ˣ": "x"}

SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))

FRACTIONS = {"½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5),
             "⅘": (4, 5), "⅙": (1, 6), "⅚": (5, 6), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8)}  # fmt: skip

SIGNS: dict[str, tuple[str, str]] = {
    "+": ("PLUS", "+"), "-": ("MINUS", "-"), "−": ("MINUS", "-"), "–": ("MINUS", "-"), "﹣": ("MINUS", "-"),
    "*": ("TIMES", "*"), "·": ("TIMES", "·"), "⋅": ("TIMES", "·"), "∙": ("TIMES", "·"), "×": ("TIMES", "×"),
    "•": ("TIMES", "·"), "∗": ("TIMES", "*"), "/": ("OVER", "/"), "÷": ("OVER", "/"), "∕": ("OVER", "/"),
    "⁄": ("OVER", "/"), "^": ("POWER", "^"), "**": ("POWER", "^"), "(": ("OPEN", "("), ")": ("CLOSE", ")"),
    "[": ("OPENSQUARE", "["), "]": ("CLOSESQUARE", "]"), ",": ("COMMA", ","), ";": ("SEMICOLON", ";"),
    "=": ("RELATION", "="), "==": ("RELATION", "="), "<": ("RELATION", "<"), ">": ("RELATION", ">"),
    "<=": ("RELATION", "<="), ">=": ("RELATION", ">="), "=<": ("RELATION", "<="), "=>": ("RELATION", ">="),
    "≤": ("RELATION", "<="), "≥": ("RELATION", ">="), "⩽": ("RELATION", "<="), "⩾": ("RELATION", ">="),
    "!=": ("RELATION", "!="), "<>": ("RELATION", "!="), "≠": ("RELATION", "!="), "!": ("FACTORIAL", "!"),
    "|": ("BAR", "|"), "±": ("PM", "±"), "∓": ("MP", "∓"), "∪": ("UNION", "∪"), "∩": ("INTERSECTION", "∩"),
    "∈": ("IN", "∈"), "∅": ("EMPTY", "∅"), "⟨": ("ANGLE", "<"), "⟩": ("ENDANGLE", ">"), ":": ("COLON", ":"),
    ":=": ("RELATION", "="), "∧": ("AND", "and"), "∨": ("OR", "or"), "∇": ("NABLA", "∇"), "∂": ("PARTIAL", "∂"),
    "'": ("PRIME", "'"), "’": ("PRIME", "'"), "′": ("PRIME", "'"), "″": ("PRIME", "'"), "⊤": ("TRANSPOSE", "T"),
    "≈": ("APPROX", "≈"), "≃": ("APPROX", "≈"), "≅": ("APPROX", "≈"), "≐": ("APPROX", "≈"),
    "√": ("FUNCTION", "sqrt"), "∛": ("FUNCTION", "cbrt"), "∞": ("CONSTANT", "oo"), "ℝ": ("WORD", "reals"),
}  # fmt: skip
"""One sign of an answer → its token."""

COMMANDS: dict[str, tuple[str, str]] = {
    "cdot": ("TIMES", "·"), "times": ("TIMES", "×"), "ast": ("TIMES", "*"), "div": ("OVER", "/"),
    "le": ("RELATION", "<="), "leq": ("RELATION", "<="), "leqslant": ("RELATION", "<="), "ge": ("RELATION", ">="),
    "geq": ("RELATION", ">="), "geqslant": ("RELATION", ">="), "lt": ("RELATION", "<"), "gt": ("RELATION", ">"),
    "ne": ("RELATION", "!="), "neq": ("RELATION", "!="), "pm": ("PM", "±"), "mp": ("MP", "∓"),
    "cup": ("UNION", "∪"), "cap": ("INTERSECTION", "∩"), "in": ("IN", "∈"), "emptyset": ("EMPTY", "∅"),
    "varnothing": ("EMPTY", "∅"), "langle": ("ANGLE", "<"), "rangle": ("ENDANGLE", ">"), "lvert": ("LEFTBAR", "|"),
    "rvert": ("RIGHTBAR", "|"), "vert": ("BAR", "|"), "mid": ("BAR", "|"), "infty": ("CONSTANT", "oo"),
    "bullet": ("TIMES", "·"), "land": ("AND", "and"), "wedge": ("AND", "and"), "lor": ("OR", "or"), "vee": ("OR", "or"),
    "nabla": ("NABLA", "∇"), "partial": ("PARTIAL", "∂"), "prime": ("PRIME", "'"), "colon": ("COLON", ":"),
    "{": ("BRACE", "{"), "}": ("ENDBRACE", "}"), "lbrace": ("BRACE", "{"), "rbrace": ("ENDBRACE", "}"),
    "lbrack": ("OPENSQUARE", "["), "rbrack": ("CLOSESQUARE", "]"), "setminus": ("SETMINUS", "\\"),
    "approx": ("APPROX", "≈"), "simeq": ("APPROX", "≈"), "approxeq": ("APPROX", "≈"),
    "rfloor": ("CLOSE", ")"), "rceil": ("CLOSE", ")"), "R": ("WORD", "reals"),
}  # fmt: skip
"""LaTeX commands that are one token."""

LAYOUT = frozenset(
    """
    , ; : ! quad qquad displaystyle textstyle left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr limits
    nolimits hline thinspace space enspace medspace rm bf it sf boxed ( ) [ ]
    """.split()
) | {" "}
"""LaTeX commands that change the look only."""

FONTS = frozenset(
    """
    hat widehat mathbf boldsymbol bm vec mathrm mathit mathsf mathcal operatorname text textbf textrm textit mathbb
    overrightarrow mbox underline mathop textnormal
    """.split()
)
"""LaTeX commands whose argument stands as if it were plain."""

ROWS = frozenset({"cases", "aligned", "align", "gathered", "gather"})
"""LaTeX environments whose rows are several statements."""

MATRICES = {"matrix", "pmatrix", "bmatrix", "Bmatrix", "smallmatrix", "array"}
