"""What differs between platforms is in one module; the product works with each of these things taken away."""

import ast
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from core import files, outside, system
from core.errors import WeightsError
from core.messages import Message
from core.training import launcher, process, trial
from tests.waiters import wait_until

ROOT = Path(__file__).parents[1]
PLATFORM = {
    "os": {"replace", "chmod", "nice", "execv", "sched_getaffinity", "fork", "kill", "getuid", "O_NONBLOCK", "name"},
    "signal": {"SIGTERM", "SIGINT", "SIGKILL", "SIGHUP", "signal"},
    "sys": {"platform"},
}


@pytest.mark.parametrize("path", [*(ROOT / "core").rglob("*.py"), *(ROOT / "dashboard").rglob("*.py")], ids=str)
def test_no_other_module_asks_for_what_one_platform_has(path):
    if path.name in ("system.py",):
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Attribute(value=ast.Name(id=module), attr=name) if name in PLATFORM.get(module, ()):
                # a second Ctrl-C ends at once: SIGINT is everywhere
                assert (path.name, name) in {("worker.py", "signal"), ("worker.py", "SIGINT")}, f"{path}:{node.lineno}"


def test_a_file_is_replaced_once_its_reader_lets_go(tmp_path, monkeypatch):
    source, target, refused = tmp_path / "new", tmp_path / "old", []
    rename = os.replace

    def held(one, two):
        if len(refused) < 3:
            refused.append(one)
            raise PermissionError(13, "held by a reader")
        rename(one, two)

    monkeypatch.setattr(os, "replace", held)
    source.write_text("new")
    with pytest.raises(PermissionError):  # elsewhere it is no reader that is in the way
        system.replace(source, target)
    monkeypatch.setattr(system, "is_windows", lambda: True)
    system.replace(source, target)
    assert target.read_text() == "new"
    files.write_atomically(target, b"newer")
    assert target.read_text() == "newer"


def test_without_affinity_and_proc_the_cores_are_still_known(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert system.allowed_cpus() is None
    assert process.physical_cores() == (psutil.cpu_count(logical=False) or os.cpu_count())
    monkeypatch.setattr(system, "allowed_cpus", lambda: [0, 1])
    monkeypatch.setattr(system, "_CPUS", Path("/nowhere"))
    assert process.physical_cores() == 2


def test_without_posix_flags_files_are_still_read(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "O_NONBLOCK", raising=False)
    (tmp_path / "file").write_bytes(b"content\r\n")
    read = outside.read_file(tmp_path / "file", 100, lambda size: WeightsError("{size}", size=size))
    assert read == b"content\r\n"


def test_without_rights_files_are_still_written(tmp_path, monkeypatch):
    def refused(*arguments):
        raise PermissionError(1, "not on this file system")

    monkeypatch.setattr(os, "chmod", refused)
    files.write_atomically(tmp_path / "file", b"content")
    assert (tmp_path / "file").read_bytes() == b"content"


def test_without_signals_of_posix_those_that_are_there_are_handled(monkeypatch):
    monkeypatch.delattr(signal, "SIGTERM")
    monkeypatch.setattr(signal, "SIGBREAK", signal.SIGUSR1, raising=False)
    assert system.polite_signals() == (signal.SIGINT, signal.SIGUSR1)
    heard = []
    with system.handling(lambda number, frame: heard.append(number)):
        signal.raise_signal(signal.SIGUSR1)
    assert heard == [signal.SIGUSR1]
    assert signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL


def test_without_sessions_a_worker_is_detached_by_flags(monkeypatch):
    assert system.detached() == {"start_new_session": True}
    monkeypatch.setattr(system, "is_windows", lambda: True)
    for number, name in enumerate(("CREATE_NEW_PROCESS_GROUP", "DETACHED_PROCESS"), 1):
        monkeypatch.setattr(subprocess, name, number, raising=False)
    assert system.detached() == {"creationflags": 3}


def test_without_nice_and_its_classes_nothing_breaks(monkeypatch):
    monkeypatch.delattr(os, "nice")
    monkeypatch.setattr(psutil, "BELOW_NORMAL_PRIORITY_CLASS", psutil.Process().nice(), raising=False)
    system.be_nice()


PLACE = """
import os, sys
place = " ".join(os.environ[name] for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE", "MASTER_ADDR"))
sys.stdout.write(place + "\\n")  # at once: several processes write here, and print writes a line's end by itself
"""


ENDS_WITH_ITS_PARENT = """
import os, sys, time
from core import system
system.end_with_parent()
print(os.getpid(), flush=True)
time.sleep(1000)
"""
STARTS_IT = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"


def test_what_works_for_another_process_ends_with_it():
    command = [sys.executable, "-c", STARTS_IT, ENDS_WITH_ITS_PARENT]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, "its end")


def test_launched_processes_know_their_place(capfd):
    assert launcher.run([sys.executable, "-c", PLACE], 3) == 0
    assert sorted(capfd.readouterr().out.splitlines()) == [f"{rank} {rank} 3 127.0.0.1" for rank in range(3)]


def test_where_one_launched_process_fails_the_others_are_ended():
    code = "import os, time; rank = os.environ['RANK']; time.sleep(600) if rank == '0' else exit(5)"
    assert launcher.run([sys.executable, "-c", code], 2) == 5


def test_launched_processes_meet_over_gloo(capfd):
    code = """
import sys, torch
from core.training import distributed
world = distributed.join()
sys.stdout.write(f"{int(world.all_reduce(torch.tensor(world.rank + 1)))}\\n")
distributed.leave(world)
"""
    assert launcher.run([sys.executable, "-W", "ignore", "-c", code], 2) == 0
    assert capfd.readouterr().out.split() == ["3", "3"]


@pytest.mark.parametrize(("speeds", "chosen", "said"), [((30, 10), "mps", "3.0 times"), ((10, 40), "cpu", "4.0 times")])
def test_an_apple_gpu_is_taken_where_it_is_the_faster(speeds, chosen, said, tiny_config, monkeypatch):
    monkeypatch.setattr(trial, "largest_difference", lambda config, device: 1e-6)
    found = trial.raced(tiny_config, "mps", lambda config, device, precision: speeds[device == "cpu"])
    assert found[0] == chosen
    assert said in str(found[1])


def test_an_apple_gpu_whose_numbers_are_others_is_left(tiny_config, monkeypatch):
    for error in (0.5, float("nan")):
        monkeypatch.setattr(trial, "largest_difference", lambda config, device, error=error: error)
        device, reason = trial.raced(tiny_config, "mps", lambda *_: 1.0)
        assert device == "cpu"
        assert isinstance(reason, Message)
        assert "off the CPU's numbers" in str(reason)


def test_the_cpu_gives_its_own_numbers(tiny_config):
    assert trial.largest_difference(tiny_config, "cpu") == 0


def test_a_device_that_lacks_an_operation_is_left(tiny_config):
    device, reason = trial.raced(tiny_config, "mps")  # which this build of PyTorch may not have at all
    assert device == "cpu" or sys.platform == "darwin"
    assert str(reason)
