"""The import arrows of setup.cfg, and the promises about what an import loads."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "hessmath"
TRUSTED = sorted((PACKAGE / "verify" / "kernel").glob("*.py"))


def test_the_import_arrows_hold(capsys):
    code = lint_imports(config_filename=str(ROOT / "setup.cfg"), no_cache=True)
    assert code == 0, capsys.readouterr().out


def _imported_modules(path: Path) -> list[str]:
    modules = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules.append("." * node.level + (node.module or ""))
    return modules


@pytest.mark.parametrize("path", TRUSTED, ids=lambda path: path.name)
def test_the_trusted_checker_imports_the_standard_library_and_itself_only(path):
    for module in _imported_modules(path):
        if module == "flint" and path.name in ("boxes.py", "jets.py", "regions.py"):
            continue  # the enclosure checker, loaded for its own family of certificates only
        own = module.startswith("hessmath.verify.kernel") or (module.startswith(".") and not module.startswith(".."))
        assert own or module.split(".")[0] in sys.stdlib_module_names, f"{path.name} imports {module}"


def _modules_after(statement: str) -> set[str]:
    """The modules a fresh interpreter has loaded after a statement."""
    run = subprocess.run(
        [sys.executable, "-c", f"{statement}; import sys; print('\\n'.join(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return set(run.stdout.split())


def test_importing_hessmath_loads_neither_sympy_nor_numba():
    assert not {"sympy", "numba", "numpy", "scipy", "llvmlite", "flint", "lark"} & _modules_after("import hessmath")


def test_the_trusted_checker_runs_without_sympy_and_without_the_search():
    loaded = _modules_after("import hessmath.verify.kernel")
    assert not {"sympy", "numpy", "scipy", "flint", "numba"} & loaded
    search = {m for m in loaded if m.startswith("hessmath.") and not m.startswith("hessmath.verify.kernel")}
    assert search <= {"hessmath.verify"}


def test_every_module_says_what_it_is_for():
    bare = [
        str(path.relative_to(ROOT))
        for path in PACKAGE.rglob("*.py")
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert bare == []


def test_every_public_name_can_be_imported():
    import hessmath

    assert [name for name in hessmath.__all__ if not hasattr(hessmath, name)] == []
    assert set(hessmath.__all__) <= set(dir(hessmath))
    with pytest.raises(AttributeError, match=r"hessmath has no 'minimise'\. Did you mean 'minimize'"):
        hessmath.minimise  # noqa: B018


def test_the_stub_lists_the_public_names():
    import hessmath

    stub = ast.parse((PACKAGE / "__init__.pyi").read_text(encoding="utf-8"))
    imported = {(node.module, a.name) for node in stub.body if isinstance(node, ast.ImportFrom) for a in node.names}
    assert imported == {(home, name) for home, names in hessmath._HOMES.items() for name in names}
