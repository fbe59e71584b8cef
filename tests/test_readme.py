"""The README's tree is true: it names what is there, all of core, and nothing else."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
_INDENT = 2  # of a level, below the four spaces of a code block


def paths_of_tree() -> list[str]:
    """Each line's path from the root; a folder's ends with /."""
    found, folders = [], []
    start = README.index("    streamlit_app.py  ")
    for line in README[start:].split("\n\n")[0].splitlines():
        depth = (len(line) - len(line.lstrip()) - 4) // _INDENT
        folders = [*folders[:depth], line.split()[0]]
        found.append("".join(folders))
    return found


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return listed.stdout.splitlines()


def test_every_path_of_the_tree_exists():
    paths = paths_of_tree()
    assert len(paths) > 40
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_module_of_core_and_every_folder_of_the_dashboard_is_in_the_tree():
    paths = [path for path in tracked() if (ROOT / path).exists()]
    modules = {path for path in paths if path.startswith("core/") and path.endswith(".py")}
    folders = {"/".join(path.split("/")[:2]) + "/" for path in paths if path.startswith("dashboard/")}
    folders |= {"/".join(path.split("/")[:3]) + "/" for path in paths if path.startswith("dashboard/components/")}
    wanted = {path for path in modules if not path.endswith("__init__.py")}
    wanted |= {path for path in folders if (ROOT / path).is_dir()}
    assert wanted - set(paths_of_tree()) == set()


def test_both_commands_stand_as_people_copy_them():
    assert "    pip install -r requirements.txt && streamlit run\n" in README
    assert "    pip install -r requirements.txt && pytest\n" in README
