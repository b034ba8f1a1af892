"""The full texts of the licences that files may have.

Creative Commons' are SPDX's, as its list has them; for the kinds of packs that have no licence of
that sort there are plain texts of our own.
"""

from ..site.license_texts import LicenseText, spdx_texts
from .licensing import OWN_TEXTS


def license_text(identifier: str) -> LicenseText:
    """The licence with this SPDX identifier, or one of our own by its LicenseRef."""
    return _OWN.get(identifier) or spdx_texts()[identifier]


_COMMON = """\
A file that has a licence of its own keeps it: CREDITS.md and REUSE.toml say which files these are, and LICENSES/ has
each of those licences in full. Where such a licence asks for more than this text does, the licence counts.

The files come as they are, without any warranty. Whoever made them is not liable for what comes of their use.
"""

_ROYALTY_FREE = f"""\
Royalty-free licence

You may use the files of this pack for anything, privately and for money: in games, films, books, on websites, on goods.
You may change them, and pass them on, changed or not.
You need not name anybody, ask anybody or pay anybody.

{_COMMON}"""

_COMMERCIAL = f"""\
Commercial licence

You may use the files of this pack in what you make and sell: in games, films, books, on websites, on goods. You may
change them for that. You need not pay anybody beyond what you paid for the pack.

You may not sell, lend or give away the files themselves, changed or not, alone or in a collection, where they are what
is sold; and you may not register them, or marks made of them, as your own.

{_COMMON}"""

_PERSONAL = f"""\
Personal licence

You may use the files of this pack for yourself and for whatever earns no money: in your own projects, at home, in
class. You may change them for that, except those whose own licence forbids it.

You may not use them for money: not in what you sell, not in advertisements, not at work. You may not sell the files.

{_COMMON}"""

_EDITORIAL = f"""\
Editorial licence

You may use the files of this pack to report, comment, review, teach and study: in news, articles, books, films, talks,
lessons. There you may earn money with what you make. Name who made them.

You may not advertise with them, nor put them on goods, nor sell or give away the files themselves, and you may not
change what they show.

{_COMMON}"""

_OWN = {
    OWN_TEXTS["royalty_free"]: LicenseText(name="Royalty-free licence", text=_ROYALTY_FREE),
    OWN_TEXTS["commercial"]: LicenseText(name="Commercial licence", text=_COMMERCIAL),
    OWN_TEXTS["personal"]: LicenseText(name="Personal licence", text=_PERSONAL),
    OWN_TEXTS["editorial"]: LicenseText(name="Editorial licence", text=_EDITORIAL),
}
