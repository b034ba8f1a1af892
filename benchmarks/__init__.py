"""The benchmarks of SPEC section 11: ``make bench``."""
