/** Tasks for tests. */
import type { Job } from "../features/tasks/schema";

export const jobOf = (id: number, part: Partial<Job> = {}) =>
  ({
    ...{ id, kind: "upscale", asset_ids: [], asset_id: id, pack_id: null, group_id: "g", status: "completed" },
    ...{ progress: 0, step: null, error_code: null, error_message: null, result_asset_id: null, result_asset_ids: [] },
    ...{ unchanged_reason: null, created_at: "2026-01-01T10:00:00Z", started_at: null, completed_at: null },
    ...{ asset_name: `${id}.png`, asset_type: "image", asset_format: "png", asset_has_preview: true, asset_width: 8 },
    ...{ asset_height: 8, asset_size_bytes: 1000, result: null, pack_name: null, pack_picture: null },
    ...part,
  }) as Job;
