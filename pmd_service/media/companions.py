"""Files that are kept with the others and never looked into: whatever is no picture, sound or video, but for programs.

A companion is sent to nobody but as a download that no browser shows, and so may hold anything that does not run by
itself where somebody opens it.
"""

from .content import CONTENTS, Content
from .messages import RefusalError

# What a system runs when its name is clicked, by its ending: programs, scripts, installers, and links to them.
_PROGRAMS = """
    exe com scr pif cpl dll sys drv ocx msi msp msix appx app ipa apk dmg pkg deb rpm appimage run so dylib elf wasm
    bat cmd ps1 psm1 psd1 vbs vbe vb js jse mjs cjs wsf wsh wsc hta sh bash zsh fish csh ksh command py pyw pyc pyz rb
    pl php phtml lua tcl applescript scpt scptd jar class war lnk url desktop reg inf scf chm hlp
"""
PROGRAMS = frozenset(_PROGRAMS.split())
# What a browser shows with whatever runs in it.
PAGES = frozenset(("svg", "svgz", "html", "htm", "xhtml", "xht", "mhtml", "mht", "shtml", "swf", "xsl", "xslt"))

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
MIME_TYPE = "application/octet-stream"
_MOST_FORMAT = 10

PROGRAM = ("program", "This is a program or a script, and these are not kept.")
PAGE = ("active_content", "This is a page or a drawing that can carry programs (HTML, SVG, Flash), and is not kept.")


def ending_of(name: str) -> str:
    """In lower case, without the dot; empty where there is none."""
    stem, dot, ending = name.rpartition(".")
    return ending.lower() if dot and stem else ""


def format_of(name: str) -> str:
    """What a companion's format is called: its ending, where that is plain."""
    ending = ending_of(name)
    return ending if ending.isascii() and ending.isalnum() and len(ending) <= _MOST_FORMAT else "bin"


def is_program(head: bytes) -> bool:
    """Whether a file that begins so is run by a system as it is."""
    return head.startswith((*_BINARIES, b"#!")) or (head.startswith(b"MZ") and b"\0" in head[:64])


def companion_of(head: bytes, name: str) -> Content:
    """A file of no kind that is looked into, by its first bytes and its name.

    Raises:
        RefusalError: it is a program, or is called what it is not.
    """
    if is_program(head):
        raise RefusalError(*PROGRAM)
    ending = ending_of(name)
    if any(ending in each.endings for each in CONTENTS.values() if not each.for_work):
        raise RefusalError("not_media", f"Its name ends in “.{ending}”, but what is in it is nothing of that kind.")
    return Content("other", format_of(name), MIME_TYPE, reader="")
