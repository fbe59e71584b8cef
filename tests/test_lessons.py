"""What a run is given beside MNIST: weights to start from and one's own digits, taken once and kept with the run."""

import json

import numpy as np
import pytest
import torch

from core.digits.drawing import from_strokes
from core.errors import CheckpointError, ConfigError, DrawingError
from core.reading import readers
from core.reading.tracing import read
from core.runs import lessons, lifecycle, taught, worker
from core.runs.drawings import Drawings
from core.runs.store import Store
from core.runs.taught import Tried
from core.training.config import TrainConfig
from core.training.learner import Learner
from core.training.lesson import Lesson, OwnDigit
from core.training.redrawing import OwnDigitMix, bank_of, own_rows, pen_rows, redraw, sample_noise
from core.training.trainer import train
from dashboard import samples

CPU = torch.device("cpu")
TINY = {"hidden": 8, "layers": 1, "batch_size": 20, "device": "cpu", "precision": "fp32"}


def a_record(digit: str, shift: float = 0) -> dict:
    """The sample, moved: other strokes, and so another drawing."""
    strokes = [[[x + shift, y] for x, y in stroke] for stroke in samples.strokes(digit)]
    return {"strokes": strokes, "width": 18, "size": 280}


def keep(store: Store, count: int) -> list[str]:
    """So many drawings; returns their ids."""
    kept = Drawings(store)
    return [kept.keep(a_record(str(n % 10), n / 10), n % 10) for n in range(count)]


def a_lesson(count: int, reader: readers.Reader | None = None) -> Lesson:
    digits = [OwnDigit(id=str(n), digit=n, record=a_record(str(n)), learned=True) for n in range(count)]
    return Lesson(reader=reader, digits=tuple(digits))


def tiny_reader(**changes) -> readers.Reader:
    return readers.reader_of(Learner(TrainConfig(**TINY).with_(**{"seed": 7} | changes), "cpu", "fp32").arrays())


@pytest.mark.parametrize("scale", [1.0, 3.25])
def test_network_that_starts_from_a_reader_reads_as_it_does(scale):
    reader = tiny_reader()
    config = TrainConfig(**TINY, start_from="mine.pth", input_scale=scale)
    begun = Learner(config, "cpu", "fp32", lesson=Lesson(reader=reader)).arrays()
    for name, array in reader.arrays.items():
        np.testing.assert_allclose(begun[name], array, rtol=1e-6)


def test_average_of_a_network_that_starts_from_a_reader_begins_at_that_reader(tiny_mnist):
    """And at the weights of the first step, where those before it were drawn at random."""
    images, labels = (torch.from_numpy(part[:20]) for part in (tiny_mnist.train.images, tiny_mnist.train.labels))
    for start, share in (("mine.pth", 0.9), ("", 1 / 11)):
        config = TrainConfig(**TINY, start_from=start, averaging=0.9)
        learner = Learner(config, "cpu", "fp32", lesson=Lesson(reader=tiny_reader() if start else None))
        before = learner.weights.clone()
        learner.step(images, labels, 0.1)
        torch.testing.assert_close(learner.average, share * before + (1 - share) * learner.weights)


def test_weights_of_another_shape_are_refused_with_the_settings_that_fit():
    config = TrainConfig(**TINY, start_from="mine.pth", cell="gru")
    with pytest.raises(ConfigError, match="is a lstm of 1 × 8: set cell lstm, layers 1, hidden 8"):
        Lesson(reader=tiny_reader()).check(config)


def test_what_was_named_and_is_not_given_is_not_passed_over(tiny_mnist):
    for asked in ({"start_from": "lstm"}, {"own_digits": 0.2}):
        with pytest.raises(ConfigError, match=next(iter(asked))):
            next(train(TrainConfig(**TINY).with_(**asked), tiny_mnist))


def test_share_of_less_than_a_digit_a_batch_is_refused():
    with pytest.raises(ConfigError, match="less than one digit"):
        a_lesson(3).check(TrainConfig(**TINY).with_(own_digits=0.04))
    a_lesson(3).check(TrainConfig(**TINY).with_(own_digits=0.05))


@pytest.mark.parametrize("count", [1, 7, 50, 100])
@pytest.mark.parametrize(("own", "pen"), [(0.1, 0.0), (0.25, 0.25), (0.5, 0.5), (0.3, 0.7)])
def test_own_digits_take_their_share_of_rows_that_no_pen_digit_has(count, own, pen):
    rows = own_rows(count, own, pen)
    assert len(rows) == int(count * own + 1e-9)
    assert len(set(rows)) == len(rows)
    assert not set(rows) & set(pen_rows(count, pen))


def test_own_digits_are_drawn_anew_in_each_batch_with_their_right_answers():
    own = [(one.digit, one.strokes) for one in a_lesson(10).learned]
    mix, numbers = OwnDigitMix(0.5, own, 0.0, CPU), torch.Generator().manual_seed(3)
    x, labels = torch.full((20, 28, 28), 0.5), torch.full((20,), 99)
    (first, answers), (second, _) = (mix.mix(x, labels, 20, slice(0, 20), numbers) for _ in range(2))
    rows = list(own_rows(20, 0.5, 0.0))
    drawn, digits = redraw(bank_of(own, CPU), sample_noise(10, torch.Generator().manual_seed(3)))
    assert torch.equal(first[rows], drawn)
    assert torch.equal(answers[rows], digits)
    assert not torch.equal(first[rows], second[rows])
    others = [row for row in range(20) if row not in rows]
    assert (first[others] == 0.5).all()
    assert (answers[others] == 99).all()


def test_what_is_drawn_of_own_digits_can_still_be_read():
    own = [(one.digit, one.strokes) for one in a_lesson(10).learned]
    images, digits = redraw(bank_of(own, CPU), sample_noise(400, torch.Generator().manual_seed(0)))
    assert (read(readers.load(), images.numpy()).argmax(1) == digits.numpy()).mean() > 0.85


@pytest.mark.parametrize(("count", "back"), [(1, 0), (8, 0), (9, 3), (20, 6)])
def test_a_third_is_kept_back_where_there_are_enough_the_same_each_time(store, count, back):
    keep(store, count)
    config = TrainConfig(**TINY).with_(own_digits=0.2)
    found, again = (lessons.take(store.folder, config) for _ in range(2))
    assert (len(found.learned), len(found.kept_back)) == (count - back, back)
    assert [one.id for one in found.kept_back] == [one.id for one in again.kept_back]


def test_what_a_reader_was_trained_on_is_never_kept_back_to_test_its_pupil(store):
    ids = keep(store, 12)
    card = lessons.card_of(lessons.take(store.folder, TrainConfig(**TINY).with_(own_digits=0.2)), TrainConfig())
    known = set(card[lessons.LEARNED])
    assert len(known) == 8
    path = store.folder / "taught.safetensors"
    readers.save(readers.reader_of(tiny_reader().arrays, card), path)
    keep(store, 30)
    lesson = lessons.take(store.folder, TrainConfig(**TINY).with_(own_digits=0.2, start_from=str(path)))
    assert len(lesson.kept_back) == 10
    assert not {one.id for one in lesson.kept_back} & known
    told = lessons.card_of(lesson, TrainConfig(start_from=str(path)))
    assert set(told[lessons.LEARNED]) == known | {one.id for one in lesson.learned}
    assert set(ids) <= known | {one.id for one in lesson.digits}


@pytest.mark.parametrize("told", [None, 3, "abc", [1, None], {"a": 1}])
def test_card_that_somebody_has_damaged_names_no_drawing(told):
    assert lessons.learned_by(readers.reader_of(tiny_reader().arrays, {lessons.LEARNED: told})) == set()


def test_reader_is_named_as_the_lists_name_it(store, tiny_config):
    assert lessons.weights_of(store.folder, "gru").name == "gru.safetensors"
    run_id = store.add(tiny_config, None)
    folder = store.run(run_id).folder
    with pytest.raises(ConfigError, match="no reader that is here"):
        lessons.weights_of(store.folder, run_id)  # it has no weights yet
    for path in (folder.weights_path, folder.snapshot_path(12)):
        readers.save(tiny_reader(), path)
    assert lessons.weights_of(store.folder, run_id) == folder.weights_path
    assert lessons.weights_of(store.folder, f"{run_id}@12") == folder.snapshot_path(12)
    for name in (f"{run_id}@13", f"{run_id}@x", f"{run_id}@", "../lstm", "imported-0123456789", "transformer"):
        with pytest.raises(ConfigError, match="no reader that is here"):
            lessons.weights_of(store.folder, name)


def test_drawing_that_cannot_be_drawn_is_named_by_its_line_before_anything_is_stored(store):
    keep(store, 1)
    with (store.folder / "drawings.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"digit": 3, "strokes": [[["a", "b"]]]}\n')
    with pytest.raises(DrawingError, match="line 2"):
        lifecycle.enqueue(store, TrainConfig(**TINY).with_(own_digits=0.2))
    assert store.runs() == []


def test_lesson_of_a_run_stays_what_it_was_when_it_was_made(store):
    keep(store, 12)
    config = TrainConfig(**TINY, cell="lstm").with_(own_digits=0.2, start_from=str(store.folder / "mine.safetensors"))
    readers.save(tiny_reader(), store.folder / "mine.safetensors")
    before = lessons.take(store.folder, config)
    run = store.run(store.add(config, None, given=lessons.files_of(before)))
    readers.save(tiny_reader(seed=8), store.folder / "mine.safetensors")
    Drawings(store).remove([one.id for one in before.digits])
    kept = lessons.kept(run)
    assert [(one.id, one.digit, one.learned) for one in kept.digits] == [
        (one.id, one.digit, one.learned) for one in before.digits
    ]
    assert all((a == b).all() for one, two in zip(kept.digits, before.digits, strict=True)
               for a, b in zip(one.strokes, two.strokes, strict=True))  # fmt: skip
    assert all((kept.reader.arrays[name] == array).all() for name, array in before.reader.arrays.items())
    run.folder.digits_path.unlink()
    with pytest.raises(CheckpointError, match=r"own_digits\.jsonl is gone"):
        lessons.kept(run)


def test_what_teaching_did_is_what_both_readers_answer(store, tiny_mnist, monkeypatch):
    monkeypatch.setattr("core.digits.data.load", lambda *_: tiny_mnist)
    keep(store, 20)
    readers.save(tiny_reader(), store.folder / "mine.safetensors")
    config = TrainConfig(**TINY).with_(own_digits=0.5, start_from=str(store.folder / "mine.safetensors"), lr=1e-2)
    worker.start(store.folder, config, None)
    [run] = store.runs()
    found, after = taught.outcome(run), readers.load(run.weights)
    assert (len(found.learned), len(found.kept_back)) == (14, 6)
    records = [json.loads(line) for line in run.folder.digits_path.read_text().splitlines()]
    for tried, learned in ((found.learned, True), (found.kept_back, False)):
        chosen = [one for one in records if one["learned"] is learned]
        frames = np.stack([from_strokes(one["strokes"], one["width"], one["size"]).pixels for one in chosen])
        digits = np.array([one["digit"] for one in chosen])
        for reader, right in ((tiny_reader(), tried.right_before), (after, tried.right_after)):
            assert (read(reader, frames).argmax(1) == digits).sum() == right
        assert tried.right_after - tried.right_before == tried.gained - tried.lost
    images = tiny_mnist.test.images / np.float32(255)
    answers = read(tiny_reader(), images).argmax(1)
    assert run.facts.start_accuracy == pytest.approx((answers == tiny_mnist.test.labels).mean())
    assert after.card[lessons.LEARNED] == sorted(one["id"] for one in records if one["learned"])


@pytest.mark.parametrize(
    ("gained", "lost", "chance"), [(0, 0, 1.0), (1, 0, 1.0), (3, 0, 0.25), (6, 0, 0.03125), (5, 1, 0.21875)]
)
def test_chance_of_a_change_is_the_sign_tests(gained, lost, chance):
    """Two-sided, by hand: 2 (1/2)^n times the ways to have as few."""
    digits = list(a_lesson(gained + lost + 2).digits)
    truth = np.array([one.digit for one in digits])
    before, after = truth.copy(), truth.copy()
    before[:gained] += 1
    after[gained : gained + lost] += 1
    tried = Tried(digits=digits, before=before, after=after)
    assert (tried.gained, tried.lost) == (gained, lost)
    assert tried.chance == pytest.approx(chance)
