"""How near a result is to what was there before the noise, and music to try it on."""

import numpy as np

Signal = np.ndarray

# The first three formants of vowels (Peterson and Barney, 1952).
_VOWELS_HZ = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480), (570, 840, 2410))
_SCALE_HZ = (220.0, 261.6, 293.7, 329.6, 392.0, 440.0, 523.3)


def music(seconds: float = 10.0, *, rate: int = 44_100, seed: int = 1) -> Signal:
    """Plucked notes of a scale, each with its overtones, with pauses in between."""
    random = np.random.default_rng(seed)
    played = np.zeros(int(rate * seconds) + rate)
    times = np.arange(int(rate * 0.9)) / rate
    at = 0.0
    while at < seconds - 0.3:
        pitch = _SCALE_HZ[random.integers(len(_SCALE_HZ))]
        overtones = [np.sin(2 * np.pi * pitch * k * times) / k**1.5 * np.exp(-times * (2 + k)) for k in range(1, 8)]
        start = int(at * rate)
        played[start : start + len(times)] += np.sum(overtones, axis=0) * 0.15
        at += float(random.choice([0.25, 0.5, 0.5, 0.75]))
    return played[: int(rate * seconds)].astype(np.float32)


def voice(seconds: float = 5.0, *, rate: int = 48_000, seed: int = 1) -> Signal:
    """Vowels that glide into each other, with pauses: harmonics below formants, as in additive synthesis."""
    random = np.random.default_rng(seed)
    spoken = np.zeros(int(rate * seconds) + rate)
    at, syllables = 0.2, 0
    while at < seconds - 0.4:
        length = float(random.uniform(0.12, 0.28))
        times = np.arange(int(rate * length)) / rate
        share = times / length
        pitch = 120 * (1 + 0.12 * np.sin(at * 1.7) + 0.03 * np.sin(2 * np.pi * 5 * times) - 0.1 * share)
        begin, end = (np.array(_VOWELS_HZ[random.integers(len(_VOWELS_HZ))])[:, None] for _ in range(2))
        formants = begin * (1 - share) + end * share
        turns, sound = 2 * np.pi * np.cumsum(pitch) / rate, np.zeros(len(times))
        for number in range(1, 36):
            nearness = 1 / (1 + ((number * pitch - formants) / (60 + formants * 0.05)) ** 2)
            sound += number**-1.2 * (np.array([1, 0.6, 0.3]) @ nearness) * np.sin(number * turns)
        start = int(at * rate)
        spoken[start : start + len(times)] += sound / np.abs(sound).max() * np.sin(np.pi * share) ** 0.5 * 0.3
        syllables += 1
        at += length * 0.9 + (0.0 if syllables % 5 else 0.4)
    return spoken[: int(rate * seconds)].astype(np.float32)


def noise_for(signal: Signal, *, snr_db: float, seed: int = 0) -> Signal:
    """White noise so many dB below the signal."""
    noise = np.random.default_rng(seed).normal(0, 1, signal.shape).astype(np.float32)
    wanted = np.sqrt(np.mean(signal**2) / 10 ** (snr_db / 10))
    return np.asarray(noise * wanted / noise.std(), np.float32)


def si_sdr(reference: Signal, heard: Signal) -> float:
    """Scale-invariant signal-to-distortion ratio in dB."""
    scale = np.dot(reference, heard) / np.dot(reference, reference)
    distortion = np.sum((heard - scale * reference) ** 2)
    return float(10 * np.log10(np.sum((scale * reference) ** 2) / distortion)) if distortion else float("inf")


def lag_of(reference: Signal, heard: Signal, *, within: int = 2000) -> int:
    """By how many samples what is heard comes later, by cross-correlation."""
    middle = len(reference) // 2
    piece = heard[middle : middle + 20_000]
    around = reference[middle - within : middle + 20_000 + within]
    return int(within - np.argmax(np.correlate(around, piece, "valid")))


def psnr(reference: Signal, seen: Signal) -> float:
    """Peak signal-to-noise ratio in dB, of 255."""
    error = np.mean((reference.astype(float) - seen.astype(float)) ** 2)
    return float(10 * np.log10(255**2 / error)) if error else float("inf")
