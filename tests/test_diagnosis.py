"""A run that goes wrong says so, with evidence and a way to mend it; a healthy one says nothing, at any step."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from core.digits.data import Mnist, Split
from core.messages import Message
from core.runs import diagnosis, shipped
from core.runs.curves import Curve
from core.runs.diagnosis import Finding, diagnose
from core.runs.recorder import Recorder
from core.runs.seen import GUESSING, Seen
from core.runs.store import History
from core.training.config import CELLS, TrainConfig, preset
from core.training.events import Finished, no_number
from core.training.trainer import train
from tests.conftest import digits
from tests.histories import Record, histories, last_of

TINY = {"hidden": 8, "layers": 1, "batch_size": 20, "device": "cpu", "precision": "fp32"}
BASE = preset("article", **TINY, epochs=30)
SMALL = TINY | {"hidden": 32, "validation_images": 20}
FAST = preset("fast", **SMALL, epochs=6.5)


@cache
def tiny() -> Mnist:
    return Mnist(digits(200, 1), digits(50, 2), "subset", "tiny")


@cache
def enough() -> Mnist:
    """Of which the hardest are enough to be seen alone for a while."""
    return Mnist(digits(600, 1), digits(50, 2), "subset", "small")


@cache
def noisy(images: int) -> Mnist:
    """Digits of which most have a label drawn by lot: nobody can learn those."""
    random, clean = np.random.default_rng(0), digits(images, 1)
    labels = np.where(random.random(images) < 0.6, random.integers(0, 10, images), clean.labels)
    return Mnist(Split(clean.images, labels), digits(50, 2), "subset", "noisy")


@cache
def wrong(rule: str) -> History:
    """A real training that goes wrong in this way."""
    config, mnist = {
        "diverged": (BASE.with_(lr=1.0, cell="rnn", hidden=64, initialisation="orthogonal", epochs=10), tiny()),
        "exploding": (BASE.with_(lr=0.1, cell="rnn", hidden=64), tiny()),
        "too_large": (BASE.with_(lr=1.0, epochs=15), tiny()),
        "too_small": (BASE.with_(lr=1e-6, epochs=15), tiny()),
        "vanishing": (BASE.with_(lr=1e-2, layers=4, forget_bias=-5.0, input_scale=0.1, epochs=15), tiny()),
        "unanswered": (BASE.with_(lr=0.003, epochs=25, clip=1.0), tiny()),
        "plateau": (BASE.with_(lr=0.02, batch_size=50, augmentation="affine", clip=1.0), noisy(1000)),
        "overfitting": (
            BASE.with_(lr=0.02, hidden=64, batch_size=50, validation_images=200, epochs=40, clip=1.0),
            noisy(600),
        ),
    }[rule]
    return last_of(config, mnist)


def finding(rule: str, history: History) -> Finding:
    return next(found for found in diagnose(history) if found.rule == rule)


def mended_by(rule: str, history: History) -> dict:
    return finding(rule, history).changes(history.run.config)


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("diverged", {"lr": 1e-3, "clip": 1.0}),
        ("too_large", {"lr": 1e-3, "clip": 1.0}),
        ("too_small", {"lr": 1e-3}),
        ("unanswered", {"hidden": 128}),
        ("plateau", {"hidden": 128}),
        ("overfitting", {"augmentation": "full"}),
    ],
)
def test_training_that_goes_wrong_is_told_so_and_what_to_change(rule, changes):
    assert mended_by(rule, wrong(rule)) == changes


def test_vanishing_gradient_is_told_apart_from_a_small_learning_rate():
    history = wrong("vanishing")
    found = finding("vanishing", history)
    changes = found.changes(history.run.config)
    assert (changes["initialisation"], changes["forget_bias"], changes["layers"]) == ("orthogonal", 1.0, 2)
    assert found.evidence.curve == "gradient_norm"
    assert "too_small" not in {one.rule for one in diagnose(history)}


def test_exploding_gradient_is_shown_where_it_was_and_is_clipped():
    history = wrong("exploding")
    found = diagnosis._exploding(Seen(history))
    assert found.changes(history.run.config) == {"clip": 1.0}
    peak = int(history.curve.step[history.curve.gradient_norm.argmax()])
    assert found.evidence.first <= peak <= found.evidence.last
    assert mended_by("diverged", history)["clip"] == 1.0  # what mends the divergence clips too, and stands alone
    assert "exploding" not in {one.rule for one in diagnose(history)}
    clipped = replace(history, run=replace(history.run, config=history.run.config.with_(clip=1.0)))
    assert diagnosis._exploding(Seen(clipped)) is None


@pytest.mark.parametrize("rule", ["diverged", "too_large", "too_small", "unanswered", "plateau", "overfitting"])
def test_evidence_lies_within_the_run_and_is_no_empty_stretch(rule):
    history = wrong(rule)
    where = finding(rule, history).evidence
    assert 1 <= where.first < where.last == history.run.facts.step
    assert where.curve == "loss"


@pytest.mark.parametrize("rule", ["too_large", "too_small"])
def test_mended_run_learns(rule):
    mended = finding(rule, wrong(rule)).mended.with_(hidden=32, epochs=30)
    history = last_of(mended, tiny())
    assert diagnose(history) == []
    assert history.curve.loss[-1] < GUESSING / 2


def test_loss_that_is_no_number_is_told_also_after_a_few_steps():
    record = Record(BASE.with_(lr=0.5))
    for event in train(record.run.config, tiny()):
        record.take(event)
        if record.run.facts.step == 3:
            break
    record.take(Finished(status="failed", seconds=1.0, message=no_number(4, "0.5")))
    assert finding("diverged", record.history).mended.lr == 1e-3
    full_disk = replace(record.run, message=Message("Cannot write."))
    assert diagnose(replace(record.history, run=full_disk)) == []


def test_rate_that_a_person_has_set_later_is_mended_by_the_runs_own_settings():
    record = Record(BASE.with_(clip=1.0, epochs=15))
    for event in train(record.run.config.with_(lr=1.0), tiny()):
        record.take(event)
    run = replace(record.run, facts=replace(record.run.facts, lr_set=1.0))
    found = finding("too_large", replace(record.history, run=run))
    assert found.changes(record.run.config) == {}


def test_label_smoothing_is_no_plateau():
    """A network that is always right costs 0.5 under a smoothing of 0.1."""
    config = BASE.with_(label_smoothing=0.1, hidden=32, lr=1e-2, clip=1.0, epochs=60)
    history = last_of(config, tiny())
    assert history.curve.loss[-1] == pytest.approx(0.5, abs=0.08)
    assert diagnose(history) == []


@pytest.mark.parametrize("seed", range(5))
def test_healthy_run_is_told_nothing_at_any_step(seed):
    told = [(history.run.facts.step, diagnose(history)) for history in histories(FAST.with_(seed=seed), enough())]
    assert len(told) > 180
    assert [(step, found) for step, found in told if found] == []


def test_run_that_sees_too_few_hard_images_alone_is_told_so_and_to_see_all():
    history = last_of(preset("fast", **SMALL, epochs=40), tiny())
    found = next(one for one in diagnose(history) if one.rule == "overfitting")
    assert found.changes(history.run.config) == {"hardest": 0.0}


def cut(whole: History, points: int) -> History:
    """The history as it was when the curve had so many points."""
    arrays = {name: value[:points] for name, value in vars(whole.curve).items() if name != "width"}
    step = int(arrays["step"][-1])
    run = replace(whole.run, state="running", facts=replace(whole.run.facts, step=step))
    epochs = [row for row in whole.epochs if row.step <= step]
    return History(run, Curve(width=whole.curve.width, **arrays), epochs, [])


@pytest.mark.parametrize("cell", CELLS)
def test_accurate_presets_whole_training_is_told_nothing_at_any_point(cell):
    whole = shipped.shipped(cell)
    points = len(whole.curve.step)
    assert points > 300
    told = [(count, diagnose(cut(whole, count))) for count in range(1, points + 1)]
    assert [(count, found) for count, found in told if found] == []


def test_record_of_the_tests_is_what_the_store_gives(store):
    config = TrainConfig(**TINY, epochs=90)
    record, recorder = Record(config), Recorder(store.claim(store.add(config, None)), 90, 900)
    for event in train(config, tiny()):
        record.take(event)
        if not isinstance(event, Finished):
            recorder.record(event)
    recorder.flush()
    recorder.close()
    kept = store.curve(recorder.writer.run.id)
    assert kept.width == record.curve.width == 2
    for name, values in vars(kept).items():
        np.testing.assert_array_equal(getattr(record.curve, name), values, name)
