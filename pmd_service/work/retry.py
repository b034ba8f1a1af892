"""Backoff: exponential and with jitter, so that rows which failed together are not all retried together."""

import random

RETRY_BASE_SECONDS = 5.0
RETRY_CAP_SECONDS = 600.0
# After an error of our own code or of the machine, which somebody has to mend.
ERROR_BASE_SECONDS = 60.0


def retry_delay(faults: int) -> float:
    """Seconds to wait after this many earlier faults."""
    longest = min(RETRY_BASE_SECONDS * 4.0**faults, RETRY_CAP_SECONDS)
    return longest * random.uniform(0.5, 1)  # noqa: S311 - jitter, not a secret


def error_delay(errors: int) -> float:
    """Seconds to wait after this many earlier errors that were not the row's fault."""
    longest = min(ERROR_BASE_SECONDS * 2.0**errors, RETRY_CAP_SECONDS)
    return longest * random.uniform(0.5, 1)  # noqa: S311 - jitter, not a secret
