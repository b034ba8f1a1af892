export interface Checked { path: string; verdict: "new" | "already_there" | "in_trash" | "refused"; asset_id: number | null; code: string | null; message: string | null }
export interface CheckRequest { files: { path: string; size: number; hash?: string }[] }
