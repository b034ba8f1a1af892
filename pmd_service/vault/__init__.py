"""Where artwork files and archives live."""

from .base import VAULT, ArtworkUnavailableError, Vault
from .local import LocalVault

__all__ = ["VAULT", "ArtworkUnavailableError", "LocalVault", "Vault"]
