"""Imports in a thread beside the pages: they need sys.path to stay as it is.

Streamlit puts the script's folder into sys.path as a run begins, and takes it out as it ends. A thread that looks
through sys.path for a module at that moment misses an entry, and with it a package that is installed.
"""

import os
import sys

_FOLDER = os.path.dirname(os.path.abspath(__file__))


def keep_path() -> None:
    """From now on the folder is there, under either spelling, so that Streamlit leaves sys.path alone.

    At its end: nothing in it hides another module.
    """
    sys.path += [folder for folder in dict.fromkeys([_FOLDER, os.path.realpath(_FOLDER)]) if folder not in sys.path]
