"""The way from the player to Examine's search: the test digits whose unit does what the followed one does."""

from dashboard import samples


def similar(reader: str) -> dict[str, str]:
    """What Examine's address says of the reader, `NAME` or `NAME@STEP`, and of the digit that this session last drew.

    The player adds layer, unit, rows and side: they follow the hand.
    """
    name, _, step = reader.partition("@")
    said = {"view": "similar", "way": "units", "reader": name, "step": step, "digit": samples.write(samples.MINE)}
    return {key: value for key, value in said.items() if value}
