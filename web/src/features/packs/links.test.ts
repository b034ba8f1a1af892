import { beforeEach, describe, expect, it, vi } from "vitest";

import { linkTo, showTo, withdrawLinks } from "./links";

const api = vi.hoisted(() => ({ listLinks: vi.fn(), createLink: vi.fn(), withdrawLink: vi.fn() }));
vi.mock("../../data/links/api", () => api);

const NOW = Date.parse("2026-01-02T00:00:00Z");
const at = (ms: number) => new Date(NOW + ms).toISOString();
const link = (id: number, part: object = {}) => ({
  ...{ id, url: `/l/${String(id)}`, withdrawn_at: null, expires_at: null, has_password: false, is_public: false },
  ...part,
});
const links = [
  link(1, { withdrawn_at: at(-1) }),
  link(2, { expires_at: at(0) }),
  link(3, { expires_at: at(1) }),
  link(4, { has_password: true }),
  link(5, { is_public: true }),
  link(6),
];
const withdrawn = () => api.withdrawLink.mock.calls.map(([, id]) => id as number);

beforeEach(() => {
  vi.resetAllMocks();
  vi.spyOn(Date, "now").mockReturnValue(NOW);
  api.listLinks.mockResolvedValue(links);
  api.createLink.mockResolvedValue(link(9));
});

describe("a pack", () => {
  it.each([
    [links, "/l/5", 0],
    [links.slice(0, 4), "/l/9", 1],
    [[], "/l/9", 1],
  ])("is passed on by a link that lasts and asks for nothing, else by a new one", async (all, url, made) => {
    api.listLinks.mockResolvedValue(all);
    expect([await linkTo(3), api.createLink.mock.calls.length]).toEqual([url, made]);
    expect(api.listLinks.mock.lastCall).toEqual(["packs/3"]);
    if (made > 0) expect(api.createLink.mock.lastCall).toEqual(["packs/3", { is_public: false }]);
  });

  it.each([
    ["owner", [3, 4, 5, 6], []],
    ["everyone", [], [["packs/3", { is_public: true }]]],
    ["link", [5], []],
  ] as const)("that is for %s loses these links: %j", async (who, gone, made) => {
    await showTo(3, who);
    expect([withdrawn(), api.createLink.mock.calls]).toEqual([gone, made]);
  });

  it("that is for those with a link has one", async () => {
    api.listLinks.mockResolvedValueOnce(links.slice(4, 5)).mockResolvedValueOnce([]);
    await showTo(3, "link");
    expect(api.createLink.mock.calls).toEqual([["packs/3", { is_public: false }]]);
  });

  it("tells how many links were withdrawn, of those that still open something", async () => {
    expect([await withdrawLinks(3), await withdrawLinks(3, "public")]).toEqual([4, 1]);
    expect(withdrawn()).toEqual([3, 4, 5, 6, 5]);
  });
});
