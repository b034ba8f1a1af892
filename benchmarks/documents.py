"""Tables of figures in the documents, put there by whatever measured them."""

from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"


def write_block(document: str, name: str, text: str) -> None:
    """Put ``text`` between ``<!-- name -->`` and ``<!-- /name -->`` of a document in ``docs/``."""
    path = DOCS / document
    before, begin, rest = path.read_text().partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition(f"<!-- /{name} -->")
    if not (begin and end):
        raise ValueError(f"{path} has no place for {name}")
    path.write_text(f"{before}{begin}{text}\n{end}{after}")
