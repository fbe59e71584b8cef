"""The network's inside: data, model, training, tracing. Knows no screen, and imports nothing heavy by itself."""

import os

# Threads that wait for one another sleep rather than spin. Spinning takes the cores that a browser, a test or another
# training needs, and in the end waits for those: on two shared cores, sleeping trained 1.6 to 30 times as fast.
# OpenMP reads this once, when torch is loaded, so it stands before anything that loads torch.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
