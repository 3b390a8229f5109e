"""The house stands: imports run one way, declarations need no library, and names come from the domain."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.version import VERSION

ROOT = Path(__file__).resolve().parent.parent

# What each package may import of the project, besides itself.
MAY_IMPORT = {
    "schemas": set(),
    "transforms": {"schemas"},
    "expectations": {"schemas"},
    "pipeline": {"schemas", "transforms", "expectations"},
    "dags": {"schemas", "transforms", "expectations", "pipeline"},
    "samples": set(),
}

RENDERINGS = {"arrow.py": "pyarrow", "sql.py": "sqlalchemy"}

SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "misc"}


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(nodes: Iterator[ast.AST]) -> Iterator[str]:
    """Yield the first word of every module that the nodes import."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def run_on_import(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that run when a module is imported: all but the bodies of its functions."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from run_on_import(child)


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_run_one_way_even_inside_functions(package: str) -> None:
    forbidden = set(MAY_IMPORT) - MAY_IMPORT[package] - {package}
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(package)
        for name in imported(ast.walk(parsed(path)))
        if name in forbidden
    }
    assert modules(package)
    assert not wrong


def test_no_package_of_the_project_imports_the_tests_or_the_bench() -> None:
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for package in MAY_IMPORT
        for path in modules(package)
        for name in imported(ast.walk(parsed(path)))
        if name in ("tests", "bench")
    }
    assert not wrong


def test_declarations_need_the_standard_library_alone() -> None:
    allowed = set(sys.stdlib_module_names) | {"schemas"}
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules("schemas")
        for name in imported(run_on_import(parsed(path)))
        if name not in allowed and name != RENDERINGS.get(path.name)
    }
    assert not wrong


def test_reading_a_force_file_loads_no_data_library() -> None:
    seen = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from schemas.force import load_forces; import schemas.generate; load_forces();"
            "print(*sorted({'pyarrow', 'pandas', 'ibis', 'duckdb', 'sqlalchemy'} & set(sys.modules)))",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert seen.stdout.strip() == ""


def test_no_module_has_a_name_that_says_nothing() -> None:
    packages = [ROOT / name for name in (*MAY_IMPORT, "tests", "bench")]
    paths = [path for package in packages for path in package.rglob("*") if path.suffix in ("", ".py")]
    assert not [path.relative_to(ROOT) for path in paths if path.stem.lower() in SAY_NOTHING]


def test_every_package_and_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for package in MAY_IMPORT
        for path in modules(package)
        if path.read_text(encoding="utf-8").strip() and not ast.get_docstring(parsed(path))
    ]
    assert not silent


def test_the_version_is_said_in_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" in project["project"]["dynamic"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "pipeline.version.VERSION"}
    assert re.fullmatch(r"\d+\.\d+\.\d+", VERSION)
