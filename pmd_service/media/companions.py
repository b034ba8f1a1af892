"""Companions: files that are no image, audio or video, and are stored without being decoded.

They are only ever sent as downloads that no browser displays, so any format is accepted that does not execute when it
is opened.
"""

from ..locales import translatable
from .formats import COMPANION_TYPE, FORMATS, Format
from .messages import RefusalError

# Extensions that a desktop executes on a click: programs, scripts, installers, and links to them.
_PROGRAMS = """
    exe com scr pif cpl dll sys drv ocx msi msp msix appx app ipa apk dmg pkg deb rpm appimage run so dylib elf wasm
    bat cmd ps1 psm1 psd1 vbs vbe vb js jse mjs cjs wsf wsh wsc hta sh bash zsh fish csh ksh command py pyw pyc pyz rb
    pl php phtml lua tcl applescript scpt scptd jar class war lnk url desktop reg inf scf chm hlp
"""
PROGRAMS = frozenset(_PROGRAMS.split())
# What a browser displays and runs scripts of.
PAGES = frozenset(("html", "htm", "xhtml", "xht", "mhtml", "mht", "shtml", "swf", "xsl", "xslt"))

_BINARIES = (
    b"\x7fELF",
    b"\xca\xfe\xba\xbe",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\0asm",
    b"L\0\0\0\x01\x14\x02\0",  # a link of Windows'
)
_MAX_FORMAT_LENGTH = 10

PROGRAM = ("program", translatable("This is a program or a script: these are not accepted."))
PAGE = ("active_content", translatable("This format can carry scripts (HTML, Flash), and is not accepted."))


def ending_of(name: str) -> str:
    """The extension in lower case, without the dot; empty if there is none."""
    stem, dot, ending = name.rpartition(".")
    return ending.lower() if dot and stem else ""


def format_of(name: str) -> str:
    """The name of a companion's format: its extension, if that is alphanumeric and short."""
    ending = ending_of(name)
    return ending if ending.isascii() and ending.isalnum() and len(ending) <= _MAX_FORMAT_LENGTH else "bin"


def is_program(head: bytes) -> bool:
    """Whether a file with these first bytes is executable."""
    return head.startswith((*_BINARIES, b"#!")) or (head.startswith(b"MZ") and b"\0" in head[:64])


def companion_of(head: bytes, name: str) -> Format:
    """The content of a file that is not media, by its first bytes and its name.

    Raises:
        RefusalError: it is a program, or its name claims that it is media.
    """
    if is_program(head):
        raise RefusalError(*PROGRAM)
    refuse_media_name(name)
    return Format("other", format_of(name), COMPANION_TYPE, reader="", endings=frozenset())


def claims_media(name: str) -> bool:
    """Whether the name claims that the file is an image, sound or video."""
    ending = ending_of(name)
    return any(ending in each.endings for each in FORMATS.values() if not each.for_work)


def refuse_media_name(name: str) -> None:
    """Raises: RefusalError: the name claims that the file is an image, sound or video."""
    if claims_media(name):
        ending = ending_of(name)
        raise RefusalError("not_media", f"Its name ends in “.{ending}”, but its content is something else.")
