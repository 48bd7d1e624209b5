"""Tape → lines of LLVM IR on several numbers side by side, in pieces of bounded length: the common part of batches."""

from __future__ import annotations

from hessmath.kernels.emission import PART, Inputs
from hessmath.kernels.instructions import INTERNAL, LEAVES, nearest
from hessmath.kernels.lane_instructions import LaneInstructions
from hessmath.kernels.lanes import Lanes
from hessmath.program import PRIMITIVES, Tape
from hessmath.program.primitives import CONSTANT

SIGNATURE = "ptr %x, ptr %v, ptr %p, ptr %out"


class LaneEmitter(LaneInstructions):
    """The state of one emission: where each slot's value is found at the current instruction."""

    def __init__(self, tape: Tape, inputs: Inputs, returns_first: bool, chunk: int, lanes: Lanes) -> None:
        super().__init__(lanes)
        self.inputs = inputs
        self.chunk = chunk
        self.code = tape.code.tolist()
        self.operands = tape.operands.tolist()
        self.constants = [lanes.literal(nearest(c)) for c in tape.constants]
        outputs = tape.outputs.tolist()
        self.returned = outputs[0] if returns_first else None
        self.written = outputs[1:] if returns_first else outputs

    def plan(self) -> tuple[list[int], dict[int, list[int]], list[tuple[int, int]]]:
        """What is computed, where slots are written in ``out``, and the leaves among them."""
        places: dict[int, list[int]] = {}
        for index, slot in enumerate(self.written):
            places.setdefault(slot, []).append(index)
        work = [slot for slot, code in enumerate(self.code) if code not in LEAVES]
        leaves = [slot for slot in places if self.code[slot] in LEAVES]
        return work, places, [(slot, index) for slot in leaves for index in places[slot]]

    def cut(
        self, work: list[int], stores: list[tuple[int, int]]
    ) -> tuple[list[list[int]], list[list[tuple[int, int]]]]:
        """Pieces of bounded length, as many of instructions as of stores.

        A store counts as an instruction, so that long lists of outputs are cut as well.
        """
        chunks = [work[i : i + self.chunk] for i in range(0, len(work), self.chunk)]
        extra = [stores[i : i + self.chunk] for i in range(0, len(stores), self.chunk)]
        count = max(len(chunks), len(extra), 1)
        chunks += [[] for _ in range(count - len(chunks))]
        extra += [[] for _ in range(count - len(extra))]
        return chunks, extra

    def pieces(
        self,
        chunks: list[list[int]],
        extra: list[list[tuple[int, int]]],
        places: dict[int, list[int]],
        scratch: dict[int, int],
    ) -> tuple[list[str], list[str]]:
        """The functions ``chunk0``, ``chunk1``, … as modules, and the lines that the module calling them begins with.

        Where one module has room for everything there are no modules, and the lines are the functions themselves.
        """
        modules: list[str] = []
        functions: list[str] = []
        heads = [f"void @chunk{number}({SIGNATURE}, ptr %s)" for number in range(len(chunks))]
        whole = len(chunks) * self.chunk <= PART
        for number, (slots, leaf_stores) in enumerate(zip(chunks, extra, strict=True)):
            body = self.piece(slots, places, scratch, leaf_stores)
            name, linkage = f"void @chunk{number}", INTERNAL if whole else "hidden "
            functions.append(function_text(name, f"{SIGNATURE}, ptr %s", [*body, "ret void"], linkage))
            if not whole and (len(functions) * self.chunk >= PART or number + 1 == len(chunks)):
                modules.append("\n".join([*self.declared.values(), *functions]))
                functions, self.declared = [], {}
        return modules, functions if whole else [f"declare hidden {head}" for head in heads]

    def result(self, lines: list[str]) -> str:
        """The value that is returned."""
        return self.form["zero"] if self.returned is None else self.value(self.returned, lines)

    def piece(
        self,
        slots: list[int],
        places: dict[int, list[int]],
        scratch: dict[int, int],
        leaf_stores: list[tuple[int, int]],
    ) -> list[str]:
        """The lines that compute ``slots``, write their outputs and save what later pieces need."""
        self.known: dict[int, str] = self.given()
        self.scratch = scratch
        lines: list[str] = []
        for slot in slots:
            row = PRIMITIVES[self.code[slot]]
            values = [self.value(operand, lines) for operand in self.operands[slot][: row.arity]]
            result = f"%t{slot}"
            lines.append(self.instruction(row.name, row.emission, result, values))
            self.known[slot] = result
            for index in places.get(slot, ()):
                self.write(result, index, lines)
            if slot in scratch:
                lines.extend(self.store(result, "s", scratch[slot], f"%k{slot}"))
        for slot, index in leaf_stores:
            self.write(self.value(slot, lines), index, lines)
        return lines

    def given(self) -> dict[int, str]:
        """Slots whose values are in registers when a piece begins."""
        return {}

    def write(self, value: str, index: int, lines: list[str]) -> None:
        """Write an output."""
        lines.extend(self.store(value, "out", index, f"%o{index}"))

    def value(self, slot: int, lines: list[str]) -> str:
        """The name of a slot's value, loaded into a register where it is not in one yet."""
        name = self.known.get(slot)
        if name is not None:
            return name
        if self.code[slot] in LEAVES:
            name = self.leaf_text(slot)
            if name is None:
                array, index = self.inputs.place(self.operands[slot][0])
                lines.extend(self.load(f"%t{slot}", array, index))
                name = f"%t{slot}"
        else:
            lines.extend(self.load(f"%t{slot}", "s", self.scratch[slot]))
            name = f"%t{slot}"
        self.known[slot] = name
        return name

    def load(self, result: str, array: str, index: int) -> list[str]:
        """Read a number of an array."""
        kind = self.lanes.double
        if index == 0:
            return [f"{result} = load {kind}, ptr %{array}"]
        return [
            f"{result}.at = getelementptr {kind}, ptr %{array}, i64 {index}",
            f"{result} = load {kind}, ptr {result}.at",
        ]

    def store(self, value: str, array: str, index: int, name: str) -> list[str]:
        """Write a number of an array."""
        kind = self.lanes.double
        if index == 0:
            return [f"store {kind} {value}, ptr %{array}"]
        return [f"{name}.at = getelementptr {kind}, ptr %{array}, i64 {index}", f"store {kind} {value}, ptr {name}.at"]

    def leaf_text(self, slot: int) -> str | None:
        """The literal of a constant slot; None for an input."""
        if self.code[slot] == CONSTANT:
            return self.constants[self.operands[slot][0]]
        return None


def function_text(head: str, arguments: str, lines: list[str], linkage: str = "") -> str:
    """The definition of a function; internal ones stay functions."""
    attributes = " noinline nounwind" if linkage else " nounwind"
    return "\n".join([f"define {linkage}{head}({arguments}){attributes} {{", *lines, "}"])
