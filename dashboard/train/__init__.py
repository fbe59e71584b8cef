"""The Train page's parts: the set-up, the view of a run, its figures."""
