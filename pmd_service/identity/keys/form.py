"""The form of an access key: ``pmd_``, 30 random characters and a checksum of six, as GitHub's tokens have them.

Scanners for secrets find it by its prefix and are sure by its checksum; and a mistyped one is refused without a query.
"""

import hashlib
import re
import secrets
import string
import zlib

PREFIX = "pmd_"
# 178 bits.
RANDOM_CHARACTERS = 30
CHECK_CHARACTERS = 6
# The prefix and four of the random characters, by which owners recognize a key; 154 bits stay unknown.
HINT_CHARACTERS = len(PREFIX) + 4
_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_KEY = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{RANDOM_CHARACTERS + CHECK_CHARACTERS}}}(?![0-9A-Za-z])")


def new_key() -> str:
    random = random_text(_DIGITS, RANDOM_CHARACTERS)
    return f"{PREFIX}{random}{_check(random)}"


def random_text(alphabet: str, length: int) -> str:
    """Random characters of the operating system's."""
    return "".join(secrets.choice(alphabet) for _ in range(length))


def is_key(text: str) -> bool:
    """Whether it has the form of a key, and the checksum is right."""
    random, check = text[len(PREFIX) : -CHECK_CHARACTERS], text[-CHECK_CHARACTERS:]
    return _KEY.fullmatch(text) is not None and _check(random) == check


def has_key(text: str) -> bool:
    """Whether there is a key somewhere in the text."""
    return PREFIX in text and any(is_key(found) for found in _KEY.findall(text))


def digest_of(secret: str) -> bytes:
    """What is stored of a key, or compared of a token: its SHA-256."""
    return hashlib.sha256(secret.encode(errors="surrogateescape")).digest()


def _check(random: str) -> str:
    """The CRC-32 (ISO 3309) of the random characters, in base 62."""
    number, digits = zlib.crc32(random.encode()), ""
    for _ in range(CHECK_CHARACTERS):
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits
