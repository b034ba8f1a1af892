"""``make soak``: all kinds of work at once under random faults; nothing may be lost, doubled, stuck or left behind."""
