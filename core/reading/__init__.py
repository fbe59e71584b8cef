"""A trained network at work. NumPy, and no training: torch is imported only to check and to differentiate."""
