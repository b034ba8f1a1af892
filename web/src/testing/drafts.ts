/** Drafts for tests. */
import type { Draft } from "../features/desk/schema";

export function draftOf(part: Partial<Draft>): Draft {
  return {
    id: 1,
    version: 1,
    status: "draft",
    file: null,
    title: null,
    description: null,
    hashtags: [],
    alt_text: null,
    content_warnings: [],
    license_id: null,
    license_identifier: null,
    ai_disclosure: null,
    ai_opt_out: null,
    marks: null,
    is_hidden: false,
    series_id: null,
    series_name: null,
    position: 1,
    due_at: null,
    is_placed_by_hand: false,
    posted_at: null,
    reason: null,
    problems: [],
    is_ready: true,
    published_at: null,
    post: null,
    created_at: "2026-01-01T00:00:00Z",
    updated_at: "2026-01-01T00:00:00Z",
    ...part,
  };
}
