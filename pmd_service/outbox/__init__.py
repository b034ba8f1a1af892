"""E-mail: templates, and a sender that says whether trying again can help."""

from .mailer import MAIL_FAULTS, Mailer, is_refusal

__all__ = ["MAIL_FAULTS", "Mailer", "is_refusal"]
