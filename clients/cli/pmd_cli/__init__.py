"""The command ``pmd``: a client of PMD service, by its public API only."""

# As in pyproject.toml; reading it from there takes longer than all else that “pmd --version” does.
__version__ = "1.0.0"
