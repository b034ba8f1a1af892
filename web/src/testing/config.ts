/** The page's configuration for tests: `vi.mock("…/data/config", async () => (await import("…/testing/config")).asModule)`. */
import type { PageConfig } from "../data/schema";

const owner = { handle: "pixelsmith", sqid: "me" };

export const given: PageConfig = {
  site_name: "Pixels",
  site_url: null,
  sign_in_url: "/sign-in",
  post_keep_days: 7,
  max_posts: 128,
  is_moderator: false,
  is_owner: false,
  shares: true,
  are_uploads_probed: true,
  limits: {
    upload_max_files: 1000,
    picture_max_bytes: 50 * 2 ** 20,
    library_max_bytes: 5e10,
    library_max_files: 20_000,
    trash_ttl_days: 30,
    can_publish: true,
    post_formats: ["png"],
    post_max_bytes: 1e6,
    post_max_canvas: 256,
    pack_max_bytes: 1e9,
  },
  viewer: owner,
  subject: owner,
};
const usual = structuredClone(given);

export const asModule = {
  config: given,
  get moderates() {
    return given.viewer.sqid !== given.subject.sqid;
  },
};

/** As it is for everybody, with this part of it; a moderator looks at another's page. */
export function configure({ moderates = false, ...part }: Partial<PageConfig> & { moderates?: boolean } = {}): void {
  const viewer = moderates ? { handle: "nightwatch", sqid: "mod" } : owner;
  Object.assign(given, structuredClone(usual), { viewer }, part);
}
