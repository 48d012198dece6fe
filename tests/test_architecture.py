"""The plan of the house holds: layers, needs, sizes, and nothing in the repository that is not ours."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import app
from app.core.capability import discover
from tests.support.repository import ROOT, relative, tracked_files

MOST_LINES, MOST_FUNCTION_LINES = 400, 70

# What is no slice, with all that it may import and why.
OUTSIDE_THE_SLICES = {
    "__init__": {
        "access",
        "core",
        "profiles",
        "responses",
        "translations",
    },  # puts the house together; access signs people in
    "cli": {"*"},  # the other way in: its verbs call whatever they are about
    "literals": set(),  # a check of sources, run by the command line
    "profiles": {"core"},  # which roles and words a kind of shop starts with: data
    "responses": {
        "access",
        "core",
        "panel",
        "version",
    },  # errors are drawn as pages, in the person's language
    "sample": {"*"},  # fills every slice of a sample shop
    "server": set(),
    "server_processes": {"server"},
    "translations": {"literals"},
    "version": set(),
    "wsgi": {"__init__"},
}
# What every slice may import beside its needs.
FOR_EVERYBODY = {"core", "version"}
# access seeds the roles of the shop's profile.
GRANTED_BESIDES = {"access": {"profiles"}}
HIDDEN_IMPORTS_ALLOWED = {
    "app/cli": "a verb such as `config` must answer at once, and on a machine where the web stack is broken",
}
INSIDE_A_SLICE = ("errors", "events", "models", "services", "handlers", "screens", "capability")
LONG_FILES_ALLOWED = {
    "config.py": "the table of all settings and how one is found are read together",
    "tests/test_cli.py": "the verbs' stories share one set of helpers",
    "migrations/versions": "a migration is written once and never touched again",
}


def python_files(*folders: str) -> list[Path]:
    """Return the tracked Python files below these folders."""
    return [
        path
        for path in tracked_files()
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in folders
    ]


@cache
def tree(path: Path) -> ast.Module:
    """Return a file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


def module_name(path: Path) -> str:
    """Return the dotted name of a file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def unit(name: str) -> str:
    """Return the part of the program that a module belongs to: a slice, `core`, or a file beside them."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


APP_FILES = python_files("app")
MODULES = {module_name(path): path for path in APP_FILES}
PACKAGES = {name for name, path in MODULES.items() if path.name == "__init__.py"}
CAPABILITIES = {capability.name: capability for capability in discover(app)}


def imports(node: ast.AST) -> Iterator[str]:
    """Yield the own modules that the imports below `node` name."""
    for each in ast.walk(node):
        if isinstance(each, ast.Import):
            yield from (alias.name for alias in each.names if alias.name.split(".")[0] == "app")
        elif isinstance(each, ast.ImportFrom):
            assert each.level == 0, "imports are absolute"
            base = each.module or ""
            if base.split(".")[0] == "app":
                for alias in each.names:
                    name = f"{base}.{alias.name}"
                    yield name if name in MODULES else base


def within(path: Path, folders: dict[str, str]) -> bool:
    """Say whether a file lies under one of the named exceptions."""
    return any(path.relative_to(ROOT).as_posix().startswith(folder) for folder in folders)


def test_every_import_is_one_that_the_manifest_declares() -> None:
    wrong = []
    for name, path in MODULES.items():
        here = unit(name)
        if here in CAPABILITIES:
            allowed = FOR_EVERYBODY | set(CAPABILITIES[here].needs) | GRANTED_BESIDES.get(here, set())
        elif here == "core":
            allowed = set()
        else:
            allowed = OUTSIDE_THE_SLICES.get(here, set())
        for target in imports(tree(path)):
            there = unit(target)
            if there != here and there not in allowed and "*" not in allowed:
                wrong.append(f"{relative(path)} imports {target}")

    assert wrong == []


def test_every_part_of_the_program_is_a_slice_or_a_named_exception() -> None:
    parts = {unit(name) for name in MODULES} - {"core", "journal"}

    assert parts - set(CAPABILITIES) - set(OUTSIDE_THE_SLICES) == set()
    assert set(OUTSIDE_THE_SLICES) - parts == set(), "an exception that nothing needs any more"


def test_layers_point_down() -> None:
    order = list(CAPABILITIES)
    lower = [name for name in ("journal", "access", "panel") if name in order]

    assert [name for name in order if name in lower] == lower
    for name in lower:
        assert set(CAPABILITIES[name].needs) <= set(lower[: lower.index(name)]), (
            f"{name} leans on a slice above it"
        )


def test_inside_a_slice_screens_call_services_and_services_know_models() -> None:
    wrong = []
    for name, path in MODULES.items():
        here = unit(name)
        kind = name.rpartition(".")[2]
        if here not in CAPABILITIES or kind not in INSIDE_A_SLICE:
            continue
        above = {f"app.{here}.{each}" for each in INSIDE_A_SLICE[INSIDE_A_SLICE.index(kind) + 1 :]}
        wrong += [f"{relative(path)} imports {target}" for target in imports(tree(path)) if target in above]

    assert wrong == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {name: set(at_import_time(tree(path))) - {name} for name, path in MODULES.items()}

    circles = [sorted(group) for group in strongly_connected(graph) if len(group) > 1]

    assert circles == []


def at_import_time(module: ast.Module) -> Iterator[str]:
    """Yield what is imported when the module is loaded, thus not for the type checker alone."""
    for node in module.body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from imports(node)


def strongly_connected(graph: dict[str, set[str]]) -> list[set[str]]:
    """Return the groups of modules of which each reaches every other (Tarjan 1972, by reachability: small graphs)."""
    reach: dict[str, set[str]] = {}
    for start in graph:
        seen, waiting = set(), [start]
        while waiting:
            for target in graph.get(waiting.pop(), ()):
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        reach[start] = seen
    groups: list[set[str]] = []
    for name in graph:
        group = {other for other in reach[name] if name in reach.get(other, ())} | {name}
        if group not in groups:
            groups.append(group)
    return groups


def test_no_own_import_hides_in_a_function() -> None:
    hidden = [
        f"{relative(path)}: {target} in {function.name}()"
        for path in APP_FILES
        if not within(path, HIDDEN_IMPORTS_ALLOWED)
        for function in ast.walk(tree(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for target in imports(function)
    ]

    assert hidden == []


def test_only_the_house_itself_reads_manifests() -> None:
    readers = [
        relative(path)
        for path in APP_FILES
        if any(target.endswith(".capability") and unit(target) != "core" for target in imports(tree(path)))
    ]
    finders = [
        relative(path) for path in APP_FILES if re.search(r"\bdiscover\(", path.read_text(encoding="utf-8"))
    ]

    assert readers == []
    assert set(finders) <= {"app/__init__.py", "app/core/capability.py", "app/core/migration.py"}


def test_there_is_no_drawer_for_odds_and_ends() -> None:
    names = {"utils", "util", "helpers", "common", "misc", "tools"}

    assert [relative(path) for path in tracked_files() if path.stem in names] == []


def test_no_file_is_too_long_to_read() -> None:
    long = {
        relative(path): count
        for path in tracked_files()
        if path.suffix in (".py", ".html", ".css", ".js")
        and not within(path, LONG_FILES_ALLOWED)
        and (count := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    }

    assert long == {}


def test_no_function_is_too_long_to_read() -> None:
    long = [
        f"{relative(path)}: {node.name}() has {length} lines"
        for path in tracked_files()
        if path.suffix == ".py" and not within(path, LONG_FILES_ALLOWED)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > MOST_FUNCTION_LINES
    ]

    assert long == []


def test_every_module_class_and_function_says_what_it_promises() -> None:
    silent = []
    for path in python_files("app", "migrations", "config.py", "run.py", "benchmarks"):
        module = tree(path)
        if not ast.get_docstring(module) and path.read_text(encoding="utf-8").strip():
            silent.append(relative(path))
        for node in module.body:
            is_public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            if is_public and not ast.get_docstring(node):  # type: ignore[arg-type]
                silent.append(f"{relative(path)}: {node.name}")  # type: ignore[attr-defined]

    assert silent == []


def test_every_public_method_says_what_it_promises_or_inherits_the_promise() -> None:
    silent = []
    for name in MODULES:
        if name in ("app.wsgi", "app.cli.__main__"):
            continue  # importing them starts the program
        module = importlib.import_module(name)
        for class_name, found in vars(module).items():
            if inspect.isclass(found) and found.__module__ == name and not class_name.startswith("_"):
                silent += [f"{name}.{class_name}.{method}" for method in undocumented(found)]

    assert silent == []


def undocumented(found: type) -> list[str]:
    """Return the public methods and properties of a class without a docstring of their own or of a base."""
    silent = []
    for name, member in vars(found).items():
        is_method = inspect.isfunction(member) or isinstance(member, property | classmethod | staticmethod)
        is_method = is_method and getattr(member, "__name__", "") != "<lambda>"
        if is_method and not name.startswith("_") and not inspect.getdoc(getattr(found, name)):
            bases = [getattr(base, name, None) for base in found.__mro__[1:]]
            # A base outside this program may promise without words.
            if not any(base is not None for base in bases):
                silent.append(name)
    return silent
