import dataclasses

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import CheckpointError, ConfigError
from core.training import devices, speed, trainer
from core.training.events import ArticleLog, Epoch, Finished, Started, Step, as_json
from core.training.learner import Learner, schedule
from core.training.model import RowReader
from core.training.trainer import Trainer, train

MODERN = {
    "optimizer": "adamw",
    "weight_decay": 0.01,
    "schedule": "one_cycle",
    "lr": 5e-3,
    "clip": 1.0,
    "initialisation": "orthogonal",
    "forget_bias": 1.0,
    "input_scale": 3.0,
    "averaging": 0.9,
    "augmentation": "full",
    "pen_digits": 0.25,
    "pen_digits_after": 0.5,
    "validation_images": 20,
    "test_each_epoch": False,
}
RACE = MODERN | {"optimizer": "muon", "schedule": "flat_then_fall", "lr": 0.02, "hardest": 0.3, "augmentation": "none"}


def figures(event):
    """What a run promises to repeat; times are not among it."""
    repeated = dataclasses.asdict(event)
    for name in ("images_per_second", "seconds", "weights"):
        repeated.pop(name, None)
    return type(event).__name__, repeated


def arrays(trainer):
    return {name: tensor.clone() for name, tensor in trainer.tensors().items()}


@pytest.mark.parametrize("changes", [{}, MODERN, RACE], ids=["article", "modern", "race"])
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_fixed_seed_gives_the_same_run_bit_for_bit(tiny_config, tiny_mnist, changes, precision):
    config = tiny_config.with_(**changes, precision=precision)
    if precision == "bf16" and not speed.measure(config, "cpu", "bf16"):
        pytest.skip("this processor cannot train in bf16")
    first, second = Trainer(config, tiny_mnist), Trainer(config, tiny_mnist)
    assert [figures(e) for e in first.events()] == [figures(e) for e in second.events()]
    for (name, one), two in zip(arrays(first).items(), arrays(second).values(), strict=True):
        assert torch.equal(one, two), name


def test_pen_digits_change_nothing_until_their_fraction_of_the_steps_is_done(tiny_config, tiny_mnist):
    without = tiny_config.with_(**MODERN | {"pen_digits": 0.0})
    late = without.with_(pen_digits=0.5, pen_digits_after=0.5)
    alone, mixed = (
        [event for event in train(config, tiny_mnist) if isinstance(event, Step)] for config in (without, late)
    )
    turn = late.pen_digits_turn(len(alone))
    assert 0 < turn < len(alone)
    assert [figures(step) for step in mixed[:turn]] == [figures(step) for step in alone[:turn]]
    assert all(one.loss != two.loss for one, two in zip(mixed[turn:], alone[turn:], strict=True))


def test_article_preset_learns_exactly_as_a_plain_pytorch_loop(tiny_config, tiny_mnist):
    trainer = Trainer(tiny_config, tiny_mnist)
    for _ in trainer.events():
        pass

    torch.manual_seed(tiny_config.seed)
    network = RowReader("lstm", 8, 1)
    network.reset("pytorch", 0.0)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    order = torch.Generator().manual_seed(tiny_config.seed)
    images, labels = torch.tensor(tiny_mnist.train.images) / 255, torch.tensor(tiny_mnist.train.labels)
    for _ in range(3):
        for batch in torch.randperm(200, generator=order).split(20):
            optimizer.zero_grad()
            F.cross_entropy(network(images[batch]), labels[batch]).backward()
            optimizer.step()
    for name, weight in network.state_dict().items():
        torch.testing.assert_close(trainer.learner.best_network.state_dict()[name], weight, rtol=1e-4, atol=1e-6)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stop_after=st.integers(1, 30), changes=st.sampled_from([{}, MODERN, RACE]), epochs=st.sampled_from([3, 2.3]))
def test_run_resumed_from_any_step_is_the_uninterrupted_run(tiny_config, tiny_mnist, stop_after, changes, epochs):
    config = tiny_config.with_(epochs=epochs, **changes)
    whole = Trainer(config, tiny_mnist)
    expected = [figures(e) for e in whole.events()]

    first = Trainer(config, tiny_mnist)
    seen = []
    for event in first.events():
        seen.append(figures(event))
        if isinstance(event, Step) and event.step >= min(stop_after, first.steps):
            break
    second = Trainer(config, tiny_mnist)
    second.restore(arrays(first), trainer.Progress(**dataclasses.asdict(first.progress)))
    seen += [figures(e) for e in second.events()][1:]  # without its own Started

    assert seen == expected
    for (name, one), two in zip(arrays(whole).items(), arrays(second).values(), strict=True):
        assert torch.equal(one, two), name


@pytest.mark.parametrize(("epochs", "last"), [(3, 30), (2.45, 25)])
def test_events_come_in_order_and_count_every_image_once(tiny_config, tiny_mnist, epochs, last):
    events = list(train(tiny_config.with_(epochs=epochs), tiny_mnist))
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)
    steps = [e for e in events if isinstance(e, Step)]
    epochs = [e for e in events if isinstance(e, Epoch)]
    assert [e.step for e in steps] == list(range(1, last + 1))
    assert [e.epoch for e in epochs] == [1, 2, 3]
    for epoch in epochs:
        losses, right = zip(*[(e.loss, e.accuracy) for e in steps if e.epoch == epoch.epoch], strict=True)
        assert epoch.train_loss == pytest.approx(np.mean(losses))
        assert epoch.train_accuracy == pytest.approx(np.mean(right))
    assert events[-1].test_accuracy == epochs[-1].test_accuracy
    assert as_json(steps[0]).keys() >= {
        *("event", "step", "epoch", "loss", "accuracy"),
        *("learning_rate", "gradient_norm", "images_per_second"),
    }


@pytest.mark.parametrize(("epochs", "steps"), [(1e-9, 1), (0.01, 1), (0.11, 2)])
def test_part_of_an_epoch_is_at_least_one_step(tiny_config, tiny_mnist, epochs, steps):
    events = list(train(tiny_config.with_(epochs=epochs), tiny_mnist))
    assert len([e for e in events if isinstance(e, Step)]) == steps
    assert isinstance(events[-1], Finished)
    assert events[-1].status == "finished"


def test_last_batch_may_be_smaller(tiny_config, tiny_mnist):
    steps = [e for e in train(tiny_config.with_(batch_size=150, epochs=1), tiny_mnist) if isinstance(e, Step)]
    assert [round(e.accuracy * n) for e, n in zip(steps, (150, 50), strict=True)]
    assert steps[-1].running_accuracy == pytest.approx((150 * steps[0].accuracy + 50 * steps[1].accuracy) / 200)


def test_gradient_norm_is_that_of_finite_differences(tiny_config):
    learner = Learner(tiny_config, "cpu", "fp32")
    before = {name: w.detach().double() for name, w in learner.best_network.state_dict().items()}
    images = torch.randint(256, (6, 28, 28), generator=torch.Generator().manual_seed(3)).to(torch.uint8)
    labels = torch.arange(6)
    loss, _, norm = learner.step(images, labels, 0.0).tolist()

    network = RowReader("lstm", 8, 1).double()
    network.load_state_dict(before)
    x = images.double() / 255

    def loss_at(name, index, shift):
        with torch.no_grad():
            weight = network.get_parameter(name).view(-1)
            weight[index] += shift
            value = F.cross_entropy(network(x), labels).item()
            weight[index] -= shift
        return value

    squares = 0.0
    for name, weight in before.items():
        for index in range(weight.numel()):
            squares += ((loss_at(name, index, 1e-5) - loss_at(name, index, -1e-5)) / 2e-5) ** 2
    assert loss == pytest.approx(F.cross_entropy(network(x), labels).item(), rel=1e-5)
    assert norm == pytest.approx(squares**0.5, rel=1e-3)


def test_saved_arrays_take_pixels_in_0_to_1_whatever_scale_was_trained_with(tiny_config):
    learner = Learner(tiny_config.with_(input_scale=3.0), "cpu", "fp32")
    x = torch.rand(2, 28, 28)
    folded = RowReader("lstm", 8, 1)
    folded.load_state_dict({name: torch.tensor(a) for name, a in learner.arrays().items()})
    torch.testing.assert_close(folded(x), learner.best_network(x * 3.0))


def test_learning_rate_set_in_mid_run_holds_from_the_next_step(tiny_config, tiny_mnist):
    trainer, rates = Trainer(tiny_config, tiny_mnist), []
    for event in trainer.events():
        if isinstance(event, Step):
            rates.append(event.learning_rate)
            if event.step == 10:
                trainer.progress.lr = 5e-4
    assert rates[:10] == [1e-3] * 10
    assert set(rates[10:]) == {5e-4}


def test_stop_ends_within_a_batch(tiny_config, tiny_mnist):
    trainer = Trainer(tiny_config, tiny_mnist)
    events = []
    for event in trainer.events():
        events.append(event)
        if isinstance(event, Step) and event.step == 7:
            trainer.stop()
    assert events[-1].status == "stopped"
    assert events[-2].step == 7


def test_loss_that_is_not_a_number_ends_the_run_with_what_to_change(tiny_config, tiny_mnist):
    trainer = Trainer(tiny_config, tiny_mnist)
    trainer.learner.weights[-1] = float("nan")
    last = list(trainer.events())[-1]
    assert isinstance(last, Finished)
    assert last.status == "failed"
    assert "learning rate" in str(last.message)


def test_target_accuracy_ends_the_run_early(tiny_config, tiny_mnist):
    events = list(train(tiny_config.with_(epochs=50, lr=0.02, target_accuracy=0.6), tiny_mnist))
    epochs = [e for e in events if isinstance(e, Epoch)]
    assert isinstance(events[-1], Finished)
    assert events[-1].status == "finished"
    assert len(epochs) < 50
    assert epochs[-1].test_accuracy >= 0.6 > max([e.test_accuracy for e in epochs[:-1]], default=0)


def test_batch_larger_than_the_set_is_refused_with_its_size(tiny_config, tiny_mnist):
    with pytest.raises(ConfigError, match="200"):
        Trainer(tiny_config.with_(batch_size=201), tiny_mnist)


def test_state_of_another_network_or_with_a_leftover_key_is_refused(tiny_config, tiny_mnist):
    trainer, other = Trainer(tiny_config, tiny_mnist), Trainer(tiny_config.with_(hidden=9), tiny_mnist)
    with pytest.raises(CheckpointError, match="does not fit"):
        trainer.restore(arrays(other), other.progress)
    with pytest.raises(CheckpointError, match="surplus"):
        trainer.restore(arrays(trainer) | {"surplus": torch.zeros(1)}, trainer.progress)
    with pytest.raises(CheckpointError, match="order"):
        trainer.restore({}, trainer.progress)


@given(st.floats(0, 1), st.sampled_from([("one_cycle", 0.2), ("flat_then_fall", 0.1), ("flat_then_fall", 0.4)]))
def test_learning_rate_rises_then_falls_and_never_leaves_0_to_1(progress, schedule_and_peak):
    from core.training.config import TrainConfig

    name, peak = schedule_and_peak
    config = TrainConfig(schedule=name)
    factor = schedule(config, progress)
    assert 0 < factor <= 1
    assert schedule(config, peak) == 1
    nearer_the_peak = progress + (peak - progress) / 2
    assert schedule(config, nearer_the_peak) >= factor - 1e-12
    assert schedule(TrainConfig(), progress) == 1


def test_log_has_the_articles_own_lines():
    log = ArticleLog(5)
    step = Step(
        step=300,
        epoch=1,
        loss=0.5,
        accuracy=0.8,
        learning_rate=1e-3,
        gradient_norm=1.0,
        images_per_second=1.0,
        running_loss=0.802155,
        running_accuracy=0.727267,
        batch=300,
    )
    assert log.lines(step) == ["[1/5] Loss: 0.802155, Acc: 0.727267"]
    assert log.lines(dataclasses.replace(step, batch=299)) == []
    epoch = Epoch(epoch=1, step=600, train_loss=0.5, train_accuracy=0.83, test_loss=0.14, test_accuracy=0.9553)
    assert log.lines(epoch) == ["Finish 1 epoch, Loss: 0.500000, Acc: 0.830000", "Test Loss: 0.140000, Acc: 0.955300"]


def test_named_device_that_is_not_there_is_refused():
    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    with pytest.raises(ConfigError, match="choose auto or cpu"):
        devices.choose_device("cuda")


def test_choice_gives_its_reasons(tiny_config):
    choice = devices.choose(tiny_config.with_(precision="auto", device="auto"))
    assert choice.device_reason
    assert choice.precision in ("fp32", "bf16")
    assert choice.precision_reason


def test_confusion_counts_every_image_under_its_label(tiny_mnist):
    from core.training.evaluation import evaluate

    labels = torch.tensor(tiny_mnist.test.labels)
    images = torch.tensor(tiny_mnist.test.images)
    images[:, 0, 0] = (labels + torch.arange(50) % 2) % 10  # every other one is answered as the next digit

    def answers_as_written(x):
        return F.one_hot((x[:, 0, 0] * 255).round().long(), 10).float()

    result = evaluate(answers_as_written, images, labels)
    assert result.images == result.confusion.sum() == 50
    assert result.accuracy == 0.5
    assert (result.confusion.sum(1) == 5).all()


def test_digits_that_are_never_answered_are_named():
    from core.training.evaluation import Evaluation

    confusion = np.diag([5, 5, 5, 0, 5, 5, 5, 0, 0, 5])
    confusion[3, 2] = confusion[8, 9] = 4  # of 7 there is no image
    assert Evaluation(0.5, 0.8, 43, confusion).unanswered == "38"
    assert Evaluation(0.5, 0.8, 43, np.eye(10, dtype=int)).unanswered is None
