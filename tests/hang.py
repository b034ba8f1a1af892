"""How long tests wait for what must happen: it ends what would otherwise hang, and no promise depends on it."""

# Far more than a busy machine takes, and less than what pytest gives a test as a whole.
HANG_SECONDS = 150
