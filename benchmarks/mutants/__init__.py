"""``make mutants``: small faults in the rooms where one would cost most; each must be noticed by a test."""
