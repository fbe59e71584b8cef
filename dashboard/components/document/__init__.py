"""What belongs to the document as a whole: its language, its history, and how it is printed.

Back leaves a page, whatever was set on it: Streamlit adds a step to the browser's history for each change of the
URL's query, and going back through those would change the URL, but not what the page shows.
"""

from dashboard.components import component

_element = component("document")


def document(language: str) -> None:
    """For all pages, from now on. language: of what they say, for those that read aloud, hyphenate or translate."""
    _element(data={"language": language}, key="document", height=1)
