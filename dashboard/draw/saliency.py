"""Which pixels? Gradient x input of the answer's logit, and how far the answer falls without a row. Folded."""

from html import escape

import numpy as np
import streamlit as st

from core.examining.saliency import gradient_times_input, occlusion
from core.reading.readers import Reader
from core.reading.tracing import RowTrace
from dashboard import background, pixels
from dashboard.components.picture import picture
from dashboard.draw.digit import Digit
from dashboard.formats import probability
from dashboard.notice import notice
from dashboard.page_settings import set_to
from dashboard.words import say

_AGAINST = "draw_against"
_NOBODY = -1
_BARS = 60  # of the SVG's units: the width of the longest bar
_SURE = 0.001  # a fall of p below this is told by the logit alone


def show(digit: Digit, name: str, reader: Reader, reading: RowTrace) -> None:
    """name: the reader's, which tells readers apart."""
    drawer = st.expander(say("draw.which"), icon=":material/center_focus_strong:", key="draw_which", on_change="rerun")
    if not drawer.open:
        return
    with drawer:
        rival = _against(reading)
        frame, answer = digit.frame.pixels, reading.digit
        key = ("saliency", name, reader.cell, frame.tobytes(), answer, rival)
        work = background.job(key, _work_out, reader, frame, answer, rival)
        background.eventually(work, say("draw.which_wait"), lambda found: _figures(frame, found, answer, rival))


def _against(reading: RowTrace) -> int | None:
    """The rival that was chosen; None: the answer alone."""
    order = np.argsort(-reading.probabilities[-1], kind="stable").tolist()
    rivals = [_NOBODY, *(digit for digit in order if digit != reading.digit)]
    key = f"{_AGAINST}_{reading.digit}"
    set_to(key, st.session_state.get(key, _NOBODY))
    chosen = st.segmented_control(
        say("draw.against"),
        rivals,
        format_func=lambda digit: say("draw.against_nobody", digit=reading.digit) if digit < 0 else _rival(digit),
        key=key,
        help=say("draw.against_help"),
        required=True,
    )
    return None if chosen in (None, _NOBODY) else chosen


def _rival(digit: int) -> str:
    return say("draw.against_digit", digit=digit)


def _work_out(reader: Reader, frame: np.ndarray, answer: int, rival: int | None) -> tuple[np.ndarray, dict]:
    with background.torch_alone():
        return gradient_times_input(reader, frame, answer, rival), occlusion(reader, frame)


def _figures(frame: np.ndarray, found: tuple[np.ndarray, dict], answer: int, rival: int | None) -> None:
    gradients, blanked = found
    falls = margin_falls(blanked, answer, rival)
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(f"**{say('draw.gradient')}**", help=say("draw.gradient_help"))
        most = float(np.abs(gradients).max())
        drawn = pixels.ink(frame, 0.12) + pixels.signed(gradients, most)
        picture(pixels.square(drawn, escape(say("draw.gradient")), 260), key="draw_gradient")
        notice(gradient_finding(gradients, answer, rival))
    with right:
        st.markdown(f"**{say('draw.occlusion')}**", help=say("draw.occlusion_help"))
        picture(_bars(frame, falls, escape(say("draw.occlusion"))), key="draw_occlusion")
        notice(occlusion_finding(blanked, falls, answer, rival))


def margin_falls(blanked: dict, answer: int, rival: int | None) -> np.ndarray:
    """(T,): by how much the answer's logit falls without row t, against the mean of all ten or against the rival's."""
    falls = np.array(blanked["margin_fall"])
    return falls[:, answer] - (0 if rival is None else falls[:, rival])


def gradient_finding(gradients: np.ndarray, answer: int, rival: int | None) -> str:
    """Where the ink speaks most for the answer, and what part of it speaks against."""
    rows = np.where(gradients > 0, gradients, 0).sum(1)
    total = float(np.abs(gradients).sum())
    if not total:
        return say("draw.gradient_none")
    against = float(-gradients[gradients < 0].sum()) / total
    values = {"row": int(rows.argmax()) + 1, "digit": answer, "against": f"{against:.0%}"}
    if rival is None:
        return say("draw.gradient_found", **values)
    return say("draw.gradient_found_rival", rival=rival, **values)


def occlusion_finding(blanked: dict, falls: np.ndarray, answer: int, rival: int | None) -> str:
    """The row that is missed most: what becomes of p without it."""
    row = int(falls.argmax())
    before, fall = blanked["probabilities"][answer], blanked["fall"][row][answer]
    values = {"row": row + 1, "digit": answer, "before": probability(before), "after": probability(before - fall)}
    spared = int((falls < 0).sum())
    told = say("draw.occlusion_found" if fall >= _SURE else "draw.occlusion_sure", **values)
    return f"{told} {say('draw.occlusion_spared', count=spared)}" if spared else told


def _bars(frame: np.ndarray, falls: np.ndarray, label: str) -> str:
    """The digit, and beside each row a bar: right where the answer falls without it, left where it rises."""
    above, below = max(0.0, float(falls.max())), max(0.0, -float(falls.min()))
    scale = _BARS / (above + below or 1.0)
    zero = 28 + 4 + below * scale
    bars = "".join(
        f'<rect x="{zero + min(0.0, fall) * scale:.2f}" y="{row + 0.1}" width="{abs(fall) * scale:.2f}" height="0.8" '
        f'fill="var(--{"plus" if fall > 0 else "minus"})"><title>{row + 1}: {fall:+.2f}</title></rect>'
        for row, fall in enumerate(falls.tolist())
    )
    axis = f'<line x1="{zero:.2f}" x2="{zero:.2f}" y1="0" y2="28" stroke="var(--quiet)" stroke-width="0.15"/>'
    width = 28 + 4 + _BARS + 1
    return (
        f'<svg viewBox="0 0 {width} 28" role="img" aria-label="{label}" style="max-width: {int(260 / 28 * width)}px">'
        f"{pixels.ink(frame)}{bars}{axis}</svg>"
    )
