"""How long tests wait for what must happen: it ends what would otherwise hang, and no promise depends on it."""

import os

# Far more than a busy machine takes, and less than what pytest gives a test as a whole. Who breaks things on purpose
# waits for less (benchmarks/mutants): what does not happen any more is how many faults are noticed.
HANG_SECONDS = int(os.environ.get("PMD_TESTS_HANG_SECONDS", "150"))
