"""Mistakes at the command line: one line on stderr that names problem and remedy, exit status 2, nothing lost."""

import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.__main__ import _parser, main
from core.digits.drawing import ink
from core.reading import readers
from core.training import delay, flags
from core.training.config import CELLS, TYPES
from core.training.model import RowReader

ROOT = Path(__file__).parent.parent


def mistake(capsys, *arguments):
    """Runs a command that must be refused; returns what it says."""
    try:
        status = main([str(argument) for argument in arguments])
    except SystemExit as end:
        status = end.code
    out, err = capsys.readouterr()
    assert status == 2, (out, err)
    assert out == ""
    assert len(err.strip().splitlines()) == 1, err
    return err


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--lr", "0"], "lr is 0: choose a value from 0.000001 to 1"),
        (["--lr", "fast"], "lr"),
        (["--lr", "nan"], "lr"),
        (["--hidden", "0"], "8 to 1024"),
        (["--layers", "5"], "1 to 4"),
        (["--batch-size", "0"], "1 to 60000"),
        (["--epochs", "-1"], "above 0, up to 1000"),
        (["--preset", "best"], "article, fast, accurate"),
        (["--cell", "transformer"], "lstm"),
        (["--surprise"], "surprise: see 'python -m core train -h'"),
        (["--device", "cuda"], "auto"),
    ],
)
def test_bad_setting_is_refused_with_what_is_allowed(capsys, runs_folder, tmp_path, arguments, named):
    if arguments == ["--device", "cuda"] and torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    said = mistake(capsys, "train", "--runs", runs_folder, *arguments)
    assert named.replace("0.000001", "1e-06") in said


@pytest.mark.parametrize("command", ["evaluate", "read x.jsonl", "export --out x.pth", "runs", "resume ID"])
def test_unknown_option_points_at_the_help_of_its_command(capsys, command):
    name = command.split()[0]
    assert f"--surprise: see 'python -m core {name} -h'" in mistake(capsys, *command.split(), "--surprise")


def help_of(capsys, command):
    with pytest.raises(SystemExit) as end:
        main([command, "-h"])
    assert end.value.code == 0
    return " ".join(capsys.readouterr().out.split())


def test_help_has_a_flag_for_every_setting_with_its_range_and_default(capsys):
    said = help_of(capsys, "train")
    for name in TYPES:
        assert f"--{name.replace('_', '-')}" in said
    assert "H, units in each layer; 8 to 1024; default 128" in said
    assert "above 0 to 1000; default 5, fast 0.4, accurate 56" in said
    assert "--no-test-each-epoch" in said


def test_flags_take_hyphens_or_underscores(capsys):
    options = [_parser().parse_args(["train", flag, "7"]) for flag in ("--batch-size", "--batch_size")]
    assert [flags.config_of(option).batch_size for option in options] == [7, 7]


@pytest.mark.parametrize("command", ["ship", "delay", "waiting", "ood", "subset"])
def test_commands_that_make_shipped_files_have_their_help(capsys, command):
    assert f"python -m core {command}" in help_of(capsys, command)


def test_only_a_run_that_is_there_and_finished_is_shipped(capsys, runs_folder, tiny_config):
    from core.runs.store import Store

    assert "There is no run" in mistake(capsys, "ship", "20260101-000000-abcdef", "--runs", runs_folder)
    run_id = Store(runs_folder).add(tiny_config, None)
    assert "only a finished run" in mistake(capsys, "ship", run_id, "--runs", runs_folder)


def test_delay_writes_the_table_of_every_shipped_cell(capsys, tmp_path, monkeypatch, tiny_mnist):
    monkeypatch.setattr("core.digits.data.load", lambda root=None, progress=None: tiny_mnist)
    monkeypatch.setattr(delay, "TABLE", tmp_path / "delay.json")
    assert main(["delay"]) == 0
    table = json.loads((tmp_path / "delay.json").read_text())
    assert table["cells"].keys() == set(CELLS)
    assert (table["images"], table["command"]) == (50, "python -m core delay")
    assert len(capsys.readouterr().out.splitlines()) == len(CELLS)


def test_batch_larger_than_the_set_and_file_as_runs_folder(capsys, runs_folder, tmp_path, monkeypatch, tiny_mnist):
    monkeypatch.setattr("core.digits.data.load", lambda root=None, progress=None: tiny_mnist)
    said = mistake(capsys, "train", "--runs", runs_folder, "--batch-size", "201", "--precision", "fp32")
    assert "200" in said
    (tmp_path / "file").write_text("")
    assert "--runs" in mistake(capsys, "train", "--runs", tmp_path / "file")


def test_missing_run_is_named(capsys, runs_folder):
    assert "python -m core runs" in mistake(capsys, "resume", "20260101-000000-abcdef", "--runs", runs_folder)


def test_files_that_are_no_weights_are_refused(capsys, tmp_path):
    (tmp_path / "text.safetensors").write_text("hello")
    (tmp_path / "code.pth").write_bytes(pickle.dumps(print))
    torch.save(RowReader(hidden=8, inputs=14).state_dict(), tmp_path / "shapes.pth")
    for name in ("text.safetensors", "code.pth", "shapes.pth", "absent.pth"):
        assert name in mistake(capsys, "evaluate", "--weights", tmp_path / name)
        assert name in mistake(capsys, "export", "--weights", tmp_path / name, "--out", tmp_path / "out.pth")
    assert not (tmp_path / "out.pth").exists()


def test_truncated_set_is_refused(capsys, tmp_path, runs_folder):
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    (raw / "train-images-idx3-ubyte").write_bytes(b"short")
    said = mistake(capsys, "train", "--data", tmp_path, "--runs", runs_folder, "--precision", "fp32")
    assert "python -m core download" in said


def test_export_writes_the_articles_state_dict(capsys, tmp_path):
    assert main(["export", "--out", str(tmp_path / "rnn.pth")]) == 0
    state = torch.load(tmp_path / "rnn.pth", weights_only=True)
    network = RowReader()
    network.load_state_dict(state, strict=True)
    shipped = readers.load()
    assert all((state[name].numpy() == array).all() for name, array in shipped.arrays.items())


def test_evaluate_prints_one_json_object(capsys, monkeypatch, tiny_mnist):
    monkeypatch.setattr("core.digits.data.load", lambda root=None, progress=None: tiny_mnist)
    assert main(["evaluate"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result.keys() >= {"loss", "accuracy", "images", "source"}
    assert result.keys() >= {"confusion", "per_digit", "calibration", "by_row"}
    assert (result["images"], result["source"]) == (50, "subset")
    assert np.shape(result["confusion"]) == (10, 10)
    assert sum(map(sum, result["confusion"])) == 50
    assert result["by_row"][-1] == result["accuracy"]


SEVEN = {"strokes": [[[80, 60], [200, 60], [140, 230]]], "digit": 7}


def test_evaluate_takes_drawings_that_say_their_digit(capsys, tmp_path):
    drawings = tmp_path / "drawings.jsonl"
    drawings.write_text(json.dumps(SEVEN))
    assert main(["evaluate", "--drawings", str(drawings)]) == 0
    assert json.loads(capsys.readouterr().out)["confusion"][7][7] == 1
    drawings.write_text(json.dumps(SEVEN | {"digit": "seven"}))
    assert main(["evaluate", "--drawings", str(drawings)]) == 2
    assert "line 1: write what it is" in capsys.readouterr().err


def test_read_answers_every_line_and_says_in_its_place_what_is_wrong_with_a_bad_one(capsys, tmp_path):
    drawings = tmp_path / "drawings.jsonl"
    lines = [json.dumps(SEVEN), "nonsense", "", '{"strokes": []}', "[" * 100_000, json.dumps(SEVEN)]
    drawings.write_text("\ufeff" + "\n".join(lines))
    assert main(["read", str(drawings)]) == 2
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [answer.get("digit") for answer in answers] == [7, None, None, None, 7]
    assert [answer["error"].partition(", ")[2][:6] for answer in answers[1:4]] == ["line 2", "line 4", "line 5"]
    drawings.write_text(json.dumps(SEVEN))
    assert main(["read", str(drawings)]) == 0


def test_read_answers_for_every_digit_of_a_picture_with_its_box(capsys, tmp_path):
    strokes = [[(60, 60), (150, 60), (100, 220)], [(350, 50), (350, 220)]]
    picture = 1 - ink([np.array(stroke, float) for stroke in strokes], 8, 420)
    Image.fromarray(np.rint(255 * picture).astype(np.uint8)).save(tmp_path / "two.png")
    assert main(["read", str(tmp_path / "two.png")]) == 0
    seven, one = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (seven["digit"], one["digit"]) == (7, 1)
    for answer, (left, top, right, bottom) in ((seven, (52, 52, 158, 228)), (one, (342, 42, 358, 228))):
        assert answer["box"][0] <= left < right <= answer["box"][2] < left + 200
        assert answer["box"][1] <= top < bottom <= answer["box"][3]
    drawings = tmp_path / "drawings.jsonl"
    drawings.write_text('{"image": "two.png"}')
    assert main(["read", str(drawings)]) == 0
    [line] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert line["digit"] == 7
    assert line["digits"] == [seven, one]


def test_read_says_why_an_answer_is_to_be_doubted_and_nothing_where_it_is_not(capsys, tmp_path):
    drawings = tmp_path / "drawings.jsonl"
    letter = {"strokes": [[[30, 250], [50, 30], [140, 160], [225, 30], [250, 250]]]}
    drawings.write_text(f"{json.dumps(SEVEN)}\n{json.dumps(letter)}")
    assert main(["read", str(drawings)]) == 0
    seven, no_digit = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert "doubt" not in seven
    assert no_digit["doubt"] == "no_digit"


def test_similar_finds_a_test_image_itself_first(capsys, runs_folder, monkeypatch, tiny_mnist):
    monkeypatch.setattr("core.digits.data.load", lambda root=None, progress=None: tiny_mnist)
    assert main(["similar", "--index", "3", "--count", "2", "--row", "20"]) == 0
    first, second = json.loads(capsys.readouterr().out)["neighbours"]
    assert (first["index"], first["distance"]) == (3, 0)
    assert second["distance"] >= 0
    with pytest.raises(SystemExit, match="2"):
        main(["similar", "--index", "3", "--row", "29"])
    assert "row" in capsys.readouterr().err


def test_runs_are_listed_newest_first(capsys, runs_folder, tiny_config):
    from core.runs.store import Store

    store = Store()
    first, second = store.add(tiny_config, None), store.add(tiny_config, None)
    assert main(["runs"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [second, first] or lines[0] > lines[1]


def test_import_of_core_loads_neither_torch_nor_the_screen():
    modules = "core.training.config, core.runs.lifecycle, core.reading.readers, core.digits.data"
    code = f"import {modules}, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"torch", "torchvision", "streamlit", "plotly", "scipy", "pandas"} & set(done.stdout.split())


@pytest.mark.parametrize("path", sorted((ROOT / "core").rglob("*.py")), ids=lambda path: path.stem)
def test_core_knows_no_screen(path):
    import ast

    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert not {name.split(".")[0] for name in names} & {"streamlit", "plotly", "dashboard"}


@pytest.mark.parametrize(
    "arguments", [["--strokes=/dev/zero"], ["--index=3", "--state=C", "--weights=core/weights/gru.safetensors"]]
)
def test_mistake_of_similar_is_told_alone_also_where_there_is_no_mnist(arguments, capsys, monkeypatch):
    monkeypatch.delenv("MNIST_ROOT", raising=False)
    monkeypatch.chdir(ROOT)
    assert main(["similar", *arguments]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.strip().splitlines()) == 1
