"""The pen digits of a run that sees them from some step on."""

from core.runs.run import Run
from dashboard.words import say


def notice(run: Run) -> str:
    """What the curves are of from then on; empty for a run that sees them from its first step on, or never."""
    turn = run.config.pen_digits_turn(run.facts.steps)
    if not 0 < turn < run.facts.steps:
        return ""
    return say("train.pen_digits_notice", step=f"{turn + 1:,}", share=f"{run.config.pen_digits:.0%}")
