"""``make soak``: all kinds of work under random faults; nothing may be lost, duplicated, stuck or left behind."""
