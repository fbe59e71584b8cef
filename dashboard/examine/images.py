"""Test images as a gallery: what each is, what was answered, how sure; a click opens it on Draw."""

import numpy as np

from dashboard import draw_link
from dashboard.components.gallery import Tile, gallery
from dashboard.examine.subject import Subject
from dashboard.formats import probability


def show(subject: Subject, images: np.ndarray, key: str, notes: list[str] | None = None, height: int = 400) -> None:
    """images: numbers in the test set, from 0. notes: behind each digit; the answer's probability where left out."""
    answers = subject.answers
    notes = notes or [probability(float(sure)) for sure in answers.confidence[images]]
    tiles = [
        Tile(
            truth=int(answers.labels[image]),
            answer=int(answers.by_row[-1, image]),
            note=note,
            id=str(image),
            link=draw_link.to(int(image), subject.name),
        )
        for image, note in zip(images.tolist(), notes, strict=True)
    ]
    opened = gallery(subject.index.images[images], tiles, key=key, height=height)
    if opened is not None:
        draw_link.follow(int(opened), subject.name)
