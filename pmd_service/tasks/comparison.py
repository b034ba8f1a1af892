"""What a result is besides its original: the findings of all tasks, whatever their engines report."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..assets.asset import Asset, NewAsset
from ..media.messages import Finding
from .results import Result

# A result that is larger by less than this share, or plays for longer or shorter by less, is not worth a word.
_LARGER, _DURATION_SHARE, _DURATION_SECONDS = 1.05, 0.01, 0.1


def with_differences(
    found: Sequence[Finding], original: Asset, facts: Mapping[str, Any], result: Result
) -> Sequence[Finding]:
    """An engine's findings, and those differences that it does not report.

    Args:
        facts: of the original's last report.
    """
    codes = {finding.code for finding in found}
    if original.type != result.new.type:
        return found
    return [*found, *(each for each in _differences(original, facts, result) if each.code not in codes)]


def _differences(original: Asset, facts: Mapping[str, Any], result: Result) -> Iterator[Finding]:
    new, probed = result.new, result.probed
    before, after = original.file_format.upper(), new.file_format.upper()
    if before != after:
        yield Finding("format_changed", f"It is {after} now, and was {before}.")
    codec = facts.get("codec")
    # Of a sound in another format, the codec follows from that.
    if codec and probed.codec and codec != probed.codec and (before == after or new.type == "video"):
        yield Finding("codec_changed", f"Its codec is {probed.codec} now, and was {codec}.")
    if new.type == "audio" and facts.get("bit_depth") and probed.bit_depth is None:
        yield Finding("lossy", f"It is not lossless any more: {after} leaves out what is hardly heard.")
    if original.duration_sec is not None and new.duration_sec is not None:
        yield from _playing(original.duration_sec, new.duration_sec)
    if new.size_bytes > original.size_bytes * _LARGER and _extent(new) <= _extent(original) * (1 + _DURATION_SHARE):
        message = f"It is larger than before: {_size(new.size_bytes)}, and was {_size(original.size_bytes)}."
        yield Finding("larger", message)


def _size(size: int) -> str:
    """Pixel art is counted in bytes."""
    return f"{size / 1e6:.2f} MB" if size >= 1e6 else f"{size / 1e3:.1f} kB" if size >= 1e3 else f"{size} B"


def _playing(before: float, after: float) -> Iterator[Finding]:
    if abs(after - before) > max(_DURATION_SECONDS, before * _DURATION_SHARE):
        code = "shorter" if after < before else "longer"
        yield Finding(code, f"It plays for {after:.2f} s now, and played for {before:.2f} s.")


def _extent(file: NewAsset) -> float:
    """What a file's size grows with: its pixels and seconds."""
    return (file.width or 1) * (file.height or 1) * (file.duration_sec or file.frame_count or 1)
