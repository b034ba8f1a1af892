"""E-mail: templates, and a sender that says whether trying again can help."""

from .mailer import MAIL_FAULTS, Mailer, is_refusal
from .message import compose

__all__ = ["MAIL_FAULTS", "Mailer", "compose", "is_refusal"]
