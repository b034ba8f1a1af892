"""The languages of what people read: e-mails, public pages, a takeout's pages, and the sentences of the API's answers.

English stands in the templates and modules; every other language is a catalogue of gettext in this folder. What stands
where an error or a finding has its sentence is found by itself (``tests/locales/sentences.py``).
"""

from typing import Annotated, TypeAlias

from msgspec import Meta

SENTENCE = "sentence"
# A field of an answer that people read: it leaves in their language (``http/languages``).
Sentence: TypeAlias = Annotated[str, Meta(extra={SENTENCE: True})]


def translatable(sentence: str) -> str:
    """A sentence that is made or stored in English and translated when it is shown (``Language.stored``)."""
    return sentence


def plural(one: str, many: str, number: int, **values: object) -> str:
    """“{number} file is changed.” or “{number} files are changed.”, with its number and values; for the same."""
    return (one if number == 1 else many).format(number=number, **values)


def both(one: str, many: str) -> tuple[str, str]:
    """The two messages of a ``plural`` whose number is known elsewhere."""
    return one, many
