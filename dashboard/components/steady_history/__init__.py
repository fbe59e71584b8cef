"""Makes Back leave a page, whatever was set on it: Streamlit adds a step to the browser's history for each change of
the URL's query, and going back through those would change the URL, but not what the page shows.
"""

from dashboard.components import component

_element = component("steady_history")


def steady_history() -> None:
    """For all pages, from now on."""
    _element(key="steady_history", height=1)
