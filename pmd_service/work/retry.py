"""Backoff: exponential and with jitter, so that rows which failed together are not all retried together."""

import random

RETRY_BASE_SECONDS = 5.0
RETRY_CAP_SECONDS = 600.0
# After an error of our own code or of the machine, which somebody has to mend.
ERROR_BASE_SECONDS = 60.0

# After a dead worker's lease has expired. The first time is most likely bad luck and waits hardly at all; rows whose
# workers die again and again are spread apart. With the sweep's period it stays below a minute.
TAKE_OVER_BASE_SECONDS = 2.5
TAKE_OVER_CAP_SECONDS = 40.0


def retry_delay(faults: int) -> float:
    """Seconds to wait after this many earlier faults."""
    longest = min(RETRY_BASE_SECONDS * 4.0**faults, RETRY_CAP_SECONDS)
    return longest * random.uniform(0.5, 1)  # noqa: S311 - jitter, not a secret


def error_delay(errors: int) -> float:
    """Seconds to wait after this many earlier errors that were not the row's fault."""
    longest = min(ERROR_BASE_SECONDS * 2.0**errors, RETRY_CAP_SECONDS)
    return longest * random.uniform(0.5, 1)  # noqa: S311 - jitter, not a secret


# SQL, for rows that have lost ``expired_leases`` leases before: 0 to 1.25, 2.5 to 5, 5 to 10 … 40 seconds.
TAKE_OVER_DELAY = f"""
make_interval(secs => CASE expired_leases WHEN 0 THEN random() * {TAKE_OVER_BASE_SECONDS / 2}
    ELSE least({TAKE_OVER_BASE_SECONDS} * 2 ^ expired_leases, {TAKE_OVER_CAP_SECONDS}) * (0.5 + random() / 2) END)"""
