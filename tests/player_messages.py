"""Reads the row player's message by the layout that message.py describes, and what its scripts make of it."""

import json
import subprocess
from pathlib import Path

import numpy as np
import playwright
from streamlit.testing.v1 import AppTest

NODE = Path(playwright.__file__).parent / "driver" / "node"
_ROW_PLAYER = Path(__file__).parents[1] / "dashboard" / "components" / "row_player"
_SENTENCE = """
import {{ readFileSync }} from "node:fs";
import {{ decisionSentence }} from "{folder}/answer.js";
import {{ decode }} from "{folder}/message.js";
const trace = decode(readFileSync(0));
console.log(decisionSentence(trace, trace.words));
"""


def message_of(page: AppTest) -> bytes:
    """What the page has given the row player."""
    [element] = [one.proto for one in page.get("bidi_component") if one.proto.component_name == "row_player"]
    return element.bytes


def header_and_body(data: bytes) -> tuple[dict, bytes]:
    end = 4 + int.from_bytes(data[:4], "little")
    assert end % 4 == 0
    return json.loads(data[4:end]), data[end:]


def numbers_in(header: dict, body: bytes) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray], bytes]:
    """Probabilities (T, 10), x (T, 28), letter -> (L, T, S), and the bytes that are left."""
    shape = (header["layers"], header["rows"], len(header["units"]))
    place = 0

    def take(kind, shape):
        nonlocal place
        count = int(np.prod(shape))
        values = np.frombuffer(body, kind, count, place).reshape(shape)
        place += values.nbytes
        return values

    probabilities = take("<f4", (header["rows"], 10))
    x = take("<i2", (header["rows"], 28))
    letters = {letter: take("<i2", shape) / 10 ** header["decimals"][letter] for letter in header["letters"]}
    return probabilities, x / 1000, letters, body[place:]


def decision_sentence(data: bytes) -> str:
    """The sentence under the answer as the page's own script words it."""
    command = [NODE, "--input-type=module", "--eval", _SENTENCE.format(folder=_ROW_PLAYER.as_uri())]
    done = subprocess.run(command, input=data, capture_output=True, check=True, timeout=60)
    return done.stdout.decode().rstrip("\n")
