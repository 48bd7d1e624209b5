"""Answers that try to break the grader: huge numbers, deep nesting, code, invisible characters, LaTeX commands."""

# ruff: noqa: E501
from __future__ import annotations

TOWERS = """
9^9^9^9 | 10^10^10 | 2**(2**(2**100)) | 9**9**9 | 1000000! | 10000! | ((5!)!)! | (1000!)! | 999999999! | 10^(10^(10^10))
2^(1000)^(1000) | (10^(sqrt(10^8)))^(sqrt(10^8)) | e^(1000 ln(10^900)) | exp(exp(exp(exp(exp(100))))) | x^(10^9)
x^100000000 | (x+1)^1000000 | ((x^99)^99)^99 | ((x+y)^999)^999 | (x+y+1)^9999 | ((((x+y+1)^9)^9)^9)^9 | x^x^x^x^x^x
1e999999999 | 1e-999999999 | 1e301 | 1e99999999999999999999 | 0.1e-300 | 10^-10000 | 2^0.000000000000000000001
binomial(10^9, 5*10^8) | binomial(1000000,3) | gamma(10^9) | gamma(-5) | (-5)! | (1/2)! | 10^400 | 2^4096 | 2^4097 | 3^(10^3)
sqrt(sqrt(sqrt(sqrt(2^4000)))) | root(10^300, 997) | root(2, 0) | root(x, 10^9) | log(0) | log(1, 1) | log(8, 0) | ln(-1)
1/0 | 0/0 | 0^0 | 0^-1 | x/0 | x/(1-1) | 1/(x-x) | tan(pi/2) | cot(0) | csc(pi) | oo-oo | oo/oo | 0*oo | oo*x | oo^oo | 1/oo
sin(10^300) | cos(10^999) | tan(10^300) | exp(10^300) | exp(-10^300) | sin(sin(sin(sin(sin(sin(x)))))) | asin(2) | acos(10^9)
sqrt(-1) | (-1)^(1/2) | (-1)^0.5 | (-8)^(1/3) | (-8)^(1/1000) | (-1)^(10^9) | sin(pi*10^300) | cos(pi/10^9) | cos(pi/997)
max(1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21) | floor(10^300) | floor(x) | ceiling(-1/3) | erf(x) | Heaviside(x)
"""

CODE = r"""
__import__('os').system('ls') | __class__ | x.__class__ | ().__class__.__bases__ | lambda x: x | eval("1") | exec("1")
open('/etc/passwd') | import os | os.system("id") | print(x) | globals() | x if x else y | [x for x in x] | {x: y} | x = __import__
f"{x}" | "x" | 'x' | `ls` | $(ls) | ${x} | #{x} | <script>alert(1)</script> | <img src=x onerror=alert(1)> | &lt; | %s%s%n
{{7*7}} | x; DROP TABLE students | ' OR 1=1 -- | ../../etc/passwd | C:\windows | x\n | None | True | nan | NaN | null | undefined
Symbol('x') | Integer(5) | S.One | sympify("x") | x.subs(x,1) | diff(x^2,x) | integrate(x,x) | Sum(x,(x,1,10)) | limit(x,x,0)
solve(x) | factor(x) | Function('f')(x) | Lambda(x,x) | srepr(x) | x[0] | x{0} | x(0)(0)(0) | x() | sin() | sin(,) | sin(x,y,z)
"""

LATEX = r"""
\input{/etc/passwd} | \include{x} | \write18{ls} | \immediate\write18{ls} | \def\x{1} | \newcommand{\x}{1} | \csname x\endcsname
\catcode`\@=11 | \usepackage{x} | \openin5=x | \read5 to \x | \loop\iftrue\repeat | \expandafter | \string | \message{x} | \special{x}
\href{javascript:alert(1)}{x} | \url{x} | \html{x} | \begin{verbatim}x\end{verbatim} | \begin{document} | \end{pmatrix} | \begin{pmatrix}
\begin{pmatrix} 1 & 2 \\ 3 \end{pmatrix} | \begin{pmatrix}\end{pmatrix} | \begin{pmatrix} & & \end{pmatrix} | \frac{1} | \frac | \frac{}{}
\frac{1}{0} | \sqrt | \sqrt{} | \sqrt[0]{x} | \sqrt[999999]{x} | \sqrt[x]{2} | \left( x | x \right) | \left. x \right| | \left\{ x
{ x | x } | }{ | {{{{ | \\ | \ | \{ | \} | \& | \% | 5\% | \# | \_ | \^ | \~ | \' | \" | $$ | $ | \( \) | \[ \] | \text{} | \text{\x}
\mathbf{} | \mathbf{\input{x}} | \begin{array}{c} x \end{array} | \begin{vmatrix} 1 \end{vmatrix} | \sum_{n=1}^{10} n | \int x dx
\lim_{x \to 0} x | \prod x | \overline{x} | \hat{x} | \underbrace{x} | \color{red}{x} | \tiny x | \hspace{1000000pt} x | \verb|x|
"""

SIGNS = (
    "+ | - | * | / | ^ | ** | = | == | < | > | <= | != | ! | | , | ; | : | ( | ) | [ | ] | () | [] | {} | <> | || | ||| | |||| "
    "| ++x | --x | +-+-x | x+ | x- | x* | x^ | ^x | *x | /x | x++y | x**y**| x^^y | x//y | x!! | x!!! | !x | x,,y | ,x | x, | x;y "
    "| (x | x) | (x] | [x) | ((x) | (x)) | [(x]) | {x) | |x | x| | |x|y| | ||x| | <x | x> | <x,y | 1..2 | 1.2.3 | .. | ... | x… "
    "| 1,000 | 1.000,5 | 1 000 | 2 3 | 2x3 | x2 | xyz | X | sinx y z | sin | cos^2 | ln^-1 x | log_x 2 | log_0 2 | x_ | x_{} | _x "
    "| x__y | x' | f'(x) | f(x) | y' = x | dy/dx | ∇ | ∂ | ∇f | ∫x | ∑x | x% | 5% | 5° | x@y | x#y | x?y | x~y | x&y | x\"y "
    "| x=y=x | x<y>x | 1<2 | x=x | = x | x = | x == | x := | f(x) = | x and | or x | and | not | not x | maybe | saddle minimum x "
    "| (1,2 | 1,2) | (1,(2,(3,(4,5)))) | [[1,2],[3]] | [[1,2],3] | [1,2;3] | [1;;2] | {1,{2,{3}}} | (0,1]∪ | ∪ | ∅ | ±| x±| ±±x"
).split(" | ")


def _listed(text: str) -> list[str]:
    return [part.strip() for line in text.strip().splitlines() for part in line.split(" | ")]


INVISIBLE = [
    "x\x00", "\x00", "x\u200by", "\u202ex+1", "x\u2066y\u2069", "\ufeffx", "x\x07", "x\x1b[31m", "x\u00ad", "\u2028", "x\u2029y",
    "\ud800", "x\ue000", "\U000e0041", "х", "е^x", "ѕin(x)", "а+1", "Χ", "οo", "х+y", "𝓍", "𝑥 + 𝟏", "ｘ＋１", "①", "Ⅳ", "٣", "३", "፩",
    "x\u0301", "x̂", "x⃗", "ẋ", "∛x", "x⁻¹", "x⁰⁰⁰", "⁵", "₅", "½½", "½x½", "x½", "٪", "؋", "😀", "x😀", "→", "⇒", "≈ 3", "∞∞", "∞!",
    "\t", "\n", "   ", "x\ny", "x\r\ny", "\u3000x", "x\xa0y", "“x”", "‘x’", "x′", "ℝ", "ℂ", "ℵ", "√", "√√√√x", "√-1", "|√|", "π", "ππ",
]  # fmt: skip

LARGE = [
    "x" * 10_000, "x" * 10_001, "(" * 10_000, ")" * 10_000, "(" * 199 + "x" + ")" * 199, "(" * 250 + "x" + ")" * 250,
    "[" * 5000 + "]" * 5000, "{" * 100 + "}" * 100, "-" * 9_999 + "x", "-" * 150 + "x", "+" * 9_999 + "x", "1" * 1000, "1" * 1001,
    "1" * 9_999, "0." + "1" * 998, "0." + "1" * 5000, "x+" * 4_999 + "x", "x*" * 4_999 + "x", "x^" * 4_999 + "x", "x/" * 4_999 + "x",
    "x^" * 150 + "2", "2^" * 150 + "x", "sin" * 3_333, "sin " * 150 + "x", "sin " * 2000 + "x", "sin(" * 150 + "x" + ")" * 150,
    "sin(" * 1500 + "x" + ")" * 1500, "sqrt(" * 190 + "x" + ")" * 190, "|" * 10_000, "|x" * 3000, "!" * 9_999, "5" + "!" * 9_999,
    "x" + "!" * 190, ",".join(["1"] * 1000), ",".join(["1"] * 1001), ",".join(["1"] * 5000), "[" + ",".join(["1"] * 1001) + "]",
    "[" + ",".join(["[" + ",".join("1" * 50) + "]"] * 50) + "]", "[" + ",".join(["[" + ",".join("1" * 51) + "]"] * 51) + "]",
    ";".join(["1 2"] * 3000), r"\frac{1}{" * 150 + "x" + "}" * 150, r"\frac{1}{" * 900 + "x" + "}" * 900, r"\frac" * 1900,
    r"\sqrt{" * 1500 + "x" + "}" * 1500, r"\begin{pmatrix}" * 600, r"\left(" * 1500, r"\mathbf{" * 900, "x_" * 4_999, "x'" * 4_999,
    "=".join(["x"] * 5000), "<".join(["x"] * 3000), " or ".join(["x=1"] * 1100), "±" * 5000 + "x", "1±" * 2000 + "1", "∪" * 9_999,
    "½" * 10_000, "⁵" * 10_000, "x" + "²" * 9_000, "e" * 10_000, "pi" * 5_000, "(x+1)" * 2_000, "(x+y)" * 150, "(x+y+1)^99" * 90,
    "(x+y)^1000(x-y)^1000", "(x+1)^9999", "1/(x+y)+" * 300 + "1", "sin(x)cos(y)+" * 300 + "1", "sin(x)^20cos(y)^20tan(x y)^20",
    "+".join(f"1/(x+{k})" for k in range(1, 300)), "+".join(f"sqrt(x+{k})" for k in range(1, 300)), "+".join(f"sqrt({k})" for k in range(300)),
    "*".join(f"sin({k}x)" for k in range(1, 60)), "+".join(f"sin(x/{k})" for k in range(1, 60)), "+".join(f"x^(1/{k})" for k in range(2, 90)),
    "exp(" * 12 + "x" + ")" * 12, "ln(" * 12 + "x" + ")" * 12, "+".join(f"exp(x/{k})" for k in range(1, 60)), "x^(1/997)+x^(1/991)",
    "|" + "|x|-1" * 100 + "|", "abs(" * 60 + "x" + "-1)" * 60, "max(" * 60 + "x" + ",1)" * 60, "(((x+1)^2+1)^2+1)^2" * 10, "((((x^2+1)^2+1)^2+1)^2+1)^2",
    "sqrt(1+" * 40 + "x" + ")" * 40, "1/(1+" * 90 + "x" + ")" * 90, "9" * 400 + "^" + "9", "sqrt(" + "7" * 999 + ")", "(" + "7" * 900 + ")^(1/3)",
    "<".join(["x"] * 5000), "<x" * 4_999, "x" + "1" * 9_998, "the " * 2_500, r"\begin{pmatrix}" * 50 + "1" + r"\end{pmatrix}" * 50,
    "[[1,2]," * 90 + "1" + "]" * 90, "∪".join(f"({2 * k},{2 * k + 1})" for k in range(700)), "sqrt(2+sqrt(3)*" * 20 + "1" + ")" * 20,
    "+".join(f"sin(pi/{k})" for k in range(1, 60)), "+".join(f"sin({k})" for k in range(1, 300)), "*".join(f"sin(pi/{k})" for k in range(1, 150)),
    "[" + ",".join(f"±{k}" for k in range(200)) + "]", "+".join(f"{k}^(1/{k + 1})" for k in range(1, 600)), "x+y" * 3_000, "x∪" * 4_999 + "x",
    "ln(" + "3" * 999 + ")", "sin(" + "3" * 999 + ")", "1/" + "9" * 999, ("(" + "9" * 300 + "/" + "7" * 300 + "+") * 15 + "1" + ")" * 15,
]  # fmt: skip

HOSTILE: list[str] = [*_listed(TOWERS), *_listed(CODE), *_listed(LATEX), *SIGNS, *INVISIBLE, *LARGE]
