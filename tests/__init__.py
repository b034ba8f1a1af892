"""The tests."""

import os

# As in the service's own children: several processes compute beside each other, whose threads would wait in loops.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
