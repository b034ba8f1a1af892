import type { Bdr, Post } from "../data/schema";

/** A post as the service gives it, with what a test is about. */
export function aPost(id: number, part: Partial<Post> = {}): Post {
  return {
    id,
    public_sqid: `p${id}`,
    title: `Artwork ${id}`,
    description: null,
    created_at: "2026-01-01T00:00:00Z",
    width: 8,
    height: 8,
    frame_count: 1,
    file_format: "png",
    file_bytes: 1000,
    art_url: null,
    hashtags: [],
    hidden_by_user: false,
    hidden_by_mod: false,
    license_identifier: null,
    reaction_count: 0,
    comment_count: 0,
    view_count: 0,
    alt_text: null,
    content_warnings: [],
    ai_disclosure: null,
    ai_opt_out: null,
    series_id: null,
    files: [],
    ...part,
  };
}

export function aBdr(id: string, part: Partial<Bdr> = {}): Bdr {
  return {
    id,
    name: null,
    takeout_id: null,
    status: "pending",
    artwork_count: 100,
    file_count: 0,
    processed_count: 0,
    missing_count: 0,
    file_size_bytes: null,
    include_comments: false,
    include_reactions: false,
    created_at: "2026-01-01T00:00:00Z",
    started_at: null,
    completed_at: null,
    expires_at: null,
    error_message: null,
    download_url: null,
    ...part,
  };
}
