"""Files of numbers that the browser fetches once and keeps, in place of messages that come with every rerun."""

from streamlit import runtime


def address(content: bytes, name: str) -> str | None:
    """Where the browser gets `content`, by its hash; None outside of a running dashboard. To be asked at each run."""
    if not runtime.exists():
        return None
    return runtime.get_instance().media_file_mgr.add(content, "application/octet-stream", name)
