"""The sentences in the service's modules: an error, a finding or a reason is one by where it stands.

An f-string is a message whose places are named after their values: ``f"At most {MAX_SIZE:,} files"`` is the message
“At most {max_size} files”, which ``Language.stored`` finds again in the sentence that was made of it.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import BinaryIO, NamedTuple, TypeAlias

# The places of their sentences among the positional arguments.
CALLS: Mapping[str, tuple[int, ...]] = {
    **dict.fromkeys(("bad_request", "conflict", "forbidden", "gone", "locked", "too_large", "too_many"), (0,)),
    **dict.fromkeys(("unavailable", "unprocessable", "NothingToDo", "PermanentError", "Failed", "translatable"), (0,)),
    **dict.fromkeys(("ProblemError", "Finding", "RefusalError"), (1,)),
    **dict.fromkeys(("becomes", "failed_item", "in_srgb", "progress"), (1,)),
    **dict.fromkeys(("Reason", "not_supported"), (0, 1)),
    **dict.fromkeys(("_refused", "require", "not_allowed", "ArchiveRefusedError", "EntryDamagedError"), (0,)),
    "Message": (1, 2, 3),
}
# Of any call, by name.
KEYWORDS = {
    "detail",
    "gave_up_message",
    "kept_dying_message",
    "message",
    "moderators",
    "needs",
    "owners",
    "why_unreadable",
}
# Each names a thing: it is of one message a thing, as languages have articles.
NAMING: Mapping[str, int] = {"not_found": 0, "require": 1}
NO_SUCH = "There is no such {}."
PLURALS = {"plural", "both"}

Message: TypeAlias = str | tuple[str, str]


class Found(NamedTuple):
    line: int
    column: int
    message: Message


class Past(NamedTuple):
    """A sentence, or a part of one, that no catalogue can have."""

    line: int
    source: str


def extract(
    module: BinaryIO, keywords: object, comment_tags: object, options: object
) -> Iterator[tuple[int, str | None, Message, list[str]]]:
    """The messages of a module, as Babel asks for them."""
    found, _ = sentences_in(module.read())
    for line, _, message in found:
        yield line, None if isinstance(message, str) else "ngettext", message, []


def sentences_in(module: bytes) -> tuple[list[Found], list[Past]]:
    """The messages of a module, and what is at a message's place without being one."""
    tree = ast.parse(module)
    reader = _Reader(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            reader.read(node)
        elif isinstance(node, ast.Tuple):
            reader.read_pair(node)
    return sorted(set(reader.found), key=lambda each: each[:2]), sorted(set(reader.past))


class _Reader:
    def __init__(self, tree: ast.Module) -> None:
        self.found: list[Found] = []
        self.past: list[Past] = []
        self._named: defaultdict[str, list[ast.expr]] = defaultdict(list)
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        self._named[target.id].append(node.value)
            elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                self._named[node.target.id].append(node.value)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name == "__post_init__":
                for each in ast.walk(node):
                    if isinstance(each, ast.Call) and _name(each.func) == "ValueError":
                        self._take(each.args[0])

    def read(self, call: ast.Call) -> None:
        name = _name(call.func)
        for place in CALLS.get(name, ()):
            if len(call.args) > place and not any(isinstance(each, ast.Starred) for each in call.args[: place + 1]):
                self._take(call.args[place])
        for keyword in call.keywords:
            if keyword.arg in KEYWORDS and name not in ("error", "warning", "info"):
                self._take(keyword.value)
            elif keyword.arg == "missing" and isinstance(keyword.value, ast.Constant) and keyword.value.value:
                self.found.append(Found(call.lineno, call.col_offset, NO_SUCH.format(keyword.value.value)))
        if name in NAMING and len(call.args) > NAMING[name]:
            thing = call.args[NAMING[name]]
            if isinstance(thing, ast.Constant):
                self.found.append(Found(call.lineno, call.col_offset, NO_SUCH.format(thing.value)))
        if name in PLURALS and not any(isinstance(each, ast.Starred) for each in call.args):
            one, many = (_text(each) for each in call.args[:2])
            assert one is not None and many is not None, ast.unparse(call)
            self.found.append(Found(call.lineno, call.col_offset, (one, many)))

    def read_pair(self, pair: ast.Tuple) -> None:
        """A code and its sentence."""
        match pair.elts:
            case [ast.Constant(value=str(code)), (ast.Constant(value=str()) | ast.JoinedStr()) as sentence]:
                if re.fullmatch("[a-z_]+", code) and re.fullmatch(r"[A-Z“{].*\.", _text(sentence) or ""):
                    self._take(sentence)

    def _take(self, value: ast.expr, *, is_named: bool = False) -> None:
        if isinstance(value, ast.IfExp):
            self._take(value.body)
            self._take(value.orelse)
        elif isinstance(value, ast.BoolOp):
            for each in value.values:
                self._take(each)
        elif isinstance(value, ast.Name) and not is_named:
            for each in self._named[value.id]:
                self._take(each, is_named=True)
        elif isinstance(value, ast.JoinedStr | ast.Constant):
            text = _text(value)
            if text is None:
                self.past.append(Past(value.lineno, ast.unparse(value)))
            elif message := _without_other_sentences(text):
                self.found.append(Found(value.lineno, value.col_offset, message))
        elif isinstance(value, ast.BinOp):
            self.past.append(Past(value.lineno, ast.unparse(value)))


def _without_other_sentences(text: str) -> str:
    """A message without the places of whole sentences before and behind it; empty for a mere code."""
    text = re.sub(r"^(\{\w+\} )+(?=[A-Z“])", "", text)
    text = re.sub(r"(?<=[.!?])( \{\w+\})+$", "", text)
    has_words = re.search(r"[^\W\d_]", re.sub(r"\{\w+\}", "", text))
    return text if has_words and not re.fullmatch(r"[a-z]+(_[a-z]+)+", text) else ""


def _name(function: ast.expr) -> str:
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


def _text(value: ast.expr) -> str | None:
    """The message of a literal; None for one that is put together of words."""
    if isinstance(value, ast.Constant):
        return value.value if isinstance(value.value, str) else ""
    if not isinstance(value, ast.JoinedStr):
        return None
    text, names = "", dict[str, str]()
    for part in value.values:
        if isinstance(part, ast.Constant):
            text += str(part.value).replace("{", "{{").replace("}", "}}")
        elif isinstance(part, ast.FormattedValue):
            if _has_words(part.value):
                return None
            source, name = ast.unparse(part), _place(part.value)
            while names.setdefault(name, source) != source:
                name += "_"
            text += f"{{{name}}}"
    return text


def _has_words(value: ast.expr) -> bool:
    return any(
        isinstance(each, ast.Constant) and isinstance(each.value, str) and any(map(str.isalpha, each.value))
        for branch in ast.walk(value)
        if isinstance(branch, ast.IfExp)
        for each in (branch.body, branch.orelse)
    )


def _place(value: ast.expr) -> str:
    """`len(files)` → files; `self.settings.max_files` → max_files."""
    match value:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Subscript(slice=ast.Constant(value=str(name))):
            return name.strip("_").lower()
        case ast.Call(func=ast.Attribute(value=inner), args=[]) | ast.Call(args=[inner, *_]):
            return _place(inner)
        case ast.Subscript(value=inner) | ast.BinOp(left=inner):
            return _place(inner)
    return "value"
