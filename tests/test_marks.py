"""What happens to a run is marked where it happened, by real workers, also by one that is killed."""

import os
import signal

from core.runs import lifecycle
from core.training.config import TrainConfig
from tests.waiters import wait_until

ENDLESS = TrainConfig(hidden=8, layers=1, batch_size=100, epochs=1000, device="cpu", precision="fp32")


def test_pause_new_learning_rate_kill_and_resume_are_marked(store):
    run_id = lifecycle.enqueue(store, ENDLESS)
    wait_until(lambda: store.run(run_id).facts.step > 3, "its first steps")
    lifecycle.pause(store, run_id)
    paused = wait_until(lambda: (run := store.run(run_id)).state == "paused" and run, "the pause")
    lifecycle.set_learning_rate(store, run_id, 2e-3)
    wait_until(lambda: store.run(run_id).facts.lr_set == 2e-3, "the learning rate")
    lifecycle.resume(store, run_id)
    running = wait_until(lambda: (run := store.run(run_id)).facts.step > paused.facts.step and run, "steps after it")
    os.kill(running.pid, signal.SIGKILL)
    lost = wait_until(lambda: (run := store.run(run_id)).state == "lost" and run, "its death to be seen")
    lifecycle.resume(store, run_id)
    wait_until(
        lambda: store.run(run_id).pid not in (None, running.pid) and store.marks(run_id)[-1].name == "resumed", "it"
    )
    marks = {(mark.name, mark.step, mark.value) for mark in store.marks(run_id)}
    assert ("paused", paused.facts.step, None) in marks
    assert ("learning_rate", paused.facts.step, 2e-3) in marks
    assert ("killed", lost.facts.step, None) in marks
    assert [mark.name for mark in store.marks(run_id)].count("resumed") == 2


def test_pen_digits_that_come_later_are_marked_where_they_come(store):
    late = ENDLESS.with_(epochs=0.5, pen_digits=0.3, pen_digits_after=0.6, test_each_epoch=False)
    run_id = lifecycle.enqueue(store, late)
    done = wait_until(lambda: (run := store.run(run_id)).state == "finished" and run, "its end")
    turn = late.pen_digits_turn(done.facts.steps)
    assert 0 < turn < done.facts.steps
    assert [(mark.name, mark.step, mark.value) for mark in store.marks(run_id)] == [("pen_digits", turn, 0.3)]
