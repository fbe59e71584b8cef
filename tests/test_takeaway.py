"""The page to take away: one file for any reader, that names no other host; and what the command line refuses."""

import json
import os
import re
import subprocess
from base64 import b64decode, b64encode
from hashlib import sha256
from html import unescape
from pathlib import Path

import numpy as np
import playwright
import pytest
from safetensors.numpy import load

from core.reading import readers
from core.reading.readers import Reader, reader_of, shapes_of
from dashboard import takeaway
from dashboard.__main__ import main

NODE = Path(playwright.__file__).parent / "driver" / "node"
MIB = 2**20
SVG_NAMESPACE = "http://www.w3.org/2000/svg"
HOSTILE = '</script><b>bold</b><!-- " \u2028 $title'


def a_reader(cell: str = "rnn", hidden: int = 4, layers: int = 1, card: dict | None = None) -> Reader:
    random = np.random.default_rng(1)
    shapes = shapes_of(cell, hidden, layers)
    return reader_of({name: random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}, card)


def page_of(reader: Reader) -> str:
    return takeaway.page(reader).decode()


def element(page: str, identity: str) -> str:
    return re.search(rf'<script [^>]*id="{identity}">(.*?)</script>', page, re.DOTALL)[1]


def given(page: str) -> dict:
    return json.loads(element(page, "given"))


def script_of(page: str) -> str:
    return re.search(r'<script type="module">(.*?)</script>', page, re.DOTALL)[1]


def title_of(page: str) -> str:
    return unescape(re.search(r"<title>(.*?)</title>", page)[1])


def mistake(capsys, *arguments) -> str:
    """Runs a command that must be refused; returns what it says."""
    try:
        status = main([str(argument) for argument in arguments])
    except SystemExit as end:
        status = end.code
    out, err = capsys.readouterr()
    assert (status, out) == (2, ""), (out, err)
    assert len(err.strip().splitlines()) == 1, err
    return err


@pytest.fixture(scope="module")
def shipped() -> str:
    return page_of(readers.load())


def test_shipped_reader_stays_under_its_limit(shipped):
    assert len(shipped.encode()) < 1.5 * MIB


def test_page_names_no_other_host(shipped):
    addresses = set(re.findall(r"\b\w+://[^\s\"'`<>)]*", shipped))
    assert addresses == {SVG_NAMESPACE}
    assert not re.findall(r"""(?:src|href)=["'](?!data:)""", shipped)


def test_policy_lets_nothing_in_but_this_very_script_and_these_styles(shipped):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', shipped)[1]
    rules = {name: sources.split() for name, _, sources in (rule.strip().partition(" ") for rule in policy.split(";"))}
    own = re.search(r"<style>(.*?)</style>", shipped, re.DOTALL)[1]
    hashes = [
        f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
        for text in (script_of(shipped), own, element(shipped, "player-style"))
    ]
    assert rules.pop("script-src") == [hashes[0], "'wasm-unsafe-eval'"]
    assert rules.pop("style-src") == hashes[1:]
    assert rules.pop("img-src") == ["data:"]
    assert rules.pop("worker-src") == ["blob:"]
    assert set(rules) == {"default-src", "base-uri", "form-action"}
    assert set(map(tuple, rules.values())) == {("'none'",)}


def test_title_names_reader_and_accuracy(shipped):
    assert title_of(shipped).startswith("LSTM 2 × 128 ")
    assert f"{readers.load().card['test_accuracy']:.2%}" in title_of(shipped)


@pytest.mark.parametrize(("cell", "hidden", "layers"), [("rnn", 8, 3), ("gru", 12, 2), ("lstm", 16, 1)])
def test_page_carries_the_weights_as_they_are(cell, hidden, layers):
    reader = a_reader(cell, hidden, layers)
    carried = load(b64decode(element(page_of(reader), "weights")))
    assert carried.keys() == reader.arrays.keys()
    for name, array in reader.arrays.items():
        np.testing.assert_array_equal(carried[name], array)


def test_script_is_valid(shipped):
    done = subprocess.run(
        [NODE, "--check", "--input-type=module"], input=script_of(shipped), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_both_languages_say_the_same_things(shipped):
    languages = given(shipped)["languages"]
    assert languages.keys() == {"en", "zh"}
    for part in ("player", "page"):
        assert languages["en"][part].keys() == languages["zh"][part].keys()


@pytest.mark.parametrize("data", ["full", "subset", None, "something else"])
def test_page_says_what_the_card_says_of_the_data(data):
    said = given(page_of(a_reader(card={"data": data, "test_accuracy": 0.5})))["languages"]["en"]["page"]["trained"]
    known = {"full": "MNIST's training images", "subset": "4,000 images of the MNIST subset"}
    assert known.get(data, "does not say") in said


@pytest.mark.parametrize("card", [{}, {"test_accuracy": "high"}, {"test_accuracy": float("nan")}, {"test_accuracy": 7}])
def test_accuracy_that_is_none_is_not_shown(card):
    page = page_of(a_reader(card=card))
    assert title_of(page) == "RNN 1 × 4 reads your digits · Row by Row"
    assert given(page)["languages"]["en"]["page"]["accuracy"] == "Its accuracy has not been measured."


def test_text_of_a_card_ends_no_script():
    page = page_of(a_reader(card={"name": HOSTILE, "data": HOSTILE, "run": HOSTILE}))
    assert given(page)["languages"]["zh"]["page"]["reader"].startswith(HOSTILE)
    assert title_of(page).startswith(HOSTILE)
    assert "<b>" not in page
    assert page.count("</script>") == page.count("<script ") == 4


def test_command_writes_the_page_of_a_file(tmp_path, capsys):
    weights, out = tmp_path / "gru.safetensors", tmp_path / "new" / "page.html"
    readers.save(a_reader("gru", card={"name": "mine"}), weights)
    assert main(["page", "--weights", str(weights), "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    assert title_of(out.read_text("utf-8")).startswith("mine · GRU 1 × 4")
    assert main(["page", "--weights", str(weights), "--out", str(out), "--force"]) == 0  # an older page is replaced


def test_command_without_weights_takes_the_shipped_reader(tmp_path, shipped):
    assert main(["page", "--out", str(tmp_path / "page.html")]) == 0
    assert (tmp_path / "page.html").read_text("utf-8") == shipped


def test_out_that_is_there_is_no_file_or_leads_to_one_is_refused(tmp_path, capsys):
    target, link, fifo = tmp_path / "precious", tmp_path / "link.html", tmp_path / "fifo"
    target.write_text("kept")
    link.symlink_to(target)
    os.mkfifo(fifo)
    for out in (link, tmp_path, fifo, "/dev/null"):
        said = mistake(capsys, "page", "--out", out)
        assert str(out) in said
        assert "choose another --out" in said
    assert target.read_text() == "kept"
    assert link.is_symlink()


def test_out_that_is_the_weights_file_is_refused(tmp_path, capsys):
    weights = tmp_path / "rnn.safetensors"
    readers.save(a_reader(), weights)
    content = weights.read_bytes()
    assert "choose another --out" in mistake(capsys, "page", "--weights", weights, "--out", weights)
    assert weights.read_bytes() == content


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "command"),
        (["page"], "--out"),
        (["page", "--out"], "--out"),
        (["page", "--out", "page.html", "--surprise"], "surprise"),
        (["page", "--out", "page\0.html"], "another --out"),
        (["page", "--out", "{folder}/text/page.html"], "another --out"),
        (["page", "--out", "{folder}/page.html", "--weights", "{folder}/none.safetensors"], "check the path"),
        (["page", "--out", "{folder}/page.html", "--weights", "{folder}/text"], "no weights"),
        (["sheet"], "page"),
    ],
)
def test_mistake_is_one_line_and_writes_nothing(tmp_path, capsys, arguments, named):
    (tmp_path / "text").write_text("no weights")
    assert named in mistake(capsys, *[argument.format(folder=tmp_path) for argument in arguments])
    assert [path.name for path in tmp_path.iterdir()] == ["text"]
