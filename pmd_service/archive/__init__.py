"""Archives: safe names, and a ZIP that is written as it is made."""

from .names import ArchiveNames, safe_name
from .writer import ArchiveWriter

__all__ = ["ArchiveNames", "ArchiveWriter", "safe_name"]
