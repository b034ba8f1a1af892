"""The Content-Security-Policy of our HTML pages: nothing inline, and nothing from other origins."""

_DIRECTIVES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}


def page_policy(**other: str) -> str:
    """The policy of a page; ``other`` are the directives that differ, with ``_`` for ``-``."""
    directives = _DIRECTIVES | {name.replace("_", "-"): value for name, value in other.items()}
    return "; ".join(f"{name} {value}" for name, value in directives.items())
