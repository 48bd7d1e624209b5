"""Matrix products, factorisations and running products as LLVM IR: BLAS and LAPACK as SciPy brings them.

BLAS counts columns first: a matrix with its rows in memory is its transpose there.
Anderson et al. (1999), LAPACK Users' Guide, 3rd ed.; Dongarra et al. (1990), the level 3 BLAS.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Declarations of the routines; all arguments are addresses.
ROUTINES = {"blas_dgemm": 13, "blas_dgemv": 11, "lapack_dgetrf": 6, "lapack_dgetri": 7, "lapack_dgetrs": 9}


@dataclass(frozen=True)
class View:
    """A matrix or vector in memory: where it begins, and the distances between rows and between columns."""

    pointer: str
    row: str
    column: str


def declarations() -> dict[str, str]:
    """name → declaration."""
    return {name: f"declare void @{name}({', '.join(['ptr'] * count)})" for name, count in ROUTINES.items()}


def gemm(m: str, n: str, k: str, left: View, right: View, out: View, beta: str) -> str:
    """out = left · right + beta · out, for left m × k and right k × n; unit distances must be the literal 1."""
    if out.column != "1":  # the transposed product
        flipped = [View(v.pointer, v.column, v.row) for v in (right, left, out)]
        return gemm(n, m, k, flipped[0], flipped[1], flipped[2], beta)
    # In BLAS's order outᵀ (n × m) = rightᵀ (n × k) · leftᵀ (k × m).
    arguments = [*_flag(right), *_flag(left)]
    sizes = f"i64 {n}, i64 {m}, i64 {k}, i64 {_distance(right)}, i64 {_distance(left)}, i64 {out.row}"
    flags = f"i8 {arguments[0]}, i8 {arguments[1]}"
    pointers = f"ptr {right.pointer}, ptr {left.pointer}, ptr {out.pointer}"
    return f"call void @hm.gemm({flags}, {sizes}, {pointers}, double {beta})"


def gemv(m: str, k: str, matrix: View, vector: View, out: View) -> str:
    """out += matrix · vector, for an m × k matrix; vectors use the distance between rows."""
    if matrix.column == "1":
        flag, rows, columns, distance = 84, k, m, matrix.row
    else:
        flag, rows, columns, distance = 78, m, k, matrix.column
    sizes = f"i8 {flag}, i64 {rows}, i64 {columns}, i64 {distance}, i64 {vector.row}, i64 {out.row}"
    return f"call void @hm.gemv({sizes}, ptr {matrix.pointer}, ptr {vector.pointer}, ptr {out.pointer})"


def _flag(view: View) -> list[int]:
    """N where the matrix, transposed by BLAS's reading, is already the transpose that is needed; else T."""
    return [78 if view.column == "1" else 84]


def _distance(view: View) -> str:
    return view.row if view.column == "1" else view.column


GEMM = (
    """
define internal void @hm.gemm(i8 %ta, i8 %tb, i64 %m, i64 %n, i64 %k, i64 %lda, i64 %ldb, i64 %ldc,
                              ptr %a, ptr %b, ptr %c, double %beta) nounwind {
  %f = alloca [2 x i8]
  %z = alloca [6 x i32]
  %d = alloca [2 x double]
  store i8 %ta, ptr %f
  %f1 = getelementptr i8, ptr %f, i64 1
  store i8 %tb, ptr %f1
  store double 1.0, ptr %d
  %d1 = getelementptr double, ptr %d, i64 1
  store double %beta, ptr %d1
"""
    + "".join(
        f"""  %s{i} = call i64 @llvm.smax.i64(i64 %{name}, i64 {low})
  %t{i} = trunc i64 %s{i} to i32
  %z{i} = getelementptr i32, ptr %z, i64 {i}
  store i32 %t{i}, ptr %z{i}
"""
        for i, (name, low) in enumerate([("m", 0), ("n", 0), ("k", 0), ("lda", 1), ("ldb", 1), ("ldc", 1)])
    )
    + """  call void @blas_dgemm(ptr %f, ptr %f1, ptr %z0, ptr %z1, ptr %z2, ptr %d, ptr %a, ptr %z3, ptr %b, ptr %z4,
                        ptr %d1, ptr %c, ptr %z5)
  ret void
}
"""
)

GEMV = (
    """
define internal void @hm.gemv(i8 %ta, i64 %m, i64 %n, i64 %lda, i64 %incx, i64 %incy, ptr %a, ptr %x, ptr %y) nounwind {
  %f = alloca i8
  %z = alloca [5 x i32]
  %d = alloca double
  store i8 %ta, ptr %f
  store double 1.0, ptr %d
"""
    + "".join(
        f"""  %s{i} = call i64 @llvm.smax.i64(i64 %{name}, i64 {low})
  %t{i} = trunc i64 %s{i} to i32
  %z{i} = getelementptr i32, ptr %z, i64 {i}
  store i32 %t{i}, ptr %z{i}
"""
        for i, (name, low) in enumerate([("m", 0), ("n", 0), ("lda", 1), ("incx", 1), ("incy", 1)])
    )
    + """  call void @blas_dgemv(ptr %f, ptr %z0, ptr %z1, ptr %d, ptr %a, ptr %z2, ptr %x, ptr %z3, ptr %d,
                        ptr %y, ptr %z4)
  ret void
}
"""
)

FACTOR = """
; LU factors of an n × n matrix in place; the pivots are kept. Returns whether a pivot is zero.
define internal i1 @hm.factor(ptr %a, i64 %n, ptr %pivots) nounwind {
  %m = alloca i32
  %ld = alloca i32
  %info = alloca i32
  %n.i = trunc i64 %n to i32
  store i32 %n.i, ptr %m
  %n.l = call i32 @llvm.smax.i32(i32 %n.i, i32 1)
  store i32 %n.l, ptr %ld
  store i32 0, ptr %info
  call void @lapack_dgetrf(ptr %m, ptr %m, ptr %a, ptr %ld, ptr %pivots, ptr %info)
  %r = load i32, ptr %info
  %singular = icmp ne i32 %r, 0
  ret i1 %singular
}
define internal void @hm.blank(ptr %a, i64 %n) nounwind {
entry:
  %some = icmp sgt i64 %n, 0
  br i1 %some, label %body, label %end
body:
  %i = phi i64 [ 0, %entry ], [ %j, %body ]
  %at = getelementptr double, ptr %a, i64 %i
  store double 0x7FF8000000000000, ptr %at
  %j = add i64 %i, 1
  %more = icmp slt i64 %j, %n
  br i1 %more, label %body, label %end
end:
  ret void
}
; the inverse of a matrix in place; NaN when it is singular
define internal void @hm.invert(ptr %a, i64 %n) nounwind {
  %size = mul i64 %n, 8
  %p.size = add i64 %size, 8
  %pivots = call ptr @malloc(i64 %p.size)
  %n2 = mul i64 %n, %n
  %w.n = mul i64 %n, 64
  %w.n1 = add i64 %w.n, 1
  %w.size = mul i64 %w.n1, 8
  %work = call ptr @malloc(i64 %w.size)
  %singular = call i1 @hm.factor(ptr %a, i64 %n, ptr %pivots)
  br i1 %singular, label %bad, label %good
bad:
  call void @hm.blank(ptr %a, i64 %n2)
  br label %end
good:
  %m = alloca i32
  %ld = alloca i32
  %lw = alloca i32
  %info = alloca i32
  %n.i = trunc i64 %n to i32
  store i32 %n.i, ptr %m
  %n.l = call i32 @llvm.smax.i32(i32 %n.i, i32 1)
  store i32 %n.l, ptr %ld
  %w.i = trunc i64 %w.n1 to i32
  store i32 %w.i, ptr %lw
  call void @lapack_dgetri(ptr %m, ptr %a, ptr %ld, ptr %pivots, ptr %work, ptr %lw, ptr %info)
  br label %end
end:
  call void @free(ptr %pivots)
  call void @free(ptr %work)
  ret void
}
; A⁻¹B for the rows of B, each of n numbers; A has its rows in memory and is overwritten
define internal void @hm.solve(ptr %a, i64 %n, ptr %b, i64 %count) nounwind {
  %size = mul i64 %n, 8
  %p.size = add i64 %size, 8
  %pivots = call ptr @malloc(i64 %p.size)
  %singular = call i1 @hm.factor(ptr %a, i64 %n, ptr %pivots)
  br i1 %singular, label %bad, label %good
bad:
  %all = mul i64 %n, %count
  call void @hm.blank(ptr %b, i64 %all)
  br label %end
good:
  %t = alloca i8
  store i8 84, ptr %t
  %m = alloca i32
  %ld = alloca i32
  %c = alloca i32
  %info = alloca i32
  %n.i = trunc i64 %n to i32
  store i32 %n.i, ptr %m
  %n.l = call i32 @llvm.smax.i32(i32 %n.i, i32 1)
  store i32 %n.l, ptr %ld
  %c.i = trunc i64 %count to i32
  store i32 %c.i, ptr %c
  call void @lapack_dgetrs(ptr %t, ptr %m, ptr %c, ptr %a, ptr %ld, ptr %pivots, ptr %b, ptr %ld, ptr %info)
  br label %end
end:
  call void @free(ptr %pivots)
  ret void
}
; det A and log det A (NaN unless the determinant is positive); the matrix is overwritten
define internal void @hm.det(ptr %a, i64 %n, ptr %out, i1 %logarithm) nounwind {
entry:
  %size = mul i64 %n, 8
  %p.size = add i64 %size, 8
  %pivots = call ptr @malloc(i64 %p.size)
  %singular = call i1 @hm.factor(ptr %a, i64 %n, ptr %pivots)
  %n1 = add i64 %n, 1
  %some = icmp sgt i64 %n, 0
  br i1 %some, label %body, label %end
body:
  %i = phi i64 [ 0, %entry ], [ %j, %body ]
  %det = phi double [ 1.0, %entry ], [ %det.new, %body ]
  %log = phi double [ 0.0, %entry ], [ %log.new, %body ]
  %sign = phi double [ 1.0, %entry ], [ %sign.new, %body ]
  %place = mul i64 %i, %n1
  %at = getelementptr double, ptr %a, i64 %place
  %u = load double, ptr %at
  %p.at = getelementptr i32, ptr %pivots, i64 %i
  %p = load i32, ptr %p.at
  %i.i = trunc i64 %i to i32
  %here = add i32 %i.i, 1
  %swapped = icmp ne i32 %p, %here
  %u.minus = fneg double %u
  %u.signed = select i1 %swapped, double %u.minus, double %u
  %det.new = fmul double %det, %u.signed
  %size.u = call double @llvm.fabs.f64(double %u)
  %log.u = call double @log(double %size.u)
  %log.new = fadd double %log, %log.u
  %one = call double @llvm.copysign.f64(double 1.0, double %u.signed)
  %sign.new = fmul double %sign, %one
  %j = add i64 %i, 1
  %more = icmp slt i64 %j, %n
  br i1 %more, label %body, label %end
end:
  %det.end = phi double [ 1.0, %entry ], [ %det.new, %body ]
  %log.end = phi double [ 0.0, %entry ], [ %log.new, %body ]
  %sign.end = phi double [ 1.0, %entry ], [ %sign.new, %body ]
  %positive = fcmp ogt double %sign.end, 0.0
  %log.or = select i1 %positive, double %log.end, double 0x7FF8000000000000
  %value = select i1 %logarithm, double %log.or, double %det.end
  store double %value, ptr %out
  call void @free(ptr %pivots)
  ret void
}
"""

RUNNING = """
define internal void @hm.product(ptr %v, i64 %n, i64 %dv, ptr %out) nounwind {
entry:
  %some = icmp sgt i64 %n, 0
  br i1 %some, label %body, label %end
body:
  %i = phi i64 [ 0, %entry ], [ %j, %body ]
  %p = phi double [ 1.0, %entry ], [ %q, %body ]
  %place = mul i64 %i, %dv
  %at = getelementptr double, ptr %v, i64 %place
  %x = load double, ptr %at
  %q = fmul double %p, %x
  %j = add i64 %i, 1
  %more = icmp slt i64 %j, %n
  br i1 %more, label %body, label %end
end:
  %r = phi double [ 1.0, %entry ], [ %q, %body ]
  store double %r, ptr %out
  ret void
}
; products of what comes before (upwards), times those of what comes after (downwards)
define internal void @hm.others(ptr %v, i64 %n, i64 %dv, ptr %out, i64 %do) nounwind {
entry:
  %some = icmp sgt i64 %n, 0
  br i1 %some, label %up, label %end
up:
  %i = phi i64 [ 0, %entry ], [ %i.next, %up ]
  %p = phi double [ 1.0, %entry ], [ %p.next, %up ]
  %u.o = mul i64 %i, %do
  %u.at = getelementptr double, ptr %out, i64 %u.o
  store double %p, ptr %u.at
  %u.v = mul i64 %i, %dv
  %u.from = getelementptr double, ptr %v, i64 %u.v
  %u.x = load double, ptr %u.from
  %p.next = fmul double %p, %u.x
  %i.next = add i64 %i, 1
  %u.more = icmp slt i64 %i.next, %n
  br i1 %u.more, label %up, label %top
top:
  %last = sub i64 %n, 1
  br label %down
down:
  %j = phi i64 [ %last, %top ], [ %j.next, %down ]
  %s = phi double [ 1.0, %top ], [ %s.next, %down ]
  %d.o = mul i64 %j, %do
  %d.at = getelementptr double, ptr %out, i64 %d.o
  %d.p = load double, ptr %d.at
  %d.r = fmul double %d.p, %s
  store double %d.r, ptr %d.at
  %d.v = mul i64 %j, %dv
  %d.from = getelementptr double, ptr %v, i64 %d.v
  %d.x = load double, ptr %d.from
  %s.next = fmul double %s, %d.x
  %j.next = sub i64 %j, 1
  %d.more = icmp sge i64 %j.next, 0
  br i1 %d.more, label %down, label %end
end:
  ret void
}
; the same with tangents: d(p·s) = dp·s + p·ds; the products from below wait in memory of their own
define internal void @hm.others.tangent(ptr %v, i64 %n, i64 %dv, ptr %w, i64 %dw, ptr %out, i64 %do) nounwind {
entry:
  %some = icmp sgt i64 %n, 0
  br i1 %some, label %begin, label %end
begin:
  %size = mul i64 %n, 8
  %kept = call ptr @malloc(i64 %size)
  br label %up
up:
  %i = phi i64 [ 0, %begin ], [ %i.next, %up ]
  %p = phi double [ 1.0, %begin ], [ %p.next, %up ]
  %dp = phi double [ 0.0, %begin ], [ %dp.next, %up ]
  %u.o = mul i64 %i, %do
  %u.at = getelementptr double, ptr %out, i64 %u.o
  store double %dp, ptr %u.at
  %u.k = getelementptr double, ptr %kept, i64 %i
  store double %p, ptr %u.k
  %u.v = mul i64 %i, %dv
  %u.from = getelementptr double, ptr %v, i64 %u.v
  %u.x = load double, ptr %u.from
  %u.w = mul i64 %i, %dw
  %u.wfrom = getelementptr double, ptr %w, i64 %u.w
  %u.dx = load double, ptr %u.wfrom
  %p.next = fmul double %p, %u.x
  %dp.a = fmul double %dp, %u.x
  %dp.b = fmul double %p, %u.dx
  %dp.next = fadd double %dp.a, %dp.b
  %i.next = add i64 %i, 1
  %u.more = icmp slt i64 %i.next, %n
  br i1 %u.more, label %up, label %top
top:
  %last = sub i64 %n, 1
  br label %down
down:
  %j = phi i64 [ %last, %top ], [ %j.next, %down ]
  %s = phi double [ 1.0, %top ], [ %s.next, %down ]
  %ds = phi double [ 0.0, %top ], [ %ds.next, %down ]
  %d.o = mul i64 %j, %do
  %d.at = getelementptr double, ptr %out, i64 %d.o
  %d.dp = load double, ptr %d.at
  %d.k = getelementptr double, ptr %kept, i64 %j
  %d.p = load double, ptr %d.k
  %d.a = fmul double %d.dp, %s
  %d.b = fmul double %d.p, %ds
  %d.r = fadd double %d.a, %d.b
  store double %d.r, ptr %d.at
  %d.v = mul i64 %j, %dv
  %d.from = getelementptr double, ptr %v, i64 %d.v
  %d.x = load double, ptr %d.from
  %d.w = mul i64 %j, %dw
  %d.wfrom = getelementptr double, ptr %w, i64 %d.w
  %d.dx = load double, ptr %d.wfrom
  %s.next = fmul double %s, %d.x
  %ds.a = fmul double %ds, %d.x
  %ds.b = fmul double %s, %d.dx
  %ds.next = fadd double %ds.a, %ds.b
  %j.next = sub i64 %j, 1
  %d.more = icmp sge i64 %j.next, 0
  br i1 %d.more, label %down, label %done
done:
  call void @free(ptr %kept)
  br label %end
end:
  ret void
}
"""

MIRROR = """
; below the diagonal of an n × n matrix what is above it, in tiles that fit in the first-level cache
define internal void @hm.mirror(ptr %a, i64 %n) nounwind {
entry:
  %some = icmp sgt i64 %n, 1
  br i1 %some, label %tiles, label %done
tiles:
  %rb = phi i64 [ 0, %entry ], [ %rb.next, %tiles.last ]
  %rb.next = add i64 %rb, 32
  %r.in = icmp slt i64 %rb.next, %n
  %r.end = select i1 %r.in, i64 %rb.next, i64 %n
  br label %across
across:
  %cb = phi i64 [ 0, %tiles ], [ %cb.next, %across.last ]
  %cb.next = add i64 %cb, 32
  br label %rows
rows:
  %r = phi i64 [ %rb, %across ], [ %r.next, %rows.last ]
  %row = mul i64 %r, %n
  %c.in = icmp slt i64 %cb.next, %r
  %c.end = select i1 %c.in, i64 %cb.next, i64 %r
  %any = icmp slt i64 %cb, %c.end
  br i1 %any, label %columns, label %rows.last
columns:
  %c = phi i64 [ %cb, %rows ], [ %c.next, %columns ]
  %from.row = mul i64 %c, %n
  %from = add i64 %from.row, %r
  %to = add i64 %row, %c
  %from.p = getelementptr double, ptr %a, i64 %from
  %to.p = getelementptr double, ptr %a, i64 %to
  %value = load double, ptr %from.p
  store double %value, ptr %to.p
  %c.next = add i64 %c, 1
  %c.more = icmp slt i64 %c.next, %c.end
  br i1 %c.more, label %columns, label %rows.last
rows.last:
  %r.next = add i64 %r, 1
  %r.more = icmp slt i64 %r.next, %r.end
  br i1 %r.more, label %rows, label %across.last
across.last:
  %across.more = icmp slt i64 %cb.next, %r.end
  br i1 %across.more, label %across, label %tiles.last
tiles.last:
  %tiles.more = icmp slt i64 %rb.next, %n
  br i1 %tiles.more, label %tiles, label %done
done:
  ret void
}"""
