"""The network's inside: data, model, training, tracing. Knows no screen, and imports nothing heavy by itself."""

import os

# How long a thread of libgomp that waits for another spins before it sleeps: about as long as falling asleep takes.
# libgomp's own 300,000 turns keep the core from the browser, or the second training, that the other thread waits for.
# Images per second of a 2 x 128 LSTM in fp32 on two cores, spinning by default, this long, or not at all: little else
# running 2290, 2150, 1680; beside other work 190 to 450, 1100, 1400. Read when torch is loaded: so it stands here.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
