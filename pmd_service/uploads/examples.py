"""One upload with one file, as the API's documentation shows them."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec

from .queries import Line, Upload
from .shapes import AnnouncedFile, AnnouncedUpload

UPLOAD_ID = UUID("8d0a8f0e-0d0f-4b0c-9a52-6f8f3a0b1c2d")
FILE_ID = UUID("f2c1e9a4-7c58-4c4c-8a35-2b7e1d90aa10")
REPORT_ID = UUID("a41b5e0c-2a0d-4d0f-b0a8-3c9d7e6f5a4b")
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ENDED = datetime(2026, 1, 2, 3, 4, 9, tzinfo=UTC)
UPLOAD = Upload(
    id=UPLOAD_ID,
    name="dragons",
    status="partial",
    total_files=2,
    successful_files=1,
    failed_files=1,
    total_bytes=5_130,
    received_bytes=5_130,
    processing_time_ms=4_000,
    summary_data={"version": 1, "types": {"image": {"count": 1, "bytes": 5_120}}},
    cancelled=False,
    created_at=_BEGAN,
    completed_at=ENDED,
    expires_at=datetime(2026, 2, 1, 3, 4, 9, tzinfo=UTC),
    undone_at=None,
)
LINE = Line(
    id=FILE_ID,
    path="dragons/red.png",
    file_name="red.png",
    file_size=5_120,
    file_type="png",
    mtime=1_767_323_045_000,
    hash=HASH,
    url=None,
    received_bytes=5_120,
    processing_status="success",
    outcome="added",
    report_id=REPORT_ID,
    asset_id=7,
    error_code=None,
    error_message=None,
    processing_order=0,
)
_AWAITED = msgspec.structs.replace(
    LINE,
    url=f"/api/pmd/uploads/{UPLOAD_ID}/files/{FILE_ID}",
    received_bytes=0,
    processing_status="pending",
    outcome=None,
    report_id=None,
    asset_id=None,
)
_OPEN = {
    **msgspec.structs.asdict(UPLOAD),
    "status": "processing",
    "total_files": 1,
    "successful_files": 0,
    "failed_files": 0,
    "total_bytes": 5_120,
    "received_bytes": 0,
    "processing_time_ms": None,
    "summary_data": None,
    "completed_at": None,
}
ANNOUNCED = AnnouncedUpload(files=[_AWAITED], **_OPEN)
FILE = AnnouncedFile(path="dragons/red.png", size=5_120, hash=HASH, mtime=1_767_323_045_000)
