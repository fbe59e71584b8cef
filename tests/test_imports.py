"""Imports run one way: pages -> shared parts -> core, and inside core runs -> training -> reading, digits."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted(path.stem for path in (ROOT / "dashboard" / "pages").glob("*.py"))
ROOMS = {
    "digits": set(),
    "reading": {"digits"},
    "training": {"digits", "reading"},
    "runs": {"digits", "reading", "training"},
    "examining": {"digits", "reading"},
}
"""A package of core -> the packages that it may import."""


@cache
def modules() -> dict[str, Path]:
    """The dotted name of every module of the product."""
    paths = [ROOT / "streamlit_app.py", *(ROOT / "core").rglob("*.py"), *(ROOT / "dashboard").rglob("*.py")]
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}


@cache
def imports_of(name: str, later: bool = True) -> frozenset[str]:
    """The product's modules that a module imports, also inside functions where `later` is set."""
    tree = ast.parse(modules()[name].read_text(encoding="utf-8"))
    nodes = ast.walk(tree) if later else tree.body
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {target if target in modules() else node.module for target in inner}
    return frozenset(found & modules().keys())


def part_of_page(name: str) -> str | None:
    """The page whose part a module is; None for what pages share."""
    wing, *rest = name.split(".")
    return rest[0] if wing == "dashboard" and rest and rest[0] in PAGES else None


@pytest.mark.parametrize("name", modules())
def test_core_knows_no_screen(name):
    if name.startswith("core"):
        assert not {target for target in imports_of(name) if not target.startswith("core")}


@pytest.mark.parametrize("name", modules())
def test_core_packages_import_one_way(name):
    room = name.split(".")[1] if name.count(".") > 1 else None
    if name.startswith("core.") and room:
        assert room in ROOMS, f"say in ROOMS what core.{room} may import"
        imported = {target.split(".")[1] for target in imports_of(name) if target.count(".") > 1}
        assert imported <= ROOMS[room] | {room}


@pytest.mark.parametrize("name", modules())
def test_pages_share_nothing_but_what_is_shared(name):
    """A page's parts are imported by that page and its other parts alone."""
    page = name.rpartition(".")[2] if name.startswith("dashboard.pages.") else part_of_page(name)
    assert {part_of_page(target) for target in imports_of(name)} <= {None, page}


def test_no_module_imports_itself_by_way_of_others():
    graph = {name: imports_of(name, later=False) for name in modules()}
    finished: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join([*trail[trail.index(name) :], name])
        if name not in finished:
            for target in sorted(graph[name]):
                visit(target, (*trail, name))
            finished.add(name)

    for name in graph:
        visit(name, ())
