"""How often a reader is right under surgery, on the first images of the test set: measured beside the page, once."""

from concurrent.futures import Future
from pathlib import Path

import numpy as np

from core.reading.readers import Reader
from core.reading.surgery import Surgery
from core.reading.tracing import read
from dashboard import background, readers, test_set

TEST_DIGITS = 1000


def measured(path: Path, reader: Reader, surgery: Surgery) -> Future:
    """The accuracy of the reader of `path`, 0 to 1, as it comes."""
    return background.job(("accuracy", str(path), readers.stamp(path), surgery), accuracy, reader, surgery)


def accuracy(reader: Reader, surgery: Surgery) -> float:
    """The fraction of right answers (0 to 1) on the first TEST_DIGITS images of the test set. Raises DataError."""
    test = test_set.mnist().test
    frames = test.images[:TEST_DIGITS].astype(np.float32) / 255
    return float((read(reader, frames, surgery or None).argmax(1) == test.labels[:TEST_DIGITS]).mean())
