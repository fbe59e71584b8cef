"""One unreadable run is shown as such, the store is copied daily, and a damaged one made anew from what is left."""

import json
import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.__main__ import main
from core.errors import CheckpointError, StoreError
from core.runs import backup, checkpoints, lifecycle
from core.runs.repair import repair
from core.runs.store import Store
from tests.campaigns import damage

PAGE = Path(__file__).parents[1] / "dashboard" / "pages" / "train.py"
HARMS = {
    "unknown setting": ("config", json.dumps({"surprise": 1})),
    "no JSON": ("config", "{"),
    "another type": ("facts", '{"step": "many"}'),
    "huge integer": ("facts", '{"step": %s}' % ("9" * 400)),
    "no text": ("facts", b"\xff\xfe"),
    "no state": ("state", "surprised"),
    "no time": ("created", "yesterday"),
}


@pytest.fixture
def folder(tmp_path):
    damage._make_store(tmp_path / "runs")
    return tmp_path / "runs"


def harm(folder, column, value):
    """Changes a column of the oldest run; returns its id."""
    run_id = min(run.id for run in Store(folder).runs())
    with closing(sqlite3.connect(folder / "runs.sqlite")) as db:
        db.execute(f"UPDATE runs SET {column}=?, name='mine' WHERE id=?", (value, run_id))
        db.commit()
    return run_id


@pytest.mark.parametrize(("column", "value"), HARMS.values(), ids=HARMS)
def test_one_unreadable_run_is_shown_with_its_name_and_the_remedy_and_the_others_live(folder, column, value):
    run_id = harm(folder, column, value)
    store = Store(folder)
    found = {run.id: run for run in store.runs()}
    assert [other.unreadable for other in found.values() if other.id != run_id] == [False, False]
    assert (found[run_id].unreadable, found[run_id].name) == (True, "mine")
    assert "--repair" in str(found[run_id].message)
    assert lifecycle.allowed(found[run_id]) == frozenset()
    for act in (lifecycle.restart, lifecycle.resume, lifecycle.stop, Store.claim):
        with pytest.raises(StoreError, match=run_id):
            act(store, run_id)
    assert len(store.runs()) == 3


@pytest.mark.parametrize(("column", "value"), HARMS.values(), ids=HARMS)
def test_repair_mends_a_record_and_keeps_every_row(folder, column, value):
    rows = {run.id: "".join(Store(folder).metrics_csv(run.id)) for run in Store(folder).runs()}
    harm(folder, column, value)
    found = repair(folder)
    assert (found.runs, found.mended) == (3, 1 if column != "state" else 0)
    store = Store(folder)
    assert not any(run.unreadable for run in store.runs())
    assert {run.id: "".join(store.metrics_csv(run.id)) for run in store.runs()} == rows
    assert found.aside.exists()


def test_the_page_and_the_command_line_show_it_as_such(folder, monkeypatch, capsys):
    run_id = harm(folder, "config", "{")
    monkeypatch.setenv("RUNS_ROOT", str(folder))
    page = AppTest.from_file(str(PAGE), default_timeout=60)
    page.query_params["run"] = run_id
    page.run()
    assert not page.exception
    assert "--repair" in page.error[0].value
    assert any("mine" in option for option in page.selectbox(key="run_choice").options)
    assert main(["runs"]) == 0
    assert f"{run_id}  cannot be read" in capsys.readouterr().out


def test_a_store_is_copied_once_a_day_and_two_days_are_kept(folder):
    newest, before = folder / backup.NEWEST, folder / backup.BEFORE
    Store(folder)
    assert newest.exists()
    first = newest.read_bytes()
    Store(folder)
    assert not before.exists()
    a_day_ago = time.time() - 24 * 3600 - 1
    os.utime(newest, (a_day_ago, a_day_ago))
    Store(folder)
    assert before.read_bytes() == first
    assert backup.all_of(folder / "runs.sqlite")[:2] == [newest, before]
    assert len([path for path in folder.iterdir() if path.name.startswith(".runs")]) == 0


def test_a_store_that_is_lost_is_made_anew_from_its_copy_and_from_the_runs_folders(folder, tmp_path, capsys):
    Store(folder)  # copies it
    made = damage._make_checkpoint(tmp_path / "checkpoint")
    own = "20260102-030405-abcdef"
    shutil.copytree(made.path, folder / own)
    (folder / "runs.sqlite").write_bytes(b"nothing that was ever a database" * 99)
    with pytest.raises(StoreError, match="--repair"):
        Store(folder)
    assert main(["runs", "--repair", "--runs", str(folder)]) == 0
    assert "4 runs (0 mended, 3 from copies, 1 from their folders)" in capsys.readouterr().out
    store = Store(folder)
    assert {run.id: run.state for run in store.runs()}[own] == "stopped"
    assert store.run(own).config == damage.CONFIG
    assert "resume" in lifecycle.allowed(store.run(own))
    assert all(len("".join(store.metrics_csv(run.id)).splitlines()) == 31 for run in store.runs() if run.id != own)


def test_a_run_that_is_trained_is_not_repaired_away(folder):
    store = Store(folder)
    writer = store.add_owned(damage.CONFIG, None)
    try:
        with pytest.raises(StoreError, match="is being trained"):
            repair(folder)
    finally:
        writer.close()


def test_any_flipped_bit_of_a_checkpoint_is_noticed(tmp_path):
    folder = damage._make_checkpoint(tmp_path)
    whole = folder.checkpoint_path.read_bytes()
    assert checkpoints.load(folder).progress.step
    for place in range(9, len(whole), len(whole) // 60):
        folder.checkpoint_path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        with pytest.raises(CheckpointError):
            checkpoints.load(folder)


def test_a_checkpoint_of_an_older_version_has_no_checksum_and_is_read(tmp_path):
    from safetensors import safe_open
    from safetensors.torch import save_file

    folder = damage._make_checkpoint(tmp_path)
    with safe_open(folder.checkpoint_path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
        header = json.loads(file.metadata()["row_by_row"])
    del header["checked"]
    save_file(tensors, folder.checkpoint_path, metadata={"row_by_row": json.dumps(header)})
    assert checkpoints.load(folder).progress.step
