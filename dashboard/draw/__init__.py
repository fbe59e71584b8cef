"""The Draw page's parts: where a digit comes from, what it is read as, and what can be kept."""
