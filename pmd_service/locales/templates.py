"""Templates in a language: ``{% trans %}`` and ``_()`` are looked up in its catalogue."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from .language import clock, language_of


@cache
def _environment(package: str, tag: str) -> Environment:
    language = language_of(tag)
    made = Environment(
        loader=PackageLoader(package),
        autoescape=select_autoescape(["html", "html.jinja"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_callables(language.text, language.texts, newstyle=True)  # type: ignore[attr-defined]
    made.globals["language"] = language
    made.filters |= {name: getattr(language, name) for name in ("number", "size", "day", "moment", "stored")}
    made.filters["clock"] = clock
    return made


def render(package: str, template: str, language: str | None, **values: Any) -> str:
    """Render a template of a package's folder ``templates`` in the language with this tag; a ``.html`` is escaped."""
    return _environment(package, language_of(language).tag).get_template(template).render(values)
