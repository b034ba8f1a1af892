"""Errors of the demo and the embedded stack."""


class DemoError(Exception):
    """It cannot continue; the message is for the user."""
