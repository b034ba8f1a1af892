import type { Post } from "../../data/schema";

/** ZIP headers per file, and the post's entry in metadata.json. */
const BYTES_PER_POST = 600;

interface Estimate {
  bytes: number;
  /** Posts of unknown size, which are not counted. */
  unknown: number;
}

/** Estimated archive size: artworks are stored uncompressed. */
export function estimateArchive(posts: readonly Post[]): Estimate {
  let bytes = 0;
  let unknown = 0;
  for (const post of posts) {
    bytes += BYTES_PER_POST + (post.file_bytes ?? 0);
    if (post.file_bytes === null) unknown += 1;
  }
  return { bytes, unknown };
}
