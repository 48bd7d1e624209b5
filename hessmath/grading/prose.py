"""Answers in short sentences, as lists and pairs of the texts in them.

``minimum at (1, 1), saddle at (0, 0)`` becomes pairs of a point and a word, ``1, 3 (twice)`` pairs of a number and its
multiplicity.  Nothing is evaluated here: the pieces are read by the language of answers, and a text that has not
exactly the form of such a sentence is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any

from hessmath.grading.words import canonical
from hessmath.language.answer_words import NUMBERS

MAX_LENGTH = 2000

# ---- conclusions ------------------------------------------------------------------------------------------------

_SO = re.compile(
    r"(?:[\s,;.]+(?:and\s+)?(?:so|hence|thus|therefore)\b[\s,:]*(?:that\s+)?|\s*(?:∴|⇒|⟹|\\Rightarrow\b|\\implies\b|"
    r"\\Longrightarrow\b|\\therefore\b)\s*)",
    re.IGNORECASE,
)


def conclusion(text: str) -> str:
    """What stands behind the last "so", "hence" or ⇒ of a text.

    Examples
    --------
    >>> conclusion("x_1 = x_2, so (1, 1)"), conclusion("x + 1")
    ('(1, 1)', 'x + 1')
    """
    if len(text) > MAX_LENGTH:
        return text
    *_, last = [None, *_SO.finditer(text)]
    if last is None or not text[: last.start()].strip(" $") or not text[last.end() :].strip(" $."):
        return text
    return text[last.end() :]


# ---- points with kinds ------------------------------------------------------------------------------------------

_KIND = re.compile(
    r"(?<![A-Za-z])(?:(?:strict|local|relative|isolated|global|absolute)\s+)*"
    r"(?:saddle(?:[\s-]*points?)?|saddles|(?:minim(?:um|a|ums)|min|mins|maxim(?:um|a|ums)|max|maxs)(?:\s+points?)?"
    r"|degenerate(?:\s+(?:critical\s+)?points?)?|inflection(?:\s+points?)?|points?\s+of\s+inflection)(?![A-Za-z])\.?",
    re.IGNORECASE,
)
_BRACKETED = re.compile(rf"[(\[]\s*({_KIND.pattern})\s*[)\]]", re.IGNORECASE)
_LAYOUT = re.compile(
    r"\\(?:text|textbf|textrm|mathrm|mbox)\s*\{([^{}]*)\}|\\(?:left|right|quad|qquad|[,;:! ()\[\]])"
    r"|\$|[{}](?=\s*$)|^\s*\{"
)
_FILLER = (
    r"(?:at|is|are|a|an|the|and|has|have|there|it|we|get|f|function|critical|stationary|points?|origin\s+is|in|of|with"
    r"|[,;:.=\-–—→↦]|->|=>|\\to|\\rightarrow|\\Rightarrow|\\mapsto)"
)
_BEFORE = re.compile(rf"^(?:\s*(?![-–—])(?:{_FILLER})(?![A-Za-z]))*\s*", re.IGNORECASE)
_AFTER = re.compile(rf"(?:\s*(?<![A-Za-z\\])(?:{_FILLER}))*\s*$", re.IGNORECASE)
_PLURALS = {"minima": "minimum", "maxima": "maximum", "minimums": "minimum", "maximums": "maximum", "mins": "min",
            "maxs": "max", "saddles": "saddle", "points": "point"}  # fmt: skip


def kind_word(text: str) -> str | None:
    """The kind of point that a word means, also in the plural.

    Examples
    --------
    >>> kind_word("Local minima"), kind_word("saddle points"), kind_word("not a saddle")
    ('minimum', 'saddle', None)
    """
    return canonical(" ".join(_PLURALS.get(word, word) for word in re.findall(r"[a-z]+|[^a-z\s]", text.lower())))


def points_with_kinds(text: str, variables: int) -> list[list[str]] | None:
    """Pairs of points and kinds from a sentence in which kinds stand all before or all behind their points.

    Examples
    --------
    >>> points_with_kinds("minima at (1, 0) and (-1, 0), saddle at (0, 0)", 2)
    [['(1, 0) and (-1, 0)', 'minimum'], ['(0, 0)', 'saddle']]
    >>> points_with_kinds("(0, 0) is a saddle point; (1, 1): min", 2)
    [['(0, 0)', 'saddle'], ['(1, 1)', 'minimum']]
    >>> points_with_kinds("(0, 0) is not a saddle", 2) is None
    True
    """
    if len(text) > MAX_LENGTH:
        return None
    plain = _LAYOUT.sub(lambda match: f" {match[1] or ''} ", text)
    plain = re.sub(r"\bthe origin\b", f"({', '.join(['0'] * variables)})", plain, flags=re.IGNORECASE)
    plain = _BRACKETED.sub(r" \1 ", plain)
    phrases = list(_KIND.finditer(plain))
    if not phrases:
        return None
    ends = [0, *(match.end() for match in phrases)]
    starts = [*(match.start() for match in phrases), len(plain)]
    segments = [_trimmed(plain[a:b]) for a, b in zip(ends, starts, strict=True)]
    words = [kind_word(match.group().rstrip(".")) for match in phrases]
    if not segments[0]:
        points = segments[1:]
    elif not segments[-1]:
        points = segments[:-1]
    else:
        return None
    if any(word is None or not point or _says_more(point) for word, point in zip(words, points, strict=True)):
        return None
    return [[point, str(word)] for point, word in zip(points, words, strict=True)]


def _trimmed(segment: str) -> str:
    return _AFTER.sub("", _BEFORE.sub("", segment, count=1), count=1)


def _says_more(point: str) -> bool:
    """Whether a piece has words beside its points, such as a negation, or a dash that may be a minus."""
    if re.match(r"[-–—]\s", point):
        return True
    words = re.findall(r"(?<![\\A-Za-z])[A-Za-z]{2,}", point)
    return any(word.lower() in ("no", "not", "nor", "neither", "or", "but", "if", "else", "except") for word in words)


# ---- numbers with multiplicities --------------------------------------------------------------------------------

_TIMES = {"once": 1, "one time": 1, "simple": 1, "single": 1, "twice": 2, "two times": 2, "double": 2,
          "thrice": 3, "three times": 3, "triple": 3, "four times": 4, "quadruple": 4, "five times": 5}  # fmt: skip
_COUNT = re.compile(
    r"^(?P<value>.*?)(?:\s*,?\s*(?P<open>[(\[])|\s*,\s*|\s+)\s*(?:is\s+)?(?:a\s+)?(?:"
    r"(?P<word>" + "|".join(sorted(_TIMES, key=len, reverse=True)) + r")(?:\s+(?:root|eigenvalue))?"
    r"|(?:with|of)?\s*(?:(?:algebraic|alg\.?)\s+)?(?:multiplicity|mult\.?|m\.?)\s*(?:of|is|:|=)?\s*"
    r"(?P<count>[0-9]{1,3}|" + "|".join(NUMBERS) + r")"
    r"|(?:×|x|\\times)\s*(?P<factor>[0-9]{1,3})|(?P<times>[0-9]{1,3})\s*(?:times|×)"
    r")\s*(?P<close>[)\]])?\s*\.?\s*$",
    re.IGNORECASE,
)
_HEADING = re.compile(
    r"^\s*(?:the\s+)?(?:only\s+)?eigenvalues?(?:\s+of\s+[A-Z])?\s*(?:(?:are|is|:|=)\s*:?\s*|(?=[-−±0-9√\\({]))",
    re.IGNORECASE,
)
_LABEL = r"(?:\\lambda|λ|lambda)\s*(?:_\s*\{?\s*(?:[0-9](?:\s*,\s*[0-9])*)\s*\}?|[₀-₉]|[0-9])?\s*(?:=|∈|\\in\b)\s*"
_LABELS = re.compile(rf"^\s*(?:{_LABEL})+")


def with_multiplicities(text: str) -> list[list[str]] | str:
    """Pairs of numbers and multiplicities, when the text says how often a number counts; else the text.

    Examples
    --------
    >>> with_multiplicities("1, 3 (twice)")
    [['1', '1'], ['3', '2']]
    >>> with_multiplicities("{1: 1, 3: 2}")
    [['1', '1'], ['3', '2']]
    >>> with_multiplicities("The eigenvalues are 1 and 3.")
    '1 and 3.'
    """
    if len(text) > MAX_LENGTH:
        return text
    text = _HEADING.sub("", re.sub(r"\s+", " ", text))
    plain = re.sub(r"\\(?:text|textrm|mathrm|mbox)\s*\{([^{}]*)\}", r" \1 ", text)
    plain = re.sub(r"\$|\\[()\[\],;:! ]|\\(?:quad|qquad)\b", " ", plain).strip()
    table = re.fullmatch(r"\{(.*)\}\s*\.?", plain)
    parts = [_counted(part) for part in parts_outside(table[1] if table and ":" in plain else plain)]
    if not any(said for _, _, said in parts) or not all(value for value, _, _ in parts):
        return text
    return [[value, str(count)] for value, count, _ in parts]


def _counted(part: str) -> tuple[str, int, bool]:
    """A number, how often it counts, and whether that was said."""
    labels = _LABELS.match(part)
    named = _labelled(labels.group()) if labels else 1
    rest = part[labels.end() :] if labels else part
    found = _COUNT.match(rest)
    if found and found["value"] and bool(found["open"]) == bool(found["close"]):
        digits = found["count"] or found["factor"] or found["times"]
        if digits:
            return found["value"], int(digits) if digits.isdigit() else NUMBERS[digits.lower()], True
        return found["value"], _TIMES[found["word"].lower()], True
    entry = re.fullmatch(r"([^:]+):\s*([0-9]{1,3})\s*\.?", rest)
    if entry:
        return entry[1].strip(), int(entry[2]), True
    named = 1 if re.search(r"±|\\pm|\\mp", rest) else named
    return rest.strip(), named, named > 1


_CUT = re.compile(
    r"(?:[,;]\s*(?:and\b\s*)?|(?<![A-Za-z])and(?![A-Za-z])\s*)(?!(?:with\s+)?(?:alg\S*\s+)?mult|twice\b|once\b)"
)


def _labelled(labels: str) -> int:
    """How many eigenvalues labels such as λ_2 = λ_3 = or λ_{1,2} = name."""
    each = re.findall(_LABEL, labels)
    return sum(max(1, len(re.findall(r"[0-9₀-₉]", label))) for label in each) if len(each) > 1 or "," in labels else 1


def parts_outside(text: str) -> list[str]:
    """The parts between commas, semicolons and "and" that stand in no brackets; "with multiplicity" joins."""
    parts, depth, start, position = [], 0, 0, 0
    while position < len(text):
        sign = text[position]
        depth += (sign in "([{") - (sign in ")]}")
        cut = re.compile(r"[,;]\s*(?:and\b\s*)?|(?<![A-Za-z])and(?![A-Za-z])\s*").match(text, position)
        if (
            depth == 0
            and cut
            and not re.match(r"\s*(?:with\s+)?(?:alg\S*\s+)?mult|\s*(?:twice|once)\b", text[cut.end() :])
        ):
            parts.append(text[start:position])
            start = position = cut.end()
            continue
        position += 1
    return [part.strip() for part in [*parts, text[start:]] if part.strip(" .")]


# ---- remarks on parameters --------------------------------------------------------------------------------------

_REMARK = re.compile(
    r"\s*(?:[,;.(]\s*|\b(?:where|with|and|for(?:\s+(?:all|any))?)\b\s*|\\q?quad\s*|\\forall\s*|∀\s*)+"
    r"(?P<names>(?:[A-Za-z](?:_?\{?[0-9]\}?)?)(?:\s*,\s*[A-Za-z](?:_?\{?[0-9]\}?)?)*)\s*"
    r"(?:(?:∈|\\in\b|\bin\b)\s*(?:\\mathbb\s*\{?R\}?|\\R\b|ℝ|R\b|(?:the\s+)?reals\b)"
    r"|(?:\b(?:is|are)\b\s*)?(?:\ban?\b\s*)?\b(?:free|arbitrary|any\s+real|real)\b"
    r"(?:\s*\b(?:numbers?|variables?|parameters?)\b)?)\s*[).]*\s*$",
    re.IGNORECASE,
)


def without_remarks(text: str, unknowns: Collection[str]) -> str:
    """The text without remarks such as "t in R" or "z free" at its end, when they say nothing more.

    "z free" is kept when z also has a value in the text.

    Examples
    --------
    >>> without_remarks(r"x = 1 + t, y = t, t \\in \\mathbb{R}", ["x", "y"])
    'x = 1 + t, y = t'
    >>> without_remarks("x = 1, y = 2, y free", ["x", "y"])
    'x = 1, y = 2, y free'
    """
    if len(text) > MAX_LENGTH:
        return text
    match = _REMARK.search(text)
    if not match or not match.start():
        return text
    kept = text[: match.start()]
    names = [re.sub(r"[\s_{}]", "", name) for name in match["names"].split(",")]
    valued: Sequence[str] = [re.sub(r"[\s_{}]", "", name) for name in re.findall(r"([A-Za-z]_?\{?[0-9]?\}?)\s*=", kept)]
    plain = {name.replace("_", "") for name in unknowns}
    return text if any(name in plain and name in valued for name in names) else kept


# ---- named parts ------------------------------------------------------------------------------------------------

_NAME = r"(?:\\?[A-Z][a-z]{2,6}|[A-Za-zΛΣ])(?:_\s*\{?\s*[0-9]+\s*\}?|[0-9]|[₀-₉])?"
_PART = re.compile(
    rf"(?<![A-Za-z0-9\\])(?P<name>{_NAME}\s*(?:\^\s*(?:\{{\s*(?:T|\\top|-\s*1)\s*\}}|T|-1|\\top)|ᵀ|⁻¹)?)\s*(?:=|:)\s*"
)
_JOINING = re.compile(r"[\s,;.]*(?:\b(?:and|where|with)\b[\s,;:]*)*$")
_FACTORED = re.compile(r"^\s*(?:A\s*=\s*(?:[A-ZΛΣ]|\\Lambda|\\Sigma|\\top|[\s^{}T⁻¹ᵀ*·1-])+)?$")


def labelled(text: str) -> dict[str, str] | None:
    """The parts of ``P = …, D = …`` by their names; None for any other text.

    Examples
    --------
    >>> labelled("D = diag(1, 2), P = [[1, 0], [0, 1]]")
    {'D': 'diag(1, 2)', 'P': '[[1, 0], [0, 1]]'}
    >>> labelled(r"A = P D P^{-1} with P = I_2 and D = diag(1, 2).")
    {'P': 'I_2', 'D': 'diag(1, 2)'}
    >>> labelled("x + 1") is None
    True
    """
    if len(text) > 5 * MAX_LENGTH:
        return None
    depth, position, marks = 0, 0, []
    while position < len(text):
        sign = text[position]
        depth += (sign in "([{") - (sign in ")]}")
        match = _PART.match(text, position) if depth == 0 else None
        if match:
            marks.append(match)
            position = match.end()
        else:
            position += 1
    parts: dict[str, str] = {}
    head = text[: marks[0].start()] if marks else text
    for mark, following in zip(marks, [*marks[1:], None][: len(marks)], strict=True):
        part = _JOINING.sub("", text[mark.end() : following.start() if following else len(text)])
        name = re.sub(r"[\s_{}\\]", "", mark["name"]).replace("top", "T").translate(_INDICES)
        if not parts and name == "A" and _FACTORED.match(f"A = {part}"):
            continue
        if name in parts or not part:
            return None
        parts[name] = part
    return parts if parts and not _JOINING.sub("", head).strip(" $") else None


_INDICES = str.maketrans({**dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True)), "ᵀ": "^T", "⁻": "^-", "¹": "1"})


# ---- eigenvectors -----------------------------------------------------------------------------------------------

_SPAN = re.compile(r"(?:\\(?:operatorname|mathrm|text)\s*\{\s*span\s*\}|\\?span|Span|lin)\s*(?=[\\({\[<])")
_VECTOR_LABEL = re.compile(
    r"^\s*(?:\\(?:mathbf|vec|bar|boldsymbol)\s*\{?\s*)?[evuwxyq]\s*\}?\s*(?:_?\s*\{?[0-9]+\}?|[₀-₉])?\s*=\s*"
)


def without_vector_label(text: str) -> str:
    """The text without a label such as ``v =`` or ``x_2 =`` before a vector."""
    return _VECTOR_LABEL.sub("", text)


def without_span(text: str) -> str:
    """The vectors of span{…}, when that is the whole text.

    Examples
    --------
    >>> without_span("span{(1, 1)}"), without_span("(1, 1)")
    ('{(1, 1)}', '(1, 1)')
    """
    match = _SPAN.match(text.strip())
    return text.strip()[match.end() :] if match else text


_WITH_EIGENVECTOR = re.compile(
    r"(?<![\s,])(?:\s|,|\b(?:with|has|the|corresponding)\b)*\beigenvectors?\b\s*(?:(?:are|is|=|:)\s*)?", re.IGNORECASE
)


def by_eigenvalue(text: str) -> list[list[Any]] | str:
    """Pairs of an eigenvalue and its vectors from ``3: (1, 1); 1: (1, -1)`` or ``λ = 3, v = (1, 1), …``; else the text.

    Examples
    --------
    >>> by_eigenvalue("{3: (1, 1), 1: (1, -1)}")
    [['3', '(1, 1)'], ['1', '(1, -1)']]
    >>> by_eigenvalue("λ1 = 3, v1 = (0, 1, 0), v2 = (0, 0, 1)")
    [['3', ['(0, 1, 0)', '(0, 0, 1)']]]
    """
    if len(text) > MAX_LENGTH:
        return text
    plain = re.sub(r"\$|\\(?:left|right|quad|qquad|[,;:! ])(?![a-z])", " ", text).strip().rstrip(".")
    plain = _WITH_EIGENVECTOR.sub(": ", re.sub(r"\s+", " ", plain))
    table = re.fullmatch(r"\\?\{(.*)\\?\}", plain)
    plain = table[1] if table and ":" in plain else plain
    found: list[tuple[str, list[str]]] = []
    for part in parts_outside(plain):
        label = _LABELS.match(part)
        colon = re.match(r"([^:([{]*(?:\([^()]*\)[^:([{]*)*):\s*(.+)$", part, re.DOTALL)
        if colon:
            found.append((_LABELS.sub("", colon[1]).strip(), [_VECTOR_LABEL.sub("", without_span(colon[2]))]))
        elif label:
            found.append((part[label.end() :].strip(), []))
        elif found and (_VECTOR_LABEL.match(part) or found[-1][1]):
            found[-1][1].append(_VECTOR_LABEL.sub("", part))
        else:
            return text
    if not found or not all(value and vectors for value, vectors in found):
        return text
    return [[value, vectors[0] if len(vectors) == 1 else vectors] for value, vectors in found]
