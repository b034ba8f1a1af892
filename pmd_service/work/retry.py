"""How long to wait before trying again: longer each time, and spread, so that a crowd does not come back at once."""

import random

RETRY_BASE_SECONDS = 5.0
RETRY_CAP_SECONDS = 600.0

# After the lease of a dead worker has run out. The first time may be anybody's bad luck and waits hardly at all; what
# was in company when workers died again and again is drawn apart. With the sweep's period it stays below a minute.
TAKE_OVER_BASE_SECONDS = 2.5
TAKE_OVER_CAP_SECONDS = 40.0


def retry_delay(faults: int) -> float:
    """Seconds to wait after this many earlier faults: exponential, with jitter, capped."""
    longest = min(RETRY_BASE_SECONDS * 4.0**faults, RETRY_CAP_SECONDS)
    return longest * random.uniform(0.5, 1)  # noqa: S311 - jitter, not a secret


# The same in SQL, for rows that have lost ``expired_leases`` leases before: 0 to 1.25, 2.5 to 5, 5 to 10 … 40 seconds.
TAKE_OVER_DELAY = f"""
make_interval(secs => CASE expired_leases WHEN 0 THEN random() * {TAKE_OVER_BASE_SECONDS / 2}
    ELSE least({TAKE_OVER_BASE_SECONDS} * 2 ^ expired_leases, {TAKE_OVER_CAP_SECONDS}) * (0.5 + random() / 2) END)"""
