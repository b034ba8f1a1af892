"""Matching the loudness of sounds, individually or as a group (DEPTH section 8, loudness)."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from ...locales import translatable
from ..kinds.loudness import Loudness
from ..messages import Finding, Output, OutputFile, Progress, RefusalError, Work, combined_output, nothing_to_change
from .audio import AudioInfo, Samples, audio_info, filtered, read_chunks, write_result
from .audio_codecs import LOSSY
from .r128 import SAME_DB, SILENT_LUFS, Measured, leveling, measure, volume

_MAX_WRITTEN, _LOSSY_MARGIN_DB = 3, 0.1


class _Sound(msgspec.Struct, frozen=True):
    path: Path
    info: AudioInfo
    measured: Measured
    seconds: float


def run(work: Work, progress: Progress) -> Output:
    """Change each sound by a constant gain; peaks are limited, or keep the sound below the target.

    Raises:
        RefusalError: all are silent.
        NothingToDo: all have this loudness already.
    """
    params = msgspec.convert(work.params, Loudness)
    sounds = _measure_all(work, progress)
    gains = _gains(sounds, params)
    if all(abs(gain) < SAME_DB for gain in gains) and not _has_peaks(sounds, params):
        raise nothing_to_change()
    files = []
    for number, (sound, gain) in enumerate(zip(sounds, gains, strict=True)):
        progress(50 + 45 * number / len(sounds), f"writing {number + 1} of {len(sounds)}")
        name = f"result-{number}.{sound.info.kept_format}"
        own = _write(sound, gain, Path(work.folder, name), params, is_alone=len(sounds) == 1)
        files.append(OutputFile(name=name, source=number, own=own))
    return combined_output(files, _findings(sounds, gains, params))


def _write(sound: _Sound, gain: float, path: Path, params: Loudness, *, is_alone: bool) -> list[Finding]:
    """Write the result; a lossy encoder raises peaks, so it is measured, and written again with lower ones."""
    info, max_peak = sound.info, params.peak_dbtp
    is_fixed = params.as_group and not is_alone

    def read(_begin: float, _end: float) -> Iterator[Samples]:
        return read_chunks(sound.path, info)

    for _ in range(_MAX_WRITTEN):
        target = None if is_fixed else sound.measured.lufs + gain
        filters = [volume(gain)]
        if params.limit:
            filters = leveling(read, info, sound.measured, gain=gain, max_peak=max_peak, target=target)
        chunks = filtered(read_chunks(sound.path, info), info, filters)
        findings = write_result(chunks, info, sound.path, path, codec=info.kept_codec)
        if info.kept_codec not in LOSSY:
            break
        written = audio_info(path)
        above = measure(read_chunks(path, written), written).peak_db - params.peak_dbtp
        if above <= 0:
            break
        max_peak -= above + _LOSSY_MARGIN_DB
    over = sound.measured.peak_db + gain - params.peak_dbtp
    return [*findings, *([Finding("limited", f"Peaks were limited by up to {over:.1f} dB.")] if over > 0.1 else [])]


def _measure_all(work: Work, progress: Progress) -> list[_Sound]:
    sources = [Path(source) for source in (work.source, *work.more)]
    sounds = []
    for number, path in enumerate(sources):
        progress(50 * number / len(sources), f"measuring {number + 1} of {len(sources)}")
        info = audio_info(path)
        sounds.append(_Sound(path, info, measure(read_chunks(path, info), info), info.seconds or 1.0))
    if all(sound.measured.lufs <= SILENT_LUFS for sound in sounds):
        raise RefusalError("all_silent", "These sounds are silent: they cannot be made louder.")
    return sounds


def _gains(sounds: Sequence[_Sound], params: Loudness) -> list[float]:
    """Each sound's gain in dB."""
    room = [math.inf if params.limit else params.peak_dbtp - sound.measured.peak_db for sound in sounds]
    if params.as_group:
        gain = min(params.target_lufs - _together(sounds), *room)
        return [gain] * len(sounds)
    wanted = [params.target_lufs - sound.measured.lufs for sound in sounds]
    audible = [sound.measured.lufs > SILENT_LUFS for sound in sounds]
    return [min(gain, peak) if is_heard else 0.0 for gain, peak, is_heard in zip(wanted, room, audible, strict=True)]


def _has_peaks(sounds: Sequence[_Sound], params: Loudness) -> bool:
    """Whether some would be limited, at the loudness that they have."""
    return params.limit and any(sound.measured.peak_db - params.peak_dbtp > SAME_DB for sound in sounds)


def _together(sounds: Sequence[_Sound]) -> float:
    """The loudness of all sounds, as the mean of their powers weighted by duration."""
    heard = [sound for sound in sounds if sound.measured.lufs > SILENT_LUFS]
    power = sum(sound.seconds * 10 ** (sound.measured.lufs / 10) for sound in heard)
    return 10 * math.log10(power / sum(sound.seconds for sound in heard))


def _findings(sounds: Sequence[_Sound], gains: Sequence[float], params: Loudness) -> list[Finding]:
    if params.as_group:
        reached = _together(sounds) + gains[0]
        below = params.target_lufs - reached
        limited = translatable(f", {below:.1f} dB below the target because of a peak") if below > 0.1 else ""
        return [Finding("group_gain", f"All changed by {gains[0]:+.1f} dB, to {reached:.1f} LUFS together{limited}.")]
    short = sum(
        sound.measured.lufs > SILENT_LUFS and params.target_lufs - sound.measured.lufs - gain > 0.1
        for sound, gain in zip(sounds, gains, strict=True)
    )
    if not short:
        return []
    return [Finding("peaks", f"{short} of {len(sounds)} stay below the target because of their peaks.")]
