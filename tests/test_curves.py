import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.runs.curves import EMA_FACTOR, POINTS, Buckets, curve_of, level_for, levels_of, smoothing, window
from core.training.events import Step


def step(number, loss, accuracy):
    return Step(
        step=number,
        epoch=1,
        loss=loss,
        accuracy=accuracy,
        learning_rate=1e-3,
        gradient_norm=1.0,
        images_per_second=1.0,
        running_loss=0.0,
        running_accuracy=0.0,
        batch=number,
    )


@settings(max_examples=30)
@given(st.lists(st.floats(0, 10), min_size=1, max_size=400), st.integers(1, 50))
def test_every_bucket_keeps_the_extremes_of_its_steps_and_the_average_at_its_end(losses, flush_every):
    buckets = Buckets(5 * POINTS)  # three levels
    rows = {}
    for number, loss in enumerate(losses, 1):
        buckets.add(step(number, loss, 1 - loss / 10))
        if number % flush_every == 0 or number == len(losses):
            rows |= buckets.changed()
            buckets.forget_changed()
    average, averages = 0.0, []
    for number, loss in enumerate(losses, 1):
        average = smoothing(number) * average + (1 - smoothing(number)) * loss
        averages.append(average)
    for level in range(1, buckets.levels + 1):
        width = 1 << level
        of_level = [row for (k, _), row in sorted(rows.items()) if k == level]
        curve = curve_of(width, of_level)
        pieces = [losses[i : i + width] for i in range(0, len(losses), width)]
        np.testing.assert_array_equal(curve.loss_min, [min(piece) for piece in pieces])
        np.testing.assert_array_equal(curve.loss_max, [max(piece) for piece in pieces])
        np.testing.assert_allclose(
            curve.loss, [averages[min(i + width, len(losses)) - 1] for i in range(0, len(losses), width)], atol=1e-12
        )
        np.testing.assert_array_equal(curve.step, [min(i + width, len(losses)) for i in range(0, len(losses), width)])


@given(st.integers(1, 10_000_000))
def test_no_length_of_run_needs_more_points_than_there_are_nor_a_level_that_is_not_kept(steps):
    level = level_for(steps, POINTS)
    assert -(-steps >> level) <= POINTS
    assert level <= levels_of(steps)
    assert level == 0 or -(-steps >> (level - 1)) > POINTS


def test_average_of_a_young_run_is_of_its_last_fifth_and_never_of_more_than_fifty():
    buckets = Buckets(1000)
    for number in range(1, 101):  # falls fast, as a young network's loss does
        buckets.add(step(number, 2.3 * 0.98**number, 0.5))
    now, before = 2.3 * 0.98**100, 2.3 * 0.98**60
    assert now < buckets.averages(100)[0] < before
    assert (window(1), window(100), window(10_000)) == (1, 21, 50)
    assert smoothing(10_000) == EMA_FACTOR


def test_average_goes_on_from_a_row_that_was_kept():
    first = Buckets(1000)
    row = None
    for number in range(1, 301):
        row = first.add(step(number, 1.0, 0.5))
    second = Buckets(1000)
    second.continue_from(row, 300)
    assert second.add(step(301, 3.0, 0.5)) == first.add(step(301, 3.0, 0.5))
