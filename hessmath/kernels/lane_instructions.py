"""Single instructions on several numbers side by side, as LLVM IR: what compiled and interpreted batches consist of."""

from __future__ import annotations

from hessmath.kernels import vector_math
from hessmath.kernels.instructions import Instructions, is_for_lanes, scalar_function


class LaneInstructions(Instructions):
    """Writes instructions on lanes; functions are those of ``vector_math``, or else called lane by lane."""

    def inline(self, template: str, result: str, values: list[str]) -> str:
        """The template, or the vector function of its name."""
        if template in vector_math.NAMES:
            return self.call(template, result, values)
        if is_for_lanes(template):
            return super().inline(template, result, values)
        name = f"hm.{template}"
        if name not in self.declared:
            self.declared[name] = scalar_function(name, template, len(values), self.declared, self.symbols)
        return self.call(name, result, values)

    def call(self, function: str, result: str, values: list[str]) -> str:
        """A vector function, or a function called for each lane."""
        kind = self.lanes.double
        name = f"hm_{function}_v{self.lanes.width}"
        if name not in self.declared:
            if function in vector_math.NAMES:
                text, calls = vector_math.definition(function, self.lanes.width)
            else:
                text, calls = vector_math.lanewise(function, len(values), self.lanes.width)
            for called in calls:
                if called.startswith("llvm."):
                    self.declared[called] = vector_math.declaration(called)
                else:
                    self.declare(called, len(values))
            self.declared[name] = text
            if "fma" in vector_math.library_symbols(calls):
                self.symbols["fma"] = None
        return f"{result} = call {kind} @{name}({', '.join(f'{kind} {value}' for value in values)})"
