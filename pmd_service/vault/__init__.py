"""Where artwork files and archives live."""

from .base import VAULT, ArchiveFile, ArtworkUnavailableError, Vault
from .local import LocalVault

__all__ = ["VAULT", "ArchiveFile", "ArtworkUnavailableError", "LocalVault", "Vault"]
