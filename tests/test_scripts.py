"""The browser's scripts are valid JavaScript modules, join into one, and do what their own tests say."""

import re
import subprocess
from pathlib import Path

import playwright
import pytest

from dashboard.components.modules import joined, names_of

ROOT = Path(__file__).parents[1]
COMPONENTS = ROOT / "dashboard" / "components"
NODE = Path(playwright.__file__).parent / "driver" / "node"
SCRIPTS = sorted(COMPONENTS.rglob("*.js"))
ENTRIES = [path for path in SCRIPTS if re.search(r"^export default\b", path.read_text("utf-8"), re.MULTILINE)]


def node(*arguments: str | Path, script: str | None = None) -> None:
    command = [NODE, *arguments]
    done = subprocess.run(command, cwd=ROOT, input=script, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def written(folder: Path, **files: str) -> Path:
    """The folder's entry.js, beside the other files."""
    for name, text in files.items():
        (folder / f"{name}.js").write_text(text, encoding="utf-8")
    return folder / "entry.js"


def named(path: Path) -> str:
    return path.relative_to(COMPONENTS).as_posix()


@pytest.mark.parametrize("path", SCRIPTS, ids=named)
def test_every_script_is_valid(path):
    node("--check", path)


@pytest.mark.parametrize("entry", ENTRIES, ids=named)
def test_every_element_is_one_valid_module(entry):
    script = joined(entry)
    assert not re.search(r"^import\b", script, re.MULTILINE)
    assert len(re.findall(r"^export\b", script, re.MULTILINE)) == 1
    node("--check", "--input-type=module", script=script)


def test_the_scripts_own_tests_pass():
    node("--test", *sorted((ROOT / "tests" / "js").glob("*.test.js")))


def test_imported_files_come_first_and_once(tmp_path):
    entry = written(
        tmp_path,
        entry='import { b } from "./b.js";\nimport { a, c } from "./a.js";\nexport default () => a + b + c;\n',
        b='import { a } from "./a.js";\nexport const b = a + 1;\n',
        a="export const a = 1;\nexport function c() {}\n",
    )
    lines = [line for line in joined(entry).splitlines() if line]
    assert lines == ["const a = 1;", "function c() {}", "const b = a + 1;", "export default () => a + b + c;"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"entry": 'import { a } from "./a.js";\nconst b = a;\n', "a": "export const a = 1;\nlet b;\n"}, "b is also"),
        (
            {"entry": 'import { a } from "./a.js";\n', "a": 'import { b } from "./entry.js";\nexport const a = 1;\n'},
            "itself",
        ),
        ({"entry": 'import { a, b } from "./a.js";\n', "a": "export const a = 1;\nconst b = 2;\n"}, "exports no b"),
        ({"entry": 'import { a as b } from "./a.js";\n', "a": "export const a = 1;\n"}, "cannot be joined"),
        ({"entry": 'import a from "./a.js";\n', "a": "export default 1;\n"}, "cannot be joined"),
        ({"entry": 'export { a } from "./a.js";\n', "a": "export const a = 1;\n"}, "cannot be joined"),
        ({"entry": 'import { a } from "./a.js";\n', "a": "export const a = 1;\nexport default a;\n"}, "only the entry"),
    ],
)
def test_what_cannot_be_joined_is_refused_by_name(tmp_path, files, message):
    with pytest.raises(ValueError, match=message):
        joined(written(tmp_path, **files))


def test_top_level_names_are_found_however_they_are_declared():
    text = "const a = 1;\nlet b;\nexport async function c() {\n  const inner = 1;\n}\nclass D {}\nfunction* e() {}\n"
    assert names_of(text + "const { f, g: h } = a;\nconst [i, j] = b;\nexport default function k() {}\n") == [
        *"abcDefhijk"
    ]
