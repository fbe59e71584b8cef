"""A digit, from wherever it comes, as the 28 x 28 frame that a reader takes."""
