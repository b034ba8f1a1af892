"""``pmd-admin doctor``: checks every dependency, and explains each trouble in one sentence."""

from .diagnosis import CHECKS, diagnose
from .finding import CheckFailedError, Finding

__all__ = ["CHECKS", "CheckFailedError", "Finding", "diagnose"]
