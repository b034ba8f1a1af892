"""Post management and batch download service (PMD)."""
