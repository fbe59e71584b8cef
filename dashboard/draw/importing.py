"""A reader of the person's own: a .pth or .safetensors file from their device, told what was assumed of it."""

import streamlit as st

from core.messages import joined
from core.reading import readers, scaling
from core.reading.readers import Reader
from core.reading.scaling import Scaling, Trial
from core.runs import imported
from dashboard import session
from dashboard.formats import percent
from dashboard.outside import as_text
from dashboard.words import say
from dashboard.words.core import translated

_FILE, _SCALING, _LARGEST_MIB = "draw_import_file", "draw_import_scaling", 160
_CHOICES: dict[str, Scaling | None] = {"none": None} | dict(
    zip(("mnist", "half", "levels"), scaling.KNOWN, strict=True)
)


def show(choose: str, name: str) -> None:
    """The button and what it opens. `choose`: the widget that is to choose the new reader; `name`: who answers now."""
    with (
        st.popover("", icon=":material/upload_file:", help=say("draw.import_help"), key="draw_import", width="content"),
        st.container(width=380, gap="xsmall"),
    ):
        _choose(choose)
        if name.startswith(imported.PREFIX):
            st.button(
                say("draw.import_remove"),
                icon=":material/delete:",
                type="tertiary",
                help=say("draw.import_remove_help"),
                on_click=_remove,
                args=(name, choose),
                key="draw_import_remove",
            )


def _choose(choose: str) -> None:
    st.markdown(f"**{say('draw.import')}**")
    file = st.file_uploader(
        say("draw.import_file"),
        ("pth", "pt", "ckpt", "safetensors"),
        key=_FILE,
        max_upload_size=_LARGEST_MIB,
        help=say("draw.import_file_help"),
    )
    if file is None:
        st.caption(say("draw.import_lead"))
        return
    with session.noticed():
        _look_at(file.getvalue(), file.name, choose)


def _look_at(content: bytes, name: str, choose: str) -> None:
    """What the file is, how well it reads, and the button that takes it."""
    reader, found = _read(content, name)
    st.caption(say("draw.import_found", network=f"{reader.cell.upper()} {reader.layers} × {reader.hidden}"))
    if reader.notes:
        st.caption(say("draw.import_assumed", notes=as_text(translated(joined(*reader.notes)))))
    best = next((key for key, how in _CHOICES.items() if how == found.best), "none")
    how = st.selectbox(
        say("draw.import_scaling"),
        _CHOICES,
        index=list(_CHOICES).index(best),
        format_func=lambda key: say(f"draw.import_scaling_{key}"),
        key=f"{_SCALING}_{best}",
        help=say("draw.import_scaling_help"),
    )
    scaled, accuracy = _scaled(content, name, how)
    st.caption(_told(found, accuracy, how == best))
    st.button(
        say("draw.import_use"),
        type="primary",
        icon=":material/check:",
        on_click=_use,
        args=(scaled, name, accuracy, choose),
        key="draw_import_use",
    )


def _told(found: Trial, accuracy: float, is_best: bool) -> str:
    told = say("draw.import_trial", accuracy=percent(accuracy), images=scaling.TRIED_IMAGES)
    if found.best and is_best:
        return f"{told} {say('draw.import_better', before=percent(found.accuracy))}"
    return told if accuracy >= scaling.GOOD else f"{told} {say('draw.import_poor')}"


@st.cache_resource(max_entries=4, show_spinner=False)
def _read(content: bytes, name: str) -> tuple[Reader, Trial]:
    reader = readers.of_content(content, name)
    return reader, scaling.trial(reader)


@st.cache_resource(max_entries=8, show_spinner=False)
def _scaled(content: bytes, name: str, how: str) -> tuple[Reader, float]:
    """The reader with a scaling folded in, and how it does."""
    reader, found = _read(content, name)
    scaled = _CHOICES[how]
    if scaled is None:
        return reader, found.accuracy
    folded = scaling.folded(reader, scaled)
    return folded, scaling.accuracy(folded)


def _use(reader: Reader, name: str, accuracy: float, choose: str) -> None:
    with session.leaving_notice():
        st.session_state[choose] = imported.add(session.store().folder, reader, name, accuracy)


def _remove(name: str, choose: str) -> None:
    imported.remove(session.store().folder, name)
    st.session_state[choose] = "lstm"
