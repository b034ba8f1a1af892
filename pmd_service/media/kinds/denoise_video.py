"""Removing grain from videos."""

from .. import caps
from ..kind import ENGINES, TaskKind, engine
from .denoise_audio import Denoise

KIND = TaskKind(
    name="denoise_video",
    position=30,
    title="Clean video",
    description="Removes grain from a video. Every frame keeps its time, and the sound is not touched.",
    params=Denoise,
    examples={"video": [Denoise()]},
    engine=engine(f"{ENGINES}.denoise_video", cpu_seconds=7200, output_bytes=caps.VIDEO_BYTES),
    suffix="clean",
    megapixel=0.23,
)
