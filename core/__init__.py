"""The network's inside: data, model, training, tracing. Knows no screen, and imports nothing heavy by itself."""
