"""The glossary's terms in the page's texts: each is a link that says, where it is pointed at, what the term means.

What a term means, and how texts write it, is in words/glossary.toml. A link, and not HTML, so that the browser gives it
its place in the order of the Tab key and no text is trusted; components/glossary shows what it says.
"""

import re
from functools import cache

from dashboard.words import language, texts

ANCHOR = "#term-"
_FORMS = "_forms"
_LEFT = re.compile(r"`[^`]*`|\$[^$]*\$|\[[^\]]*\]\([^)]*\)|https?://\S+")
"""Code, formulas and links stay as they are."""


@cache
def meanings(language: str) -> dict[str, str]:
    """Name of a term or letter -> what it means."""
    entries = {key.partition(".")[2]: text for key, text in texts().items() if key.startswith("glossary.")}
    return {name: text[language] for name, text in entries.items() if not name.endswith(_FORMS)}


def marked(text: str) -> str:
    """A Markdown text in the page's language with each of its terms, where it first stands, as such a link."""
    pattern, names = _forms(language())
    seen: set[str] = set()

    def link(found: re.Match) -> str:
        name = names[found[0].strip("*").lower()]
        if name in seen:
            return found[0]
        seen.add(name)
        return f"[{found[0]}]({ANCHOR}{name})"

    parts, start = [], 0
    for left in _LEFT.finditer(text):
        parts += [pattern.sub(link, text[start : left.start()]), left[0]]
        start = left.end()
    return "".join([*parts, pattern.sub(link, text[start:])])


@cache
def _forms(language: str) -> tuple[re.Pattern, dict[str, str]]:
    """What finds a term, the longest form first, and a form in lower case -> its term's name."""
    names = {
        form.lower(): name
        for name in meanings(language)
        for form in texts()[f"glossary.{name}{_FORMS}"][language].split("|")
    }
    longest_first = sorted(names, key=len, reverse=True)
    forms = "|".join(map(re.escape, longest_first))
    # within bold text a link at its edge would end the bold, where no blank stands before or after that
    whole = rf"\*\*(?:{forms})\*\*|(?<![A-Za-z*])(?:{forms})(?![A-Za-z*])"
    return re.compile(whole, re.IGNORECASE), names
