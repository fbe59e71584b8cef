"""A page that runs leaves sys.path alone: a thread that imports torch meanwhile would not find it."""

import sys
from pathlib import Path

import pytest
from streamlit.runtime.scriptrunner.exec_code import modified_sys_path

from dashboard.server import imports

SCRIPT = Path(imports.__file__).with_name("script.py")


@pytest.mark.parametrize(
    "spelled", [SCRIPT.absolute(), SCRIPT.resolve(), SCRIPT.parent / ".." / "server" / SCRIPT.name]
)
def test_path_of_modules_stays_as_it_is_from_run_to_run(monkeypatch, spelled):
    monkeypatch.setattr(sys, "path", [*sys.path])
    imports.keep_path()
    before = [*sys.path]
    imports.keep_path()
    with modified_sys_path(str(spelled)):
        assert sys.path == before
    assert sys.path == before


def test_nothing_beside_the_script_hides_another_module(monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path])
    there = len(sys.path)
    imports.keep_path()
    assert all(Path(folder).samefile(SCRIPT.parent) for folder in sys.path[there:])
    assert sys.path[there:]
