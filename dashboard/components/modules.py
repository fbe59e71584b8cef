"""One script out of an element's entry file and all that it imports: Streamlit takes an element's script as one text.

The files are plain JavaScript modules, within narrow rules: `import { a, b } from "./x.js";` on one line, exports by
name, and a default export in the entry file alone. All files of a script share one scope, so that a top-level name
may stand in only one of them.
"""

import re
from pathlib import Path

_IMPORT = re.compile(r'^import \{ (\w+(?:, \w+)*) \} from "(\.{1,2}/[\w./-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const|let)\b)", re.MULTILINE)
_LEFT = re.compile(r"^(?:import\b|export (?!default\b)).*$", re.MULTILINE)
_DECLARED = re.compile(
    r"^(?:export )?(?:default )?(?:async )?(?:function\*?|class|const|let|var) (?:(\w+)|([{\[][^}\]]*))", re.MULTILINE
)


def joined(entry: Path) -> str:
    """The entry's script, imported files before those that import them. Raises ValueError where a rule is broken."""
    texts = _with_imports(entry.resolve(), ())
    owners: dict[str, Path] = {}
    for path, text in texts.items():
        for name in names_of(text):
            if name in owners:
                raise ValueError(f"{path}: {name} is also declared in {owners[name]}: rename one of them.")
            owners[name] = path
        if path != entry.resolve() and re.search(r"^export default\b", text, re.MULTILINE):
            raise ValueError(f"{path}: only the entry file may have a default export.")
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts.values())


def names_of(text: str) -> list[str]:
    """The top-level names that a file declares, `const { a, b: c } = ...` included."""
    found = []
    for name, pattern in _DECLARED.findall(text):
        found += [name] if name else [part.split(":")[-1].strip() for part in pattern[1:].split(",")]
    return found


def _with_imports(path: Path, importers: tuple[Path, ...]) -> dict[Path, str]:
    """File -> text, in the order of the joined script."""
    if path in importers:
        raise ValueError(f"{path} imports itself, by way of {importers[-1]}.")
    text, found = path.read_text(encoding="utf-8"), {}
    for names, target in _IMPORT.findall(text):
        other = (path.parent / target).resolve()
        found |= _with_imports(other, (*importers, path))
        if missing := set(names.split(", ")) - {name for line in _exports(found[other]) for name in names_of(line)}:
            raise ValueError(f"{path}: {other} exports no {', '.join(sorted(missing))}.")
    if wrong := _LEFT.search(_EXPORT.sub("", _IMPORT.sub("", text))):
        raise ValueError(f"{path}: {wrong[0]!r} cannot be joined: import and export by name, each on one line.")
    return found | {path: text}


def _exports(text: str) -> list[str]:
    return re.findall(r"^export .*$", text, re.MULTILINE)
