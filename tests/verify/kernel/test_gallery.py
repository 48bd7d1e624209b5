"""What the checker accepts is true, what is false it rejects, and no mutation makes it print something false."""

import copy
import json
import random
from functools import cache

import pytest
from kernel_gallery import ACCEPTED, FALSE_CLAIMS
from kernel_truth import Undefined, World, sample, world_of

from hessmath.verify.kernel import Rejected, check


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_good_certificate_is_accepted_and_survives_json(name):
    statement = check(json.loads(json.dumps(ACCEPTED[name])))
    assert statement == check(ACCEPTED[name])
    assert statement.verdict == ACCEPTED[name]["verdict"]


@pytest.mark.parametrize("name", FALSE_CLAIMS)
def test_a_certificate_for_something_false_is_rejected(name):
    with pytest.raises(Rejected):
        check(FALSE_CLAIMS[name])


def cases_of(certificate):
    """Sizes to try: the listed ones, or 1, 2 and 3 for all."""
    names = sorted({s for shape in certificate["claim"]["vars"].values() for s in shape if isinstance(s, str)})
    for case in certificate["proof"]["cases"]:
        if case["sizes"] == "all" and names:
            yield from ({name: (i + j) % 3 + 1 for j, name in enumerate(names)} for i in (0, 1))
            yield dict.fromkeys(names, 2)
        else:
            yield case["sizes"] if case["sizes"] != "all" else {}


def is_true(certificate, tries=3):
    """Whether the statement survives exact evaluation at random values that satisfy the hypotheses."""
    claim, verdict = certificate["claim"], certificate["verdict"]
    hypotheses, proof = claim.get("hypotheses", []), certificate["proof"]
    if verdict in ("refuted", "ill_posed"):
        world = world_of(proof["values"], proof["sizes"])
        if not all(map(world.holds, hypotheses)):
            return False
        try:
            return not world.holds(claim["claim"]) and verdict == "refuted"
        except Undefined:
            return verdict == "ill_posed"
    rng = random.Random(1)
    for sizes in cases_of(certificate):
        for _ in range(tries):
            world = World(sample(claim, sizes, rng), sizes)
            try:
                if not all(map(world.holds, hypotheses)):
                    continue
            except Undefined:
                continue
            if verdict == "vacuous" or not world.holds(claim["claim"]):
                return False
    return True


@pytest.mark.parametrize("name", list(ACCEPTED))
def test_the_independent_evaluation_agrees(name):
    assert is_true(ACCEPTED[name])


def mutants(certificate):
    """Every change of one place: leaves replaced, parts dropped, doubled, swapped, keys dropped or added."""

    def places(node, path):
        yield path, node
        children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for key, child in children:
            yield from places(child, (*path, key))

    names = list(certificate["claim"]["vars"]) or ["A"]
    swaps = {
        "matmul": ["add", "mul"],
        "add": ["mul"],
        "mul": ["add"],
        "T": ["inv", "neg"],
        "inv": ["T", "neg"],
        "neg": ["T", "inv"],
        "eq": ["ne", "le", "lt"],
        "le": ["lt", "eq", "ge"],
        "lt": ["le"],
        "gt": ["ge", "lt"],
        "posdef": ["psd", "invertible"],
        "psd": ["posdef"],
        "invertible": ["symmetric", "posdef", "nonzero"],
        "symmetric": ["skew"],
        "positive": ["nonneg", "nonzero"],
        "nonneg": ["positive"],
        "nonzero": ["positive"],
        "inv_left": ["inv_right"],
        "inv_right": ["inv_left"],
        "trace": ["det"],
        "exp": ["sin"],
        "proved": ["vacuous", "refuted", "ill_posed"],
        "refuted": ["ill_posed", "proved"],
        "ill_posed": ["refuted"],
        "vacuous": ["proved"],
        "n": ["m", "k"],
        "hyp": ["inv_left"],
        "all": ["n"],
        "real": ["complex"],
        "hole": ["pi"],
    }
    for path, node in places(certificate, ()):
        options = []
        if isinstance(node, str):
            if node.lstrip("-").replace("/", "").isdigit():
                options = ["0", "1", "-1", "7/3", "x"]
            else:
                options = [*swaps.get(node, []), *(v for v in names if node in names and v != node), "zzz"]
        elif isinstance(node, int):
            options = [node + 1, node - 1, True, "1"]
        elif isinstance(node, list):
            options = (
                [node[:i] + node[i + 1 :] for i in range(len(node))]
                + [node + node[-1:]]
                + ([[node[0], *node[:0:-1]]] if len(node) > 2 else [])
            )
            options += [None, []]
        elif isinstance(node, dict):
            options = [{k: v for k, v in node.items() if k != key} for key in node] + [{**node, "zzz": 1}]
        for option in options:
            if option == node:
                continue
            mutant = copy.deepcopy(certificate)
            target = mutant
            for key in path[:-1]:
                target = target[key]
            if path:
                target[path[-1]] = option
            else:
                mutant = option
            yield path, mutant


@cache
def unverified():
    return []


@pytest.mark.parametrize("name", ACCEPTED)
def test_after_any_mutation_the_checker_rejects_or_the_statement_is_true(name):
    original = check(ACCEPTED[name])
    for path, mutant in mutants(ACCEPTED[name]):
        try:
            statement = check(mutant)
        except Rejected:
            continue
        if (statement.text, statement.scope, statement.verdict) != (original.text, original.scope, original.verdict):
            assert is_true(mutant), (path, str(statement))
