"""E-mail: templates, and a sender that says whether trying again can help."""

from .message import compose
from .sender import MAIL_FAULTS, Mailer, is_refusal

__all__ = ["MAIL_FAULTS", "Mailer", "compose", "is_refusal"]
