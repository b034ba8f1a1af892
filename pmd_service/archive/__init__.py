"""Archives: safe names, and a ZIP that keeps its own bytes and refers to all others."""

from .holds import Holds
from .names import ArchiveNames, safe_name
from .sparse import SUFFIX, Sealed
from .writer import ArchiveWriter, Entry

__all__ = ["SUFFIX", "ArchiveNames", "ArchiveWriter", "Entry", "Holds", "Sealed", "safe_name"]
