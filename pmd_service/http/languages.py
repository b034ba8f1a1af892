"""The language of an answer's sentences: its client's, by ``Accept-Language`` (RFC 9110 section 12.5.4).

Codes, names and what users have written stay as they are: programs read those.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cache
from types import UnionType
from typing import Annotated, Any, TypeAlias, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import msgspec
from aiohttp import hdrs, web
from multidict import CIMultiDict

from ..locales import SENTENCE
from ..locales.language import SOURCE, Language, accepted, language_of
from .vary import vary_by

T = TypeVar("T")
# Of a list: nobody reads ten thousand faults, and their sentences would hold the event loop.
MAX_TRANSLATED = 512
_Translate: TypeAlias = Callable[[Any, Language], Any]


def language_of_client(request: web.Request) -> Language:
    return language_of(accepted(",".join(request.headers.getall(hdrs.ACCEPT_LANGUAGE, ()))))


def name_language(headers: CIMultiDict[str], language: Language) -> None:
    """Note in which language an answer is, and that another client may get another."""
    headers[hdrs.CONTENT_LANGUAGE] = language.tag
    vary_by(headers, hdrs.ACCEPT_LANGUAGE)


def has_sentences(value: object) -> bool:
    return _of_struct(cast(Hashable, type(value))) is not None


def translated(value: T, language: Language) -> T:
    """A struct with its sentences in this language."""
    translate = _of_struct(cast(Hashable, type(value))) if language.tag != SOURCE else None
    return value if translate is None else cast(T, translate(value, language))


@cache
def _of_struct(kind: Hashable) -> _Translate | None:
    """What translates the structs of a type; None if they have no sentences."""
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return None
    hints = get_type_hints(kind, include_extras=True)
    fields = {name: each for name in kind.__struct_fields__ if (each := _of_type(hints[name])) is not None}
    if not fields:
        return None

    def translate(value: Any, language: Language) -> Any:
        if type(value) is not kind:
            return value
        changes = {name: each(getattr(value, name), language) for name, each in fields.items()}
        return msgspec.structs.replace(value, **changes)

    return translate


def _of_type(annotation: Any) -> _Translate | None:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _stored if _is_sentence(arguments[1:]) else _of_type(arguments[0])
    if origin in (Union, UnionType):
        return _one_of([each for argument in arguments if (each := _of_type(argument)) is not None])
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return None if (each := _of_type(arguments[1])) is None else _mapping(each)
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return None if (each := _of_type(arguments[0])) is None else _items(each)
    return _of_struct(annotation) if isinstance(annotation, type) else None


def _is_sentence(metadata: Sequence[object]) -> bool:
    return any(isinstance(each, msgspec.Meta) and SENTENCE in (each.extra or {}) for each in metadata)


def _stored(value: Any, language: Language) -> Any:
    return language.stored(value) if isinstance(value, str) else value


def _one_of(translations: Sequence[_Translate]) -> _Translate | None:
    def translate(value: Any, language: Language) -> Any:
        for each in translations:
            value = each(value, language)
        return value

    return translate if translations else None


def _items(one: _Translate) -> _Translate:
    def translate(value: Any, language: Language) -> Any:
        if not isinstance(value, list | tuple):
            return value
        return [*(one(each, language) for each in value[:MAX_TRANSLATED]), *value[MAX_TRANSLATED:]]

    return translate


def _mapping(one: _Translate) -> _Translate:
    def translate(value: Any, language: Language) -> Any:
        return {name: one(each, language) for name, each in value.items()} if isinstance(value, dict) else value

    return translate
