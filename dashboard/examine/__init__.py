"""The Examine page's parts: which reader is examined, and a module for each view of it."""
