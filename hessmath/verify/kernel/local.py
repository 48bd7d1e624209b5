"""Claims about one scalar function: critical points, convexity, behaviour at a point, limits.

Functions are plain scalar trees in scalar variables.  Near a point they are studied as rational functions of
small parameters: a condition or sign is read off the lowest term, which decides for all small enough values.

Hypotheses restrict the function to the set where they hold.  At a point they must hold at all points near it,
so that the restricted function is the same there; for a limit they choose the sides that count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from hessmath.verify.kernel.algebra import UNIT, Algebra, Form, Undefined, add, constant, freeze, known, scale
from hessmath.verify.kernel.entries import Entries, Rationals
from hessmath.verify.kernel.evaluate import Point
from hessmath.verify.kernel.proofs import Case, Claim, conjuncts, facts_of, inertia
from hessmath.verify.kernel.trees import (
    Json,
    Rejected,
    Tree,
    fields,
    integer,
    items,
    make,
    minus,
    num,
    number,
    obligations,
    plain,
    text,
    word,
)

SECOND_ORDER = "second-order sufficient conditions"
CONVEXITY = "second-order characterisation of convexity"
SYMMETRY = "symmetry of f'' where f is twice differentiable"
TRUE = Tree("true", (), None, "truth")


class Scalar:
    """The function of a claim, its variables and, where the claim has one, its point."""

    def __init__(self, obj: Json, keys: str, optional: str = "") -> None:
        self.obj = fields(obj, "kind vars f " + keys, "hypotheses " + optional)
        self.names = [word(name) for name in items(self.obj["vars"])]
        if not 1 <= len(self.names) <= 30 or len(set(self.names)) < len(self.names):
            raise Rejected("between 1 and 30 different variables were needed")
        self.claim = Claim("real", dict.fromkeys(self.names, ()), (), TRUE, {})
        self.tree = self.claim.read(self.obj["f"])
        self.f = plain(self.tree, {})
        if self.f.shape != ():
            raise Rejected("f must be a scalar")
        self.variables = [Tree("var", (), name) for name in self.names]
        self.hypotheses = tuple(self.claim.read(item) for item in items(self.obj.get("hypotheses", [])))
        if any(tree.sort != "truth" for tree in self.hypotheses):
            raise Rejected("hypotheses are relations")
        self.given = " with " + ", ".join(map(text, self.hypotheses)) if self.hypotheses else ""

    def numbers(self, obj: Json) -> list[Fraction]:
        """Exact coordinates, one for each variable."""
        values = [number(cell) for cell in items(obj)]
        if len(values) != len(self.names):
            raise Rejected("a point has one coordinate for each variable")
        return values

    def at(self, values: Sequence[Form | Fraction]) -> dict[str, list[list[Form]]]:
        """Grids for the variables."""
        forms = [constant(value) if isinstance(value, Fraction) else value for value in values]
        return {name: [[form]] for name, form in zip(self.names, forms, strict=True)}

    def gradient(self) -> list[Tree]:
        """The partial derivatives as trees."""
        return [make("gradient", self.f, x) for x in self.variables]

    def hessian(self) -> Tree:
        """The Hessian: a scalar for one variable, else a matrix."""
        rows = [[make("gradient", g, x) for x in self.variables] for g in self.gradient()]
        return rows[0][0] if len(rows) == 1 else make("block", *(make("row", *row) for row in rows))

    def place(self, values: Sequence[Fraction]) -> str:
        """A point as text."""
        names, numbers = ", ".join(self.names), ", ".join(map(str, values))
        return f"({names}) = ({numbers})" if len(values) > 1 else f"{names} = {numbers}"


def _smooth(point: Point, tree: Tree) -> None:
    if bad := point.undefined(tree):
        raise Rejected(f"{text(bad)} is undefined at the point")


# ------------------------------------------------------------------------------------------- hypotheses
def _require_near(scalar: Scalar, values: Sequence[Fraction]) -> None:
    """Every hypothesis holds at all points near this one: a strict inequality between functions smooth here."""
    point = Point(scalar.at(values))
    for part in (part for tree in scalar.hypotheses for part in conjuncts(tree)):
        facts = facts_of(plain(part, {}))
        if not facts or any(predicate not in ("positive", "nonneg", "nonzero") for predicate, _ in facts):
            raise Rejected(f"the hypothesis {text(part)} is not an inequality, so it may hold at no point nearby")
        for predicate, tree in facts:
            for x in scalar.variables:
                _smooth(point, make("gradient", tree, x))
            if not point.holds(make("nonzero" if predicate == "nonzero" else "positive", tree)):
                where = scalar.place(values)
                raise Rejected(f"the hypothesis {text(part)} is not shown to hold at all points near {where}")


def _none_at(scalar: Scalar, values: Sequence[Fraction], proof: Json) -> None:
    """The named hypothesis is false at the point, which is the only one that the claim is about."""
    found = integer(fields(proof, "hypothesis")["hypothesis"], 0, len(scalar.hypotheses) - 1)
    tree, point = plain(scalar.hypotheses[found], {}), Point(scalar.at(values))
    if point.undefined(tree) or point.holds(tree):
        raise Rejected(f"the hypothesis {text(tree)} is not false at the point")


def _none(scalar: Scalar, hypotheses: tuple[Tree, ...], proof: Json) -> set[str]:
    """The hypotheses contradict each other."""
    (item,) = items(fields(proof, "cases")["cases"])[:1] or [None]
    found = fields(item, "sizes contradiction", "definedness")
    if len(proof["cases"]) != 1 or found["sizes"] not in ("all", {}):
        raise Rejected("a contradiction between scalars is one case, without sizes")
    claim = Claim("real", scalar.claim.variables, hypotheses, TRUE, {})
    case = Case(claim, None if found["sizes"] == "all" else {})
    case.definedness(found.get("definedness", []))
    case.vacuous(found["contradiction"])
    return case.axioms


# -------------------------------------------------------------------------------------- critical points
_MINIMA, _MAXIMA = {"strict_local_min", "local_min"}, {"strict_local_max", "local_max"}
CLASSES = _MINIMA | _MAXIMA | {"saddle", "degenerate", "not_critical"}
EXCLUDED = {
    "strict_local_min": _MAXIMA | {"saddle", "not_critical"},
    "local_min": {"strict_local_max", "saddle", "not_critical"},
    "strict_local_max": _MINIMA | {"saddle", "not_critical"},
    "local_max": {"strict_local_min", "saddle", "not_critical"},
    "saddle": _MINIMA | _MAXIMA | {"not_critical"},
    "degenerate": {"not_critical"},
    "not_critical": CLASSES - {"not_critical"},
}
"""What a class rules out: ``saddle`` is critical and no extremum, ``degenerate`` critical with singular Hessian."""


def critical_point(obj: Json, verdict: str, proof: Json) -> tuple[str, str, set[str]]:
    """Text, scope and axioms of a classification shown or excluded."""
    scalar = Scalar(obj, "point classification")
    values, wanted = scalar.numbers(obj["point"]), obj["classification"]
    if type(wanted) is not str or wanted not in CLASSES:
        raise Rejected("the classification is not known")
    line = f"{text(scalar.tree)} at {scalar.place(values)}: {wanted}{scalar.given}"
    if verdict == "vacuous":
        _none_at(scalar, values, proof)
        return line, "", set()
    _require_near(scalar, values)
    shows = wanted
    if verdict == "refuted" and type(proof) is dict:
        shows = str(proof.get("shows"))
        proof = {key: value for key, value in proof.items() if key != "shows"}
    by = proof.get("by") if type(proof) is dict else None
    shown, excluded, axioms = _classes(scalar, values, by, proof)
    if shows not in shown:
        raise Rejected(f"the proof shows {', '.join(sorted(shown))}, not {shows:.40}")
    if verdict == "refuted" and wanted not in EXCLUDED[shows] | excluded:
        raise Rejected(f"{shows} does not exclude {wanted}")
    return line, "", axioms


def _classes(scalar: Scalar, values: list[Fraction], by: Json, proof: Json) -> tuple[set[str], set[str], set[str]]:
    """The classes that hold, the ones excluded besides, the axioms used."""
    point = Point(scalar.at(values))
    _smooth(point, scalar.hessian())
    slopes = [point.sign(point.engine.scalar(g)) for g in scalar.gradient()]
    if by == "gradient":
        fields(proof, "by")
        if not any(slopes):
            raise Rejected("the gradient is zero at the point")
        return {"not_critical"}, set(), set()
    if any(slopes):
        raise Rejected("the gradient is not zero at the point")
    if by == "inertia":
        plus, minus_, zero = inertia(_numbers(point, scalar.hessian()), fields(proof, "by congruence")["congruence"])
        if zero and not (plus and minus_):
            return {"degenerate"}, set(), set()
        if zero:
            return {"degenerate", "saddle"}, set(), {SECOND_ORDER}
        return ({"saddle"} if plus and minus_ else _MINIMA if plus else _MAXIMA), {"degenerate"}, {SECOND_ORDER}
    if by == "lines":
        return _lines(scalar, values, fields(proof, "by directions")["directions"])
    fields(proof, "by")
    if by != "even_monomials":
        raise Rejected("a critical point is classified by inertia, gradient, lines or even_monomials")
    engine = Entries()
    atoms = [engine.algebra.atom("small", i) for i in range(len(values))]
    form = _change(engine, scalar, values, [add(constant(p), a) for p, a in zip(values, atoms, strict=True)])
    signs = {c > 0 for c in form.values()}
    even = all(e > 0 and e % 2 == 0 for mono, _ in form for _, e in mono)
    pure = {mono[0][0] for mono, _ in form if len(mono) == 1}
    if len(signs) != 1 or not even or len(pure) != len(values) or any(not mono for mono, _ in form):
        raise Rejected("f − f(p) is not a sum of even monomials of one sign with a pure power of each variable")
    return (_MINIMA if signs == {True} else _MAXIMA), set(), set()


def _change(engine: Entries, scalar: Scalar, values: list[Fraction], moved: list[Form]) -> Form:
    """f(moved) − f(p) as a polynomial in the small parameters."""
    algebra = engine.algebra
    near, at = (Entries(scalar.at(cells), algebra=algebra).scalar(scalar.f) for cells in (moved, values))
    form = add(near, scale(at, -1))
    if any(not mono or any(algebra.keys[atom][0] != "small" or e < 0 for atom, e in mono) for mono, _ in form):
        raise Rejected("f must be a polynomial here")
    return form


def _lines(scalar: Scalar, values: list[Fraction], obj: Json) -> tuple[set[str], set[str], set[str]]:
    """Values of both signs arbitrarily near: the lowest term of f(p + td) − f(p) along each direction."""
    seen: set[int] = set()
    for item in items(obj):
        engine = Entries()
        t = engine.algebra.atom("small", 0)
        moved = [add(constant(p), scale(t, d)) for p, d in zip(values, scalar.numbers(item), strict=True)]
        form = _change(engine, scalar, values, moved)
        if form:
            ((atom, power),) = min((mono for mono, _ in form), key=lambda mono: mono[0][1])
            sign = 1 if form[((atom, power),), ()] > 0 else -1
            seen |= {sign} if power % 2 == 0 else {1, -1}
    if seen != {1, -1}:
        raise Rejected("the lines do not show both signs")
    return {"saddle"}, set(), set()


def _numbers(point: Point, tree: Tree) -> Rationals:
    matrix = point.engine.rationals(tree)
    if matrix is None:
        raise Rejected("the Hessian at the point is not rational")
    return matrix


# -------------------------------------------------------------------------------------------- convexity
PROPERTIES = ("convex", "strictly_convex", "strongly_convex", "concave", "quasiconvex")


def convexity(obj: Json, verdict: str, proof: Json) -> tuple[str, str, set[str]]:
    """Text, scope and axioms of a convexity claim on a set given by linear inequalities."""
    scalar = Scalar(obj, "domain property", "mu")
    wanted = obj["property"]
    if type(wanted) is not str or wanted not in PROPERTIES or ("mu" in obj) != (wanted == "strongly_convex"):
        raise Rejected("the property is not known, or mu is not where it belongs")
    mu = number(obj.get("mu", "0"))
    if "mu" in obj and mu <= 0:
        raise Rejected("mu must be positive")
    domain = (*(scalar.claim.read(item) for item in items(obj["domain"])), *scalar.hypotheses)
    for part in (part for tree in domain for part in conjuncts(tree)):
        _require_linear(part)
    where = " on " + ", ".join(map(text, domain)) if domain else ""
    line = f"{text(scalar.tree)} is {wanted}{f' with mu = {mu}' if mu else ''} in ({', '.join(scalar.names)}){where}"
    if verdict == "vacuous":
        return line, "", _none(scalar, domain, proof)
    if verdict == "proved":
        return line, "", _convex(scalar, domain, wanted, mu, proof)
    _not_convex(scalar, domain, wanted, mu, proof)
    return line, "", set()


def _require_linear(part: Tree) -> None:
    """An affine inequality, so that the domain is convex."""
    engine = Entries()
    facts = facts_of(part)
    if [predicate for predicate, _ in facts] not in (["positive"], ["nonneg"]):
        raise Rejected(f"{text(part)} is not an inequality")
    form = engine.scalar(plain(facts[0][1], {}))
    if any(len(mono) > 1 or any(e != 1 or engine.algebra.keys[a][0] != "var" for a, e in mono) for mono, _ in form):
        raise Rejected(f"{text(part)} is not linear")


def _convex(scalar: Scalar, domain: tuple[Tree, ...], wanted: str, mu: Fraction, proof: Json) -> set[str]:
    hessian = scalar.hessian()
    case = Case(Claim("real", scalar.claim.variables, domain, TRUE, {"hessian_of_f": hessian}), {})
    by = proof.get("by") if type(proof) is dict else None
    found = fields(proof, "by fact" if by == "hessian" else "by congruence", "definedness")
    case.definedness(found.get("definedness", []))
    target = case.admit(hessian)
    if wanted == "concave":
        target = make("neg", target)
    if mu:
        shift = make("eye", num(len(scalar.names))) if len(scalar.names) > 1 else num(1)
        target = minus(target, make("mul", num(mu), shift))
    scalar_case = len(scalar.names) == 1
    strict = "positive" if scalar_case else "posdef"
    if by == "hessian":
        shown, about = case.fact(found["fact"])
        if not case.engine.equal(about, target) or shown not in (strict, "nonneg" if scalar_case else "psd"):
            raise Rejected("the fact is not about the Hessian that the property needs")
        enough = shown == strict or wanted != "strictly_convex"
    elif by == "inertia":
        matrix = case.engine.rationals(target) if isinstance(case.engine, Entries) else None
        if matrix is None:
            raise Rejected("the Hessian is not constant and rational")
        _, negative, zero = inertia(matrix, found["congruence"])
        enough = not negative and not (zero and wanted == "strictly_convex")
    else:
        raise Rejected("convexity is proved by hessian or inertia")
    if not enough:
        raise Rejected(f"this does not show that f is {wanted}")
    return case.axioms | {CONVEXITY}


def _not_convex(scalar: Scalar, domain: tuple[Tree, ...], wanted: str, mu: Fraction, proof: Json) -> None:
    if type(proof) is dict and "point" in proof:
        found = fields(proof, "point congruence")
        point = Point(scalar.at(scalar.numbers(found["point"])))
        _require_inside(point, domain, strictly=True)
        _smooth(point, scalar.hessian())
        matrix = _numbers(point, scalar.hessian())
        shifted = [[cell - (mu if i == j else 0) for j, cell in enumerate(row)] for i, row in enumerate(matrix)]
        positive, negative, _ = inertia(shifted, found["congruence"])
        if wanted == "quasiconvex" or not (positive if wanted == "concave" else negative):
            raise Rejected(f"this Hessian does not refute {wanted}")
        return
    found = fields(proof, "points weight")
    ends = [scalar.numbers(item) for item in items(found["points"])]
    weight = number(found["weight"])
    if len(ends) != 2 or ends[0] == ends[1] or not 0 < weight < 1:
        raise Rejected("two different points and a weight between 0 and 1 were needed")
    a, b = ends
    between = [weight * p + (1 - weight) * q for p, q in zip(a, b, strict=True)]
    algebra, forms, judge = Algebra(), [], Point({})
    for values in (a, b, between):
        point = Point(scalar.at(values), algebra)
        _require_inside(point, domain, strictly=False)
        _smooth(point, scalar.f)
        forms.append(point.engine.scalar(scalar.f))
        judge = point
    at_a, at_b, middle = forms
    if wanted == "quasiconvex":
        violated = all(judge.sign(add(middle, scale(end, -1))) > 0 for end in (at_a, at_b))
    else:
        bend = mu / 2 * weight * (1 - weight) * sum((p - q) ** 2 for p, q in zip(a, b, strict=True))
        gap = judge.sign(add(middle, scale(at_a, -weight), scale(at_b, weight - 1), constant(bend)))
        violated = gap < 0 if wanted == "concave" else gap > 0 or (gap == 0 and wanted == "strictly_convex")
    if not violated:
        raise Rejected("the points do not violate the defining inequality")


def _require_inside(point: Point, domain: tuple[Tree, ...], strictly: bool) -> None:
    for part in (part for tree in domain for part in conjuncts(tree)):
        ((_, difference),) = facts_of(plain(part, {}))
        if not (point.holds(make("positive", difference)) if strictly else point.holds(plain(part, {}))):
            raise Rejected(f"{text(part)} does not hold{' strictly' if strictly else ''} at the point")


# ------------------------------------------------------------------------------- germs of rational functions
class Germ:
    """f as a quotient of polynomials in small parameters, the first much smaller than the second.

    ``one_sided`` parameters are positive; otherwise they have either sign.  ``rewrite`` brings other forms into
    this shape, as far as signs are concerned.  Abs, sign, Max, Min and
    Piecewise are resolved by the sign of a lowest term, which holds for all small enough values.
    """

    def __init__(
        self, algebra: Algebra, small: Sequence[int], one_sided: bool, rewrite: Callable[[Form], Form] | None = None
    ) -> None:
        self.algebra, self.small, self.one_sided = algebra, small, one_sided
        self.rewrite = rewrite or (lambda form: form)

    def value(self, scalar: Scalar, values: Sequence[Form | Fraction]) -> Form:
        """The form of f at coordinates that contain the parameters; f has a value for all small enough ones."""
        engine, f = self._engine(scalar, values), _pieces(scalar.f)
        self._require_defined(engine, f)
        return engine.scalar(f)

    def holds(self, scalar: Scalar, values: Sequence[Form | Fraction], tree: Tree) -> bool:
        """Whether a condition is true (False: false) for all small enough parameters."""
        engine, condition = self._engine(scalar, values), _pieces(plain(tree, {}))
        self._require_defined(engine, condition)
        return self._holds(engine, condition)

    def _engine(self, scalar: Scalar, values: Sequence[Form | Fraction]) -> Entries:
        engine = Entries(scalar.at(values), decide=lambda tree: self._holds(engine, tree), algebra=self.algebra)
        return engine

    def _require_defined(self, engine: Entries, tree: Tree) -> None:
        if tree.op == "Piecewise":
            for case in tree.args:
                self._require_defined(engine, case.args[1])
                if self._holds(engine, case.args[1]):
                    self._require_defined(engine, case.args[0])
                    return
            raise Undefined("no case of Piecewise applies near the point")
        for arg in tree.args:
            self._require_defined(engine, arg)
        for predicate, part in obligations(tree):
            if part.shape or predicate not in _AS_RELATION or not self._holds(engine, make(predicate, part)):
                raise Undefined(f"{text(tree)} is not shown to have a value near the point")

    def _holds(self, engine: Entries, tree: Tree) -> bool:
        if tree.op in ("true", "false"):
            return tree.op == "true"
        if tree.op in ("and", "or"):
            return (all if tree.op == "and" else any)(self._holds(engine, arg) for arg in tree.args)
        if tree.op == "not":
            return not self._holds(engine, tree.args[0])
        if tree.op in _AS_RELATION and not tree.args[0].shape:
            tree = make(_AS_RELATION[tree.op], num(0), tree.args[0])
        if tree.op not in ("eq", "ne", "lt", "le"):
            raise Rejected(f"{text(tree)} is not decided near the point")
        top, bottom = self.quotient(self.rewrite(engine.scalar(minus(tree.args[1], tree.args[0]))))
        if not top or tree.op in ("eq", "ne"):
            return (not top) == (tree.op in ("eq", "le"))
        return self._sign(top) * self._sign(bottom) > 0

    def _sign(self, form: Form) -> int:
        for atom in self.small:
            low = min(dict(mono).get(atom, 0) for mono, _ in form)
            if low % 2 and not self.one_sided:
                raise Rejected("a sign differs on the two sides")
            form = {key: c for key, c in form.items() if dict(key[0]).get(atom, 0) == low}
        ((_, c),) = form.items()
        return 1 if c > 0 else -1

    def quotient(self, form: Form, parameters: bool = False) -> tuple[Form, Form]:
        """Numerator and denominator: polynomials in the parameters (or also in the variables)."""
        algebra, bottom = self.algebra, UNIT
        while sums := [a for mono, _ in form for a, _ in mono if algebra.keys[a][0] == "sum"]:
            atom = max(sums)
            base = dict(algebra.keys[atom][1])
            exponents = [dict(mono).get(atom, 0) for mono, _ in form]
            shift = max(0, -min(exponents))
            total: Form = {}
            for (mono, _), c in form.items():
                rest: Form = {(tuple(pair for pair in mono if pair[0] != atom), ()): c}
                total = add(total, algebra.times(algebra.power(base, dict(mono).get(atom, 0) + shift), rest))
            inner_top, inner_bottom = self.quotient(algebra.power(base, shift), parameters)
            form, bottom = algebra.times(total, inner_bottom), algebra.times(bottom, inner_top)
        for atom in sorted({a for mono, _ in form for a, _ in mono} | {a for mono, _ in bottom for a, _ in mono}):
            if atom not in self.small and not (parameters and algebra.keys[atom][0] == "var"):
                raise Rejected("only rational functions are studied near a point")
            shift = max(0, -min((dict(mono).get(atom, 0) for part in (form, bottom) for mono, _ in part), default=0))
            factor: Form = {(((atom, shift),) if shift else (), ()): Fraction(1)}
            form, bottom = algebra.times(form, factor), algebra.times(bottom, factor)
        if not bottom:
            raise Undefined("a division by zero near the point")
        return form, bottom

    def lead(self, form: Form, atom: int) -> tuple[int, Form]:
        """The lowest power of a parameter and its coefficient; any power for zero."""
        low = min((dict(mono).get(atom, 0) for mono, _ in form), default=0)
        kept = {key: c for key, c in form.items() if dict(key[0]).get(atom, 0) == low}
        return low, {(tuple(pair for pair in mono if pair[0] != atom), w): c for (mono, w), c in kept.items()}

    def limit(self, form: Form, atom: int) -> Form:
        """The limit as a parameter goes to zero, when it is finite."""
        top, bottom = self.quotient(form)
        (m, a), (n, b) = self.lead(top, atom), self.lead(bottom, atom)
        if not top or m > n:
            return {}
        if m < n:
            raise Rejected("the limit is not finite")
        return self.algebra.times(a, self.algebra.invert(b))


_AS_RELATION = {"positive": "lt", "nonneg": "le", "nonzero": "ne"}
"""What a sign of a scalar says as a relation with 0 on the left."""


def _pieces(tree: Tree) -> Tree:
    """|t|, sign, Max and Min written as Piecewise."""
    args = [_pieces(arg) for arg in tree.args]
    zero, otherwise = num(0), make("true")

    def cases(*pairs: tuple[Tree, Tree]) -> Tree:
        return make("Piecewise", *(make("case", value, condition) for value, condition in pairs))

    if tree.op == "Abs":
        return cases((args[0], make("le", zero, args[0])), (make("neg", args[0]), otherwise))
    if tree.op == "sign":
        return cases((zero, make("eq", args[0], zero)), (num(1), make("lt", zero, args[0])), (num(-1), otherwise))
    if tree.op in ("Max", "Min"):
        best = args[0]
        for arg in args[1:]:
            low, high = (best, arg) if tree.op == "Max" else (arg, best)
            best = cases((arg, make("le", low, high)), (best, otherwise))
        return best
    return make(tree.op, *args) if args else tree


# ------------------------------------------------------------------------------------- behaviour at a point
SMOOTHNESS = ["differentiable", "not differentiable", "twice differentiable", "not twice differentiable"]


def point_claim(obj: Json, verdict: str, proof: Json) -> tuple[str, str, set[str]]:
    """Text, scope and axioms of a claim about differentiability or a mixed partial derivative at a point."""
    scalar = Scalar(obj, "point claim")
    values = scalar.numbers(obj["point"])
    where = f"{text(scalar.tree)} at {scalar.place(values)}"
    if type(obj["claim"]) is dict:
        found = fields(obj["claim"], "mixed value")
        names = [word(name) for name in items(found["mixed"])]
        if len(names) != 2 or any(name not in scalar.names for name in names):
            raise Rejected("a mixed derivative names two variables")
        line = f"{where}: d/d{names[0]} of d/d{names[1]} is {number(found['value'])}{scalar.given}"
    elif obj["claim"] in SMOOTHNESS:
        line = f"{where}: {obj['claim']}{scalar.given}"
    else:
        raise Rejected("the claim about the point is not known")
    if verdict == "vacuous":
        _none_at(scalar, values, proof)
        return line, "", set()
    _require_near(scalar, values)
    if type(obj["claim"]) is dict:
        fields(proof, "by")
        if proof["by"] != "rational":
            raise Rejected("a mixed derivative is computed by 'rational'")
        value = known(_mixed(scalar, values, *names))
        if (value == number(found["value"])) != (verdict == "proved"):
            raise Rejected(f"the mixed derivative is {value}")
        return line, "", set()
    shown, axioms = _differentiability(scalar, values, proof)
    opposite = {f"not {claim}" if not claim.startswith("not ") else claim[4:] for claim in shown}
    if obj["claim"] not in (shown if verdict == "proved" else opposite):
        raise Rejected(f"the proof shows that f is {', '.join(sorted(shown))}")
    return line, "", axioms


def _differentiability(scalar: Scalar, values: list[Fraction], proof: Json) -> tuple[set[str], set[str]]:
    by = proof.get("by") if type(proof) is dict else None
    if by == "smooth":
        fields(proof, "by")
        _smooth(Point(scalar.at(values)), scalar.hessian())
        return {"differentiable", "twice differentiable"}, set()
    if by == "mixed":
        names = [word(name) for name in items(fields(proof, "by variables")["variables"])]
        if len(names) != 2 or any(name not in scalar.names for name in names):
            raise Rejected("two variables were needed")
        if known(_mixed(scalar, values, *names)) == known(_mixed(scalar, values, *names[::-1])):
            raise Rejected("the mixed derivatives are equal")
        return {"not twice differentiable"}, {SYMMETRY}
    if by != "sides":
        raise Rejected("differentiability is settled by smooth, sides or mixed")
    direction = scalar.numbers(fields(proof, "by direction")["direction"])
    slopes = []
    for side in (1, -1):
        algebra = Algebra()
        t = algebra.atom("small", 0)
        germ = Germ(algebra, [algebra.number("small", 0)], one_sided=True)
        moved: list[Form | Fraction] = [
            add(constant(p), scale(t, side * d)) for p, d in zip(values, direction, strict=True)
        ]
        change = add(germ.value(scalar, moved), scale(germ.value(scalar, values), -1))
        slopes.append(known(germ.limit(algebra.times(change, algebra.invert(scale(t, side))), germ.small[0])))
    if None in slopes or slopes[0] == slopes[1]:
        raise Rejected("the slopes on the two sides are equal")
    return {"not differentiable", "not twice differentiable"}, set()


def _mixed(scalar: Scalar, values: list[Fraction], outer: str, inner: str) -> Form:
    """d/d outer of d/d inner at the point, as limits of difference quotients."""
    algebra = Algebra()
    h, k = algebra.atom("small", 0), algebra.atom("small", 1)
    germ = Germ(algebra, [algebra.number("small", 0), algebra.number("small", 1)], one_sided=False)

    def slope(offset: Form) -> Form:
        def f(step: Form) -> Form:
            return germ.value(
                scalar,
                [
                    add(constant(p), offset if name == outer else {}, step if name == inner else {})
                    for name, p in zip(scalar.names, values, strict=True)
                ],
            )

        return germ.limit(algebra.times(add(f(h), scale(f({}), -1)), algebra.invert(h)), germ.small[0])

    change = add(slope(k), scale(slope({}), -1))
    return germ.limit(algebra.times(change, algebra.invert(k)), germ.small[1])


# ----------------------------------------------------------------------------------------------- limits
def limit(obj: Json, verdict: str, proof: Json) -> tuple[str, str, set[str]]:
    """Text, scope and axioms of a limit of a rational function of x, or of exp(x), where the hypotheses hold."""
    scalar = Scalar(obj, "to claim")
    if len(scalar.names) != 1 or fields(proof, "by")["by"] != "rational":
        raise Rejected("a limit has one variable and is computed by 'rational'")
    to, claim = obj["to"], obj["claim"]
    target = claim if claim in ("oo", "-oo") else str(number(claim))
    line = f"{text(scalar.tree)} tends to {target} as {scalar.names[0]} tends to {to}{scalar.given}"
    if to in ("oo", "-oo"):
        values = {_towards(scalar, None, 1 if to == "oo" else -1)} - {""}
    else:
        values = {_towards(scalar, number(to), side) for side in (1, -1)} - {""}
    if not values:
        if verdict != "vacuous":
            raise Rejected("the hypotheses hold at no points near")
    elif (values == {target}) != (verdict == "proved") or verdict == "vacuous":
        raise Rejected(f"the limit is {' or '.join(sorted(values))}")
    return line, "", set()


def _towards(scalar: Scalar, to: Fraction | None, side: int) -> str:
    """The limit from one side of a number (None: at side·∞); empty where a hypothesis is false near it."""
    algebra = Algebra()
    t = algebra.atom("small", 0)
    x = scale(t, side) if to is not None else scale(algebra.invert(t), side)
    x = add(constant(to or 0), x)
    rewrite = None if to is not None else lambda form: _exponentials(algebra, form, t)
    germ = Germ(algebra, [algebra.number("small", 0)], one_sided=True, rewrite=rewrite)
    if not all(germ.holds(scalar, [x], tree) for tree in scalar.hypotheses):
        return ""
    top, bottom = germ.quotient(germ.rewrite(germ.value(scalar, [x])))
    (m, a), (n, b) = germ.lead(top, germ.small[0]), germ.lead(bottom, germ.small[0])
    ratio = (known(a) or Fraction(0)) / (known(b) or Fraction(1))
    if not top or m >= n:
        return str(ratio) if top and m == n else "0"
    return "oo" if ratio > 0 else "-oo"


def _exponentials(algebra: Algebra, form: Form, t: Form) -> Form:
    """A rational function of exp(1/t) alone, 1/t → ∞, as a rational function of another small positive t."""
    grows = algebra.invert(t)
    atom = algebra.number("fn", "exp", freeze(grows))
    atoms = _deep(algebra, form)
    if atom not in atoms:
        return form
    if atoms - {atom}:
        raise Rejected("only rational functions of x, or of exp(x), have their limits computed")

    def replaced(part: Form) -> Form:
        total: Form = {}
        for (mono, _), value in part.items():
            term = constant(value)
            for a, e in mono:
                factor = grows if a == atom else replaced(dict(algebra.keys[a][1]))
                term = algebra.times(term, algebra.power(factor if e > 0 else algebra.invert(factor), abs(e)))
            total = add(total, term)
        return total

    return replaced(form)


def _deep(algebra: Algebra, form: Form) -> set[int]:
    found: set[int] = set()
    for mono, _ in form:
        for atom, _ in mono:
            found |= _deep(algebra, dict(algebra.keys[atom][1])) if algebra.keys[atom][0] == "sum" else {atom}
    return found


def asymptotic(obj: Json, verdict: str, proof: Json) -> tuple[str, str, set[str]]:
    """Text, scope and axioms of f − claim = O(eᵏ) as e tends to a number, other variables fixed."""
    scalar = Scalar(obj, "to variable claim order")
    variable, order = word(obj["variable"]), integer(obj["order"], 1, 50)
    if variable not in scalar.names:
        raise Rejected("an asymptotic claim names one of its variables")
    claimed, hypotheses = scalar.claim.read(obj["claim"]), scalar.hypotheses
    line = f"{text(scalar.tree)} == {text(claimed)} + O(({variable} - {number(obj['to'])})**{order})"
    line = f"{line} as {variable} tends to {number(obj['to'])}{scalar.given}"
    if verdict == "vacuous":
        return line, "", _none(scalar, hypotheses, proof)
    found = fields(proof, "by", "definedness") if verdict == "proved" else fields(proof, "by values")
    if found["by"] != "rational":
        raise Rejected("an asymptotic claim is shown by 'rational'")
    if any(node.op == "var" and node.value == variable for tree in hypotheses for node in tree.walk()):
        raise Rejected("the hypotheses must not restrict the small variable")
    if verdict == "refuted":
        _lower_order(scalar, claimed, hypotheses, order, found["values"])
        return line, "", set()
    case = Case(Claim("real", scalar.claim.variables, hypotheses, TRUE, {}), {})
    case.definedness(found.get("definedness", []))
    algebra = Algebra()
    engine = Entries(algebra=algebra)
    cells: dict[str, Form] = {name: algebra.atom("var", name, 0, 0) for name in scalar.names}
    e = algebra.number("small", 0)
    cells[variable] = add(constant(number(obj["to"])), algebra.atom("small", 0))
    moved = Entries({name: [[cell]] for name, cell in cells.items()}, algebra=algebra)
    germ = Germ(algebra, [e], one_sided=False)
    difference = minus(scalar.f, plain(claimed, {}))
    top, bottom = germ.quotient(moved.scalar(difference), parameters=True)
    (m, _), (n, lead) = germ.lead(top, e), germ.lead(bottom, e)
    if top and m - n < order:
        raise Rejected(f"the difference is of order {m - n}")
    divisors = [part for node in difference.walk() for part in obligations(node)]
    leads = [germ.lead(germ.quotient(moved.scalar(part), parameters=True)[0], e)[1] for _, part in divisors]
    known_nonzero = [engine.scalar(tree) for predicate, tree in case.known if predicate == "nonzero" and not tree.shape]
    if any(predicate != "nonzero" for predicate, _ in divisors):
        raise Rejected("only divisions may need a condition here")
    if not all(_nonvanishing(algebra, coefficient, known_nonzero) for coefficient in [lead, *leads]):
        raise Rejected("the leading coefficient of a denominator is not shown to be nonzero")
    return line, "", case.axioms


def _lower_order(scalar: Scalar, claimed: Tree, hypotheses: Sequence[Tree], order: int, values: Json) -> None:
    """At exact values of the other variables f − claim is defined near the point and of lower order."""
    variable, to = scalar.obj["variable"], number(scalar.obj["to"])
    found = fields(values, " ".join(name for name in scalar.names if name != variable))
    numbers = [to if name == variable else number(found[name]) for name in scalar.names]
    point = Point(scalar.at(numbers))
    for hypothesis in hypotheses:
        tree = plain(hypothesis, {})
        if point.undefined(tree) or not point.holds(tree):
            raise Rejected(f"the hypothesis {text(hypothesis)} does not hold at the values")
    algebra = Algebra()
    e = algebra.number("small", 0)
    near = [
        add(constant(to), algebra.atom("small", 0)) if n == variable else constant(x)
        for n, x in zip(scalar.names, numbers, strict=True)
    ]
    engine = Entries(scalar.at(near), algebra=algebra)
    germ = Germ(algebra, [e], one_sided=False)
    difference = minus(scalar.f, plain(claimed, {}))
    divisors = [part for node in difference.walk() for part in obligations(node)]
    if any(predicate != "nonzero" or not germ.quotient(engine.scalar(part))[0] for predicate, part in divisors):
        raise Rejected("f or the claim is not defined near the point at these values")
    top, bottom = germ.quotient(engine.scalar(difference))
    if not top or germ.lead(top, e)[0] - germ.lead(bottom, e)[0] >= order:
        raise Rejected("the difference is of the claimed order at these values")


def _nonvanishing(algebra: Algebra, form: Form, factors: Sequence[Form]) -> bool:
    """Whether exact division by known nonzero polynomials leaves a nonzero number."""
    for factor in factors:
        while known(form) is None and known(factor) is None and (divided := _divide(algebra, form, factor)) is not None:
            form = divided
    return bool(known(form))


def _divide(algebra: Algebra, form: Form, factor: Form) -> Form | None:
    """The exact quotient of polynomials, by leading terms in lexicographic order."""
    atoms = sorted({a for part in (form, factor) for mono, _ in part for a, _ in mono})

    def rank(key: tuple[tuple[tuple[int, int], ...], tuple[int, ...]]) -> list[int]:
        return [dict(key[0]).get(atom, 0) for atom in atoms]

    if any(e < 0 for part in (form, factor) for key in part for e in rank(key)):
        return None
    lead = max(factor, key=rank)
    total: Form = {}
    for _ in range(1000):
        if not form:
            return total
        top = max(form, key=rank)
        powers = [p - q for p, q in zip(rank(top), rank(lead), strict=True)]
        if min(powers) < 0:
            return None
        step: Form = {(tuple((a, p) for a, p in zip(atoms, powers, strict=True) if p), ()): form[top] / factor[lead]}
        total, form = add(total, step), add(form, scale(algebra.times(step, factor), -1))
    return None


Kind = Callable[[Json, str, Json], tuple[str, str, set[str]]]
KINDS: Mapping[str, Kind] = {
    "critical_point": critical_point,
    "convexity": convexity,
    "point": point_claim,
    "limit": limit,
    "asymptotic": asymptotic,
}
