"""Text of an answer, plain or LaTeX, into tokens, with every bound on untrusted text.

LaTeX is brought into the same tokens as plain text: \\frac{a}{b} becomes ((a)/(b)), \\sqrt[3]{x} becomes
root(x, 3), a matrix environment becomes cells and rows.  Names are not looked up here; ``answer_names`` does that.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from hessmath.errors import FormulaError
from hessmath.language.answer_words import (
    COMMANDS,
    FONTS,
    FRACTIONS,
    FUNCTIONS,
    GREEK,
    GREEK_NAMES,
    LAYOUT,
    MATRICES,
    ROWS,
    SIGNS,
    SUBSCRIPTS,
    SUPERSCRIPTS,
)
from hessmath.language.tokenizer import shortened

MAX_LENGTH = 10_000
MAX_DIGITS = 1000
MAX_DECIMAL_EXPONENT = 300
MAX_TOKENS = 12_000

_LETTERS = "A-Za-z" + "".join(GREEK)

_TOKEN = re.compile(
    rf"""(?P<space>\s+)
      | (?P<NUMBER>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+(?![0-9A-Za-z]|\.[0-9]))?)
      | (?P<command>\\(?:[A-Za-z]+|.))
      | (?P<RUN>[{_LETTERS}][{_LETTERS}0-9]*)
      | (?P<raised>[{"".join(SUPERSCRIPTS)}]+)
      | (?P<sign>\*\*|==|!=|<=|>=|=<|=>|<>|:=|[^\s])
    """,
    re.VERBOSE,
)

_SUBSCRIPT = re.compile(r"\s*_\s*(?:\{\s*([A-Za-z0-9]+(?:\s*,\s*[A-Za-z0-9]+)*)\s*\}|([0-9]+|[A-Za-z]+))")

_BRACED = re.compile(r"\s*_\s*\{")

_TRANSPOSE = re.compile(
    r"\s*(?:\{\s*(?:\\top|\\intercal|\\prime|T|\\(?:mathsf|mathrm|text|textsf|mathbf)\s*\{\s*T\s*\})\s*\}"
    r"|\\top|\\intercal|\\(?:mathsf|mathrm|text)\s*\{\s*T\s*\}|T(?![A-Za-z0-9_]))"
)

_SIMPLE = re.compile(rf"\s*\{{\s*((?:\\[A-Za-z]+|[{_LETTERS}0-9 .,\-]+))\s*\}}")

_ENDS_SET = frozenset({"WORD", "CLOSE", "CLOSESQUARE", "ENDBRACE", "RUN"})

_LETTER_LIKE = {"ℓ": "ell", "ℯ": "e", "ⅈ": "i", "ⅇ": "e"}


@dataclass(frozen=True, slots=True)
class Token:
    """One token: kind, text, column (from 1), and whether white space stands before it."""

    kind: str
    text: str
    column: int
    spaced: bool = False


def unreadable(text: str, column: int, advice: str) -> FormulaError:
    """The error for a place of an answer, in one sentence for the student."""
    shown = "".join(c if c.isprintable() else "�" for c in shortened(text, column))
    return FormulaError(f'Cannot read "{shown}" at column {column}: {advice}.', text, column)


def answer_tokens(text: str, *, decimal_comma: bool = False) -> list[Token]:
    """The tokens of an answer.

    Raises
    ------
    FormulaError
        If the text is empty or too long, or has a sign, a command or a number that no answer has.
    """
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"The answer has {len(text):,} characters, but at most {MAX_LENGTH:,} are read; shorten it.")
    text = _letters(text)
    if not text.strip().strip("$"):
        raise FormulaError("The answer is empty; write a value such as 2*x + 1.")
    scan = _Scan(text, decimal_comma)
    scan.run()
    return scan.found


def _letters(text: str) -> str:
    """The text with mathematical letters (𝑥, 𝐴) as plain ones; invisible characters are refused."""
    if text.isascii() and not any(ord(sign) < 32 and sign not in "\t\n\r" for sign in text):
        return text
    plain = []
    for column, sign in enumerate(text, 1):
        category = unicodedata.category(sign)
        if category in ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp") and sign not in "\t\n\r":
            raise FormulaError(f"The answer has an invisible character at column {column}; type it without it.")
        if 0x1D400 <= ord(sign) <= 0x1D7FF or 0xFF01 <= ord(sign) <= 0xFF5E:
            sign = unicodedata.normalize("NFKC", sign)
        plain.append(_LETTER_LIKE.get(sign, sign))
    return "".join(plain)


class _Scan:
    """The state of scanning: position, tokens found, and what to do when an open brace closes."""

    def __init__(self, text: str, decimal_comma: bool) -> None:
        self.text, self.position = text, 0
        self.decimal_comma = decimal_comma
        self.found: list[Token] = []
        self.latex = "\\" in text
        self.braces: list[Callable[[int], None] | None] = []
        self.environments: list[tuple[str, int]] = []
        self.spaced = False

    def run(self) -> None:
        text = self.text
        while self.position < len(text):
            if len(self.found) > MAX_TOKENS:
                raise FormulaError(f"The answer has more than {MAX_TOKENS:,} parts; shorten it.")
            match = _TOKEN.match(text, self.position)
            assert match is not None  # the last alternative takes any sign
            kind, word, column = str(match.lastgroup), match.group(), self.position + 1
            self.position = match.end()
            if kind == "space":
                self.spaced = True
            elif kind == "NUMBER":
                self.number(word, column)
            elif kind == "RUN":
                self.name(word, column)
            elif kind == "raised":
                self.raised(word, column)
            elif kind == "command":
                self.command(word[1:], column)
            else:
                self.sign(word, column)
        if self.environments:
            name, column = self.environments[-1]
            raise self.wrong(column, f"\\begin{{{name}}} is never ended")
        if self.braces:
            raise self.wrong(len(text), "a } is missing")

    def wrong(self, column: int, advice: str) -> FormulaError:
        return unreadable(self.text, column, advice)

    def add(self, kind: str, text: str, column: int) -> None:
        self.found.append(Token(kind, text, column, self.spaced))
        self.spaced = False

    # ---- numbers and names --------------------------------------------------------------------------------

    def number(self, word: str, column: int) -> None:
        if self.decimal_comma and "." not in word and "e" not in word.lower():
            more = re.compile(r",([0-9]+)").match(self.text, self.position)
            if more:
                word, self.position = f"{word}.{more[1]}", more.end()
        digits, _, exponent = word.lower().partition("e")
        if len(digits) > MAX_DIGITS:
            raise self.wrong(column, f"a number may have at most {MAX_DIGITS} digits, but this one has {len(digits)}")
        if exponent and (len(exponent) > 5 or abs(int(exponent)) > MAX_DECIMAL_EXPONENT):
            raise self.wrong(column, f"a power of ten may be at most e{MAX_DECIMAL_EXPONENT}")
        self.add("NUMBER", word, column)

    def name(self, word: str, column: int) -> None:
        word = "".join(f"\0{GREEK[c]}\0" if c in GREEK else c for c in word)
        parts = [part for part in word.split("\0") if part]
        for part in parts[:-1]:
            self.add("RUN", part, column)
        last = parts[-1]
        sub, self.position = self.subscript()
        if sub and last in FUNCTIONS:
            self.add("RUN", last, column)
            self.add("BASE", sub, column)
        elif FUNCTIONS.get(last) == "log" and (base := _BRACED.match(self.text, self.position)):
            self.position = base.end()  # log_{x + 1}
            self.add("RUN", last, column)
            self.add("BASE", "{", column)
            self.group("OPEN", "CLOSE", None)
        else:
            self.add("RUN", last + (f"_{sub}" if sub else ""), column)

    def subscript(self) -> tuple[str, int]:
        """The subscript that stands here, without braces, and the position after it."""
        end = self.position
        while end < len(self.text) and self.text[end] in SUBSCRIPTS:
            end += 1
        if end > self.position:
            return "".join(SUBSCRIPTS[c] for c in self.text[self.position : end]), end
        match = _SUBSCRIPT.match(self.text, self.position)
        if not match:
            return "", self.position
        if match[1] is not None:
            return re.sub(r"[\s,]", "", match[1]), match.end()
        if self.latex and match[2].isalpha():  # x_ij is xᵢj in LaTeX
            return match[2][0], match.start(2) + 1
        return match[2], match.end()

    def raised(self, word: str, column: int) -> None:
        self.add("POWER", "^", column)
        self.add("OPEN", "{", column)
        for part in re.findall(r"[0-9]+|.", "".join(SUPERSCRIPTS[c] for c in word)):
            if part.isdigit():
                self.number(part, column)
            else:
                self.add({"+": "PLUS", "-": "MINUS"}.get(part, "RUN"), part, column)
        self.add("CLOSE", "}", column)

    # ---- signs --------------------------------------------------------------------------------------------

    def sign(self, word: str, column: int) -> None:
        if word == "{":
            self.open_brace(column)
        elif word == "}":
            self.close_brace(column)
        elif word in FRACTIONS:
            above, below = FRACTIONS[word]
            for kind, text in (("OPEN", "{"), ("NUMBER", str(above)), ("OVER", "/"), ("NUMBER", str(below))):
                self.add(kind, text, column)
            self.add("CLOSE", "}", column)
        elif word == "&" and self.environments:
            if self.environments[-1][0] not in ROWS:
                self.add("CELL", "&", column)
        elif word in ("$", "~"):
            self.spaced = True
        elif word == "ᵀ":
            self.add("TRANSPOSE", "T", column)
        elif word == "." and self.text[self.position :].strip(" \n$") == "":
            return  # a full stop at the end
        elif word in ("^", "**") and (match := _TRANSPOSE.match(self.text, self.position)):
            self.position = match.end()
            self.add("TRANSPOSE", "T", column)
        elif word in SIGNS:
            self.add(*SIGNS[word], column)
        else:
            raise self.wrong(column, _ADVICE.get(word, f"{word} is not part of answers"))

    def open_brace(self, column: int) -> None:
        if (self.latex and not self.has_comma()) or (self.found and self.found[-1].kind == "POWER"):
            self.group("OPEN", "CLOSE", None)
        else:
            self.add("BRACE", "{", column)
            self.braces.append(lambda end: self.add("ENDBRACE", "}", end))

    def has_comma(self) -> bool:
        """Whether the braces that were just opened have a comma or nothing in them: then they are a set."""
        depth, here = 0, self.position
        if self.found and self.found[-1].kind == "POWER":
            return False
        if self.text[here:].lstrip().startswith("}"):
            return True
        for sign in self.text[here:]:
            if sign in "{([":
                depth += 1
            elif sign in "})]":
                if depth == 0:
                    return False
                depth -= 1
            elif sign == "," and depth == 0:
                return True
        return False

    def close_brace(self, column: int) -> None:
        if not self.braces:
            raise self.wrong(column, "this } closes nothing")
        action = self.braces.pop()
        if action:
            action(column)

    def group(self, opening: str, closing: str, after: Callable[[], None] | None) -> None:
        """A brace that was just read opens a group; ``after`` happens when it has closed."""

        def close(end: int) -> None:
            self.add(closing, "}", end)
            if after:
                after()

        self.add(opening, "{", self.position)
        self.braces.append(close)

    # ---- LaTeX commands -----------------------------------------------------------------------------------

    def command(self, name: str, column: int) -> None:
        if name == "\\":
            if not self.environments:
                raise self.wrong(column, "a new row stands only in a matrix")
            rows = self.environments[-1][0] in ROWS
            self.add("SEMICOLON" if rows else "ROWEND", ";" if rows else "\\\\", column)
        elif name in ("left", "right") and self.text[self.position :].lstrip()[:1] == "|":
            self.position = self.text.index("|", self.position) + 1
            self.add("LEFTBAR" if name == "left" else "RIGHTBAR", "|", column)
        elif name in ("left", "right") and self.text[self.position :].lstrip()[:1] == ".":
            raise self.wrong(column, "write the missing bracket")
        elif name in LAYOUT:
            self.spaced = True
        elif name in ("frac", "dfrac", "tfrac", "cfrac", "binom", "dbinom", "tbinom"):
            self.fraction(name, column)
        elif name == "sqrt":
            self.root(column)
        elif name in ("begin", "end"):
            self.environment(name, column)
        elif name in FONTS:
            self.font(name, column)
        elif name in ("lfloor", "lceil"):
            self.add("FUNCTION", "floor" if name == "lfloor" else "ceiling", column)
            self.add("OPEN", "(", column)
        elif name == "{" and self.found and self.found[-1].kind in _ENDS_SET and self.is_plain_set():
            self.add("SETMINUS", "\\", column)  # ℝ\{0}
            self.add("BRACE", "{", column)
            self.braces.append(lambda end: self.add("ENDBRACE", "}", end))
        elif name in COMMANDS:
            self.add(*COMMANDS[name], column)
        elif name in GREEK_NAMES:
            word = {"varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi"}.get(name, name)
            sub, self.position = self.subscript()
            self.add("RUN", f"\\{word}" + (f"_{sub}" if sub else ""), column)
        elif name in FUNCTIONS or name in ("det", "dim", "rank", "tr", "ker"):
            self.name(name, column)
        elif name == "%":
            raise self.wrong(column, _ADVICE["%"])
        else:
            raise self.wrong(column, f"\\{name} is not a command that answers may have")

    def is_plain_set(self) -> bool:
        """Whether the next closing brace has no backslash."""
        return bool(re.compile(r"[^{}\\]*\}").match(self.text, self.position))

    def argument(self, column: int, then: Callable[[], None]) -> None:
        """One argument of a LaTeX command as a group: a brace, one sign, or one command."""
        match = re.compile(r"\s*").match(self.text, self.position)
        self.position = match.end() if match else self.position
        rest = self.text[self.position :]
        if rest[:1] == "{":
            self.position += 1
            self.group("OPEN", "CLOSE", then)
            return
        if rest[:1].isdigit() or (rest[:1].isalpha() and rest[:1].isascii()):
            self.add("OPEN", "{", column)
            self.position += 1
            self.add("NUMBER" if rest[0].isdigit() else "RUN", rest[0], self.position)
        elif (command := re.compile(r"\\[A-Za-z]+").match(rest)) and command.group()[1:] in GREEK_NAMES:
            self.add("OPEN", "{", column)
            self.position += command.end()
            self.add("RUN", command.group(), self.position)
        else:
            raise self.wrong(column, "an argument in braces is missing")
        self.add("CLOSE", "}", column)
        then()

    def fraction(self, name: str, column: int) -> None:
        binomial = name.endswith("binom")
        if binomial:
            self.add("FUNCTION", "binomial", column)
        self.add("OPEN", "(" if binomial else "{", column)

        def middle() -> None:
            self.add("COMMA" if binomial else "OVER", "," if binomial else "/", column)
            self.argument(column, lambda: self.add("CLOSE", ")" if binomial else "}", self.position))

        self.argument(column, middle)

    def root(self, column: int) -> None:
        index = re.compile(r"\s*\[\s*([A-Za-z0-9]+)\s*\]").match(self.text, self.position)
        if not index:
            self.add("FUNCTION", "sqrt", column)
            self.argument(column, lambda: None)
            return
        self.position = index.end()
        self.add("FUNCTION", "root", column)
        self.add("OPEN", "(", column)

        def close() -> None:
            self.add("COMMA", ",", column)
            self.add("NUMBER" if index[1].isdigit() else "RUN", index[1], column)
            self.add("CLOSE", ")", column)

        self.argument(column, close)

    def environment(self, name: str, column: int) -> None:
        match = re.compile(r"\s*\{\s*([A-Za-z]+)\*?\s*\}").match(self.text, self.position)
        if not match:
            raise self.wrong(column, f"\\{name} needs the name of a matrix in braces")
        kind, self.position = match[1], match.end()
        if kind in ("vmatrix", "Vmatrix"):
            raise self.wrong(column, "this is a determinant; write its value, or a matrix with pmatrix")
        if kind not in MATRICES | ROWS:
            raise self.wrong(column, f"the environment {kind} is not part of answers; use pmatrix for a matrix")
        if name == "begin":
            columns = re.compile(r"\s*\{[lcr|\s]*\}").match(self.text, self.position) if kind == "array" else None
            self.position = columns.end() if columns else self.position
            self.environments.append((kind, column))
            if kind in MATRICES:
                self.add("MATRIX", kind, column)
            return
        if not self.environments or self.environments[-1][0] != kind:
            raise self.wrong(column, f"\\end{{{kind}}} ends nothing")
        self.environments.pop()
        while self.found and self.found[-1].kind in ("ROWEND", "SEMICOLON"):
            self.found.pop()
        if kind in ROWS:
            return
        self.add("ENDMATRIX", kind, column)

    def font(self, name: str, column: int) -> None:
        """Bold, vectors and words: the content stands as if it were plain."""
        match = _SIMPLE.match(self.text, self.position)
        if not match:
            one = re.compile(r"\s*([A-Za-z])").match(self.text, self.position)
            if not one:
                raise self.wrong(column, f"\\{name} stands only before letters, such as \\{name}{{x}}")
            self.position = one.end()
            self.name(one[1], column)
            return
        content, self.position = match[1].strip(), match.end()
        if name == "mathbb" and content == "R":
            self.add("WORD", "reals", column)
            return
        if content in ("\\imath", "\\jmath"):
            content = content[1]
        if content.startswith("\\"):
            self.command(content[1:], column)
            return
        *words, last = re.findall(rf"[{_LETTERS}][{_LETTERS}0-9]*|[0-9.]+", content) or [""]
        for word in words:
            self.spaced = True
            self.add("NUMBER" if word[0].isdigit() else "RUN", word, column)
        self.spaced = bool(words)
        if last[:1].isalpha():
            self.name(last, column)
        elif re.fullmatch(r"[0-9]+(\.[0-9]+)?", last):
            self.number(last, column)
        self.spaced = self.spaced or name.startswith("text")


_ADVICE = {
    "%": "write a percentage as a fraction such as 5/100",
    "{": "braces stand for sets such as {1, 2}",
    "\\": "a backslash begins a LaTeX command",
    '"': "quotes are not part of answers",
    "`": "quotes are not part of answers",
    "_": "a subscript stands after a name, such as x_1",
    "@": "write products with *",
    "#": "# is not part of answers",
    "?": "a question mark is not part of answers",
    "°": "write angles in radians",
    "∑": "sums are not part of answers; write the terms",
    "∫": "integrals are not part of answers; write the value",
    "&": "write and between statements",
    "…": "write all entries; dots are not part of answers",
    ".": "write decimals such as 0.5",
}
