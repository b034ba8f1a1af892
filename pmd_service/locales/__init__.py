"""The languages of what people read outside the dashboard: e-mails, public pages, and the pages of a takeout.

English stands in the templates and modules; every other language is a catalogue of gettext in this folder.
"""


def translatable(sentence: str) -> str:
    """A sentence that is stored in English and translated when it is shown (``Language.stored``)."""
    return sentence
