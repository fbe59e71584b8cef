"""A network that learns: config and MNIST in, events out."""
