"""For MkDocs: the pages of the repository's root, and the source files that pages name, become part of the site.

Diagrams are drawn by what npm has installed: the theme would fetch it from a CDN where a page has not loaded it.
"""

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

ROOT = Path(__file__).resolve().parents[1]
_LINK = re.compile(r"(?P<text>\[[^][]*)?\]\((?!https?:|mailto:|#)(?P<path>[^)#\s]+)(?P<anchor>#[^)\s]*)?\)")
# Megabytes, for the pages that have a diagram; the theme's own script looks for it.
_MERMAID = "assets/javascripts/mermaid.js"
_MERMAID_SOURCE = ROOT / "web" / "node_modules" / "@mermaid-js" / "tiny" / "dist" / "mermaid.tiny.js"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    files.append(File.generated(config, _MERMAID, abs_src_path=str(_MERMAID_SOURCE)))
    pages = sorted(path for path in ROOT.glob("*.md"))
    for path in pages:
        files.append(File.generated(config, path.name, content=path.read_text()))
    for page in [*pages, *ROOT.glob("docs/**/*.md")]:
        for link in _LINK.finditer(page.read_text()):
            target = (page.parent / link["path"]).resolve()
            if _is_outside(target) and target.is_file() and files.get_file_from_path(_source(target)) is None:
                files.append(File.generated(config, _source(target), abs_src_path=str(target)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    own = page.file.src_uri
    # A page of the root stands beside those of docs/ on the site.
    folder = (ROOT if (ROOT / own).is_file() else ROOT / "docs") / posixpath.dirname(own)
    start = posixpath.dirname(own) or "."

    def follow(link: re.Match[str]) -> str:
        target, text = (folder / link["path"]).resolve(), link["text"] or ""
        if target.is_dir() and text:
            return text.removeprefix("[")  # no page
        path = _source(target) if _is_outside(target) else _on_site(target)
        return f"{text}]({posixpath.relpath(path, start)}{link['anchor'] or ''})"

    return _LINK.sub(follow, markdown)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    if '<pre class="mermaid">' not in output:
        return output
    script = f'<script src="{get_relative_url(_MERMAID, page.url)}"></script>'
    return output.replace("</head>", f"{script}</head>", 1)


def _is_outside(path: Path) -> bool:
    """Whether it is neither of docs/ nor a page of the repository's root."""
    return not path.is_relative_to(ROOT / "docs") and not (path.parent == ROOT and path.suffix == ".md")


def _on_site(path: Path) -> str:
    return path.relative_to(ROOT / "docs" if path.is_relative_to(ROOT / "docs") else ROOT).as_posix()


def _source(path: Path) -> str:
    """Where a file of the repository is on the site, as text that browsers show."""
    name = path.relative_to(ROOT).as_posix()
    return f"source/{name}" + ("" if path.suffix else ".txt")
