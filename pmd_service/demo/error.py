"""Why the demo, or a part of the embedded stack, cannot go on."""


class DemoError(Exception):
    """The message is a sentence."""
