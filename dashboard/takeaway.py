"""A reader as one HTML file that needs no network and no server: the dashboard's own canvas, strips and answer.

`page(reader)` is pure. The file holds the weights (base64 of the float32 .safetensors), the browser's scripts, the
words of both languages and the colours of both themes; its content security policy lets it load nothing.
"""

import json
import re
from base64 import b64encode
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from core.reading import doubt, readers
from core.reading.readers import Reader
from dashboard import palette, samples
from dashboard.components import HERE, sheets
from dashboard.components.modules import joined
from dashboard.words import LANGUAGES, texts

_FOLDER = HERE / "takeaway"
_ICON = Path(__file__).parent / "icon.svg"
_PLAYER, _OWN = "player.", "takeaway."
_FONT = '"Source Sans 3", "Source Sans Pro", system-ui, "Segoe UI", "PingFang SC", "Noto Sans CJK SC", sans-serif'
_NOTICES = ("note_dot", "note_blob", "doubt_unsure")
_LONGEST_NAME = 60


def page(reader: Reader) -> bytes:
    """The file, UTF-8."""
    style = "\n".join([_themes(), *sheets("takeaway")])
    player_style = "\n".join(sheets("row_player"))
    script = f"const NETWORK_WORKER = {_safe_json(_script('network/worker.js'))};\n{_script('takeaway/page.js')}"
    words = {code: _words(reader, code) for code in LANGUAGES}
    given = {"samples": _samples(), "scale": samples.scales(reader), "unsure": doubt.UNSURE, "languages": words}
    parts = {
        "policy": _policy(script, [style, player_style]),
        "title": escape(words["en"]["page"]["title"]),
        "reader": escape(words["en"]["page"]["reader"]),
        "noscript": " ".join(escape(texts()[f"{_OWN}noscript"][code]) for code in LANGUAGES),
        "icon": b64encode(_ICON.read_bytes()).decode(),
        "style": style,
        "player_style": player_style,
        "given": _safe_json(given),
        "weights": b64encode(readers.to_bytes(reader)).decode(),
        "script": script,
    }
    return Template((_FOLDER / "page.html").read_text(encoding="utf-8")).substitute(parts).encode()


def _script(entry: str) -> str:
    """The entry with all that it imports, without lines that are comments alone: they name addresses, and are long."""
    return re.sub(r"^\s*//.*\n", "", joined(HERE / entry), flags=re.MULTILINE)


def _safe_json(content: Any) -> str:
    """JSON that can stand inside a script element: no text in it ends that, and no line ends within a string."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    for character in "<\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _policy(script: str, styles: list[str]) -> str:
    """Nothing is loaded; this script and these styles alone are used. WebAssembly and a worker are the script's own."""
    style_hashes = " ".join(map(_hash, styles))
    return (
        f"default-src 'none'; script-src {_hash(script)} 'wasm-unsafe-eval'; style-src {style_hashes}; "
        "img-src data:; worker-src blob:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


# ---- words and colours


def _words(reader: Reader, language: str) -> dict[str, Any]:
    """What player and page say in a language."""
    said = {key: text[language] for key, text in texts().items()}
    part = {own: {key.removeprefix(own): said[key] for key in said if key.startswith(own)} for own in (_PLAYER, _OWN)}
    name, (accuracy, sentence) = _name(reader), _accuracy(reader, said)
    title = part[_OWN]["title" if accuracy else "title_untested"].format(reader=name, accuracy=accuracy)
    data = reader.card.get("data")
    trained = part[_OWN][f"trained_{data if data in ('full', 'subset') else 'unknown'}"]
    notices = {name: said[f"draw.{name}"] for name in _NOTICES}
    facts = {"title": title, "reader": name, "accuracy": sentence, "trained": trained}
    return {"name": LANGUAGES[language], "player": part[_PLAYER], "page": part[_OWN] | notices | facts}


def _name(reader: Reader) -> str:
    """LSTM 2 × 128, after the name that its card has, if it has one."""
    kind = f"{reader.cell.upper()} {reader.layers} × {reader.hidden}"
    name = str(reader.card.get("name") or "").strip()[:_LONGEST_NAME]
    return f"{name} · {kind}" if name else kind


def _accuracy(reader: Reader, said: dict[str, str]) -> tuple[str, str]:
    """99.53% of the test set, or nothing, and a sentence about what was measured."""
    card = reader.card
    if (tested := _fraction(card.get("test_accuracy"))) is not None:
        # A card without a word about its data is an older one of ours, made with the full set.
        key = "draw.tested_full" if card.get("data", "full") == "full" else "draw.tested_subset"
        return f"{tested:.2%}", said[key].format(accuracy=f"{tested:.2%}")
    for name in ("validation_accuracy", "train_accuracy"):
        if (measured := _fraction(card.get(name))) is not None:
            return "", said[f"draw.{name}"].format(accuracy=f"{measured:.1%}")
    return "", said["draw.untested"]


def _fraction(value: Any) -> float | None:
    """A card may come from anywhere."""
    return float(value) if isinstance(value, int | float) and 0 <= value <= 1 else None


def _samples() -> list[list[list[list[float]]]]:
    """The ten samples' strokes on the canvas of 280, in the order in which they are shown."""
    return [[[[round(x, 1), round(y, 1)] for x, y in s] for s in samples.strokes(name)] for name in samples.ORDER]


def _themes() -> str:
    """Both themes as the custom properties that elements read: the system's is followed until one is chosen."""
    light, dark = (_properties(base) for base in ("light", "dark"))
    shared = f"--st-base-radius: 4px; --st-button-radius: 4px; --st-font: {_FONT};"
    return (
        f":root {{ {shared} color-scheme: light; {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root:not([data-theme]) {{ color-scheme: dark; {dark} }} }}\n"
        f":root[data-theme='dark'] {{ color-scheme: dark; {dark} }}"
    )


def _properties(base: str) -> str:
    colours = {name: value for name, value in palette.theme(base).items() if isinstance(value, str | list)}
    values = {name: value if isinstance(value, str) else ", ".join(value) for name, value in colours.items()}
    return " ".join(f"--st-{_kebab(name)}: {value};" for name, value in values.items())


def _kebab(name: str) -> str:
    return re.sub("[A-Z]", lambda letter: f"-{letter[0].lower()}", name)
