"""What a reader does over a whole test set. NumPy; torch is imported only to differentiate."""
