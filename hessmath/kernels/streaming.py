"""Results past the cache: blocks of rows are written to a small buffer and copied from there by non-temporal stores.

An ordinary store first reads the cache line that it changes.  For results larger than the caches that doubles the
traffic, which is what limits the speed of large batches; measured: 7 to 12 GB/s against 18 to 26 GB/s for results of
80 MB and more, and no difference at 30 MB.
"""

from __future__ import annotations

from hessmath.kernels.lanes import Lanes

#: Numbers in the buffer, about half a first-level cache; a block of rows that needs more than LARGEST is not streamed.
BUFFER, LARGEST = 2048, 32_768

_STEP = 8  # numbers in a line of 64 bytes


def group_size(block: int) -> int:
    """How many blocks, of so many numbers each, are gathered before they are copied; 0 for none."""
    return 0 if not 0 < block <= LARGEST else max(1, BUFFER // block)


def streamed(steps: dict[str, int], work: int, group: int) -> str:
    """The function ``batch_streamed``: like ``batch``, but the rows of ``out`` pass through a buffer at ``work``.

    ``steps`` says how many numbers of ``x``, ``v``, ``value`` and ``out`` a block has.
    """
    arguments = "i64 %blocks, ptr %xs, ptr %vs, ptr %p, ptr %values, ptr %outs, ptr %work"
    starts = {"x": "%xs", "v": "%vs", "value": "%values", "out": "%outs"}
    lines = [f"define void @batch_streamed({arguments}) nounwind {{", "entry:"]
    lines.append(f"%buffer = getelementptr double, ptr %work, i64 {work}")
    lines += ["%some = icmp sgt i64 %blocks, 0", "br i1 %some, label %loop, label %done", "loop:"]
    lines.append("%left = phi i64 [%blocks, %entry], [%left.next, %loop]")
    lines += [f"%{name} = phi ptr [{start}, %entry], [%{name}.next, %loop]" for name, start in starts.items()]
    lines += [f"%full = icmp sgt i64 %left, {group}", f"%now = select i1 %full, i64 {group}, i64 %left"]
    lines.append("call void @batch(i64 %now, ptr %x, ptr %v, ptr %p, ptr %value, ptr %buffer, ptr %work)")
    lines.append(f"%count = mul i64 %now, {steps['out']}")
    lines.append("call void @stream(ptr %out, ptr %buffer, i64 %count)")
    for name in starts:
        lines.append(f"%{name}.by = mul i64 %now, {steps[name]}")
        lines.append(f"%{name}.next = getelementptr double, ptr %{name}, i64 %{name}.by")
    lines += ["%left.next = sub i64 %left, %now", "%more = icmp sgt i64 %left.next, 0"]
    lines.append("br i1 %more, label %loop, label %done")
    # The stores bypass the usual order: nobody may be told of the results before they are there.
    lines += ["done:", "fence seq_cst", "ret void", "}"]
    return "\n".join([_stream(), *lines, "!0 = !{i32 1}"])


def _stream() -> str:
    """Copy numbers; lines of 64 bytes that lie wholly in the target are stored past the cache."""
    line = Lanes(_STEP).double
    return f"""define internal void @stream(ptr %to, ptr %from, i64 %count) noinline nounwind {{
entry:
  %address = ptrtoint ptr %to to i64
  %minus = sub i64 0, %address
  %bytes = and i64 %minus, 63
  %before = lshr i64 %bytes, 3
  %few = icmp slt i64 %count, %before
  %head = select i1 %few, i64 %count, i64 %before
  %rest = sub i64 %count, %head
  %whole = and i64 %rest, -{_STEP}
  %main = add i64 %head, %whole
  %has.head = icmp sgt i64 %head, 0
  br i1 %has.head, label %first, label %middle
first:
  %i = phi i64 [0, %entry], [%i.next, %first]
  %i.from = getelementptr double, ptr %from, i64 %i
  %i.to = getelementptr double, ptr %to, i64 %i
  %i.value = load double, ptr %i.from
  store double %i.value, ptr %i.to
  %i.next = add i64 %i, 1
  %i.more = icmp slt i64 %i.next, %head
  br i1 %i.more, label %first, label %middle
middle:
  %has.main = icmp sgt i64 %whole, 0
  br i1 %has.main, label %lines, label %end
lines:
  %j = phi i64 [%head, %middle], [%j.next, %lines]
  %j.from = getelementptr double, ptr %from, i64 %j
  %j.to = getelementptr double, ptr %to, i64 %j
  %j.value = load {line}, ptr %j.from, align 8
  store {line} %j.value, ptr %j.to, align 64, !nontemporal !0
  %j.next = add i64 %j, {_STEP}
  %j.more = icmp slt i64 %j.next, %main
  br i1 %j.more, label %lines, label %end
end:
  %has.tail = icmp slt i64 %main, %count
  br i1 %has.tail, label %last, label %done
last:
  %k = phi i64 [%main, %end], [%k.next, %last]
  %k.from = getelementptr double, ptr %from, i64 %k
  %k.to = getelementptr double, ptr %to, i64 %k
  %k.value = load double, ptr %k.from
  store double %k.value, ptr %k.to
  %k.next = add i64 %k, 1
  %k.more = icmp slt i64 %k.next, %count
  br i1 %k.more, label %last, label %done
done:
  ret void
}}"""
