/** Uploads and their files for tests. */
import type { Line, Upload } from "../features/uploads/schema";

export function uploadOf(part: Partial<Upload>): Upload {
  return {
    id: "u",
    name: "pack",
    status: "completed",
    total_files: 2,
    successful_files: 0,
    failed_files: 0,
    total_size_bytes: 2000,
    received_bytes: 0,
    processing_time_ms: null,
    summary_data: null,
    cancelled: false,
    created_at: "2026-01-01T00:00:00Z",
    completed_at: null,
    expires_at: "2026-01-02T00:00:00Z",
    undone_at: null,
    ...part,
  };
}

export function lineOf(id: string, part: Partial<Line> = {}): Line {
  return {
    id,
    path: `pack/${id}.png`,
    file_name: `${id}.png`,
    size_bytes: 800,
    file_type: "png",
    mtime: null,
    sha256: null,
    url: "/tus/1",
    received_bytes: 0,
    status: "pending",
    outcome: null,
    report_id: null,
    asset_id: null,
    asset_type: null,
    has_preview: null,
    error_code: null,
    error_message: null,
    processing_order: 1,
    ...part,
  };
}
