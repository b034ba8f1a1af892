// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { configure } from "../testing/config";
import { followLanguage } from "./accountLanguage";

vi.mock("../data/config", async () => (await import("../testing/config")).asModule);
const client = vi.hoisted(() => ({ request: vi.fn(), call: vi.fn() }));
vi.mock("../data/client", () => client);

const SENT = "pmd.language.sent.me";
interface Given {
  chosen?: string;
  lang?: string;
  sent?: string;
  has?: string | null;
}
async function follow({ chosen, lang = "en", sent, has = null }: Given) {
  localStorage.clear();
  if (chosen !== undefined) localStorage.setItem("pmd.language", JSON.stringify(chosen));
  if (sent !== undefined) localStorage.setItem(SENT, JSON.stringify(sent));
  document.documentElement.lang = lang;
  client.request.mockResolvedValue({ language: has });
  await followLanguage();
}
beforeEach(() => {
  vi.resetAllMocks();
  configure();
});
// Other files share the window with this one.
afterEach(() => {
  localStorage.clear();
  document.documentElement.lang = "";
});
const put = () => client.call.mock.calls.map(([method, url, options]) => [method, url, options] as unknown);
const told = (language: string) => [["PUT", "/api/pmd/language", { body: { language } }]];

it.each([
  ["is English from the start", {}, null, []],
  ["is the browser's, and none was set", { lang: "de" }, "de", told("de")],
  ["is the browser's, and another was set elsewhere", { lang: "de", has: "en" }, "de", []],
  ["was chosen here, and another was set elsewhere", { chosen: "de", has: "en" }, "de", told("de")],
  ["was chosen here, as it is set", { chosen: "de", has: "de" }, "de", []],
  ["was chosen here, and none was set", { chosen: "de" }, "de", told("de")],
  ["was sent before", { chosen: "de", sent: "de" }, "de", []],
  ["was another when it was sent", { chosen: "en", sent: "de", has: "de" }, "en", told("en")],
  ["was being sent when the page was left", { chosen: "de", sent: "sending", has: "en" }, "de", told("de")],
  ["is none that the service knows", { lang: "fr" }, null, []],
  ["is the system's", { chosen: "system", lang: "de" }, "de", told("de")],
] as [string, Given, string | null, unknown[]][])("follows the page's where it %s", async (_, given, kept, sent) => {
  await follow(given);
  expect([put(), localStorage.getItem(SENT)]).toEqual([sent, kept === null ? null : JSON.stringify(kept)]);
});

it.each([{ chosen: "de", sent: "de" }, {}])("asks for nothing where nothing has changed: %j", async (given) => {
  await follow(given);
  expect(client.request).not.toHaveBeenCalled();
});

it("is the artist's own to say: a moderator's page says nothing", async () => {
  configure({ moderates: true });
  await follow({ chosen: "de" });
  expect([client.request.mock.calls, put()]).toEqual([[], []]);
});

it("is sent again with the next page where the service did not answer", async () => {
  client.call.mockRejectedValue(new PMDError(503, "Away."));
  await follow({ chosen: "de", has: "en" });
  expect(localStorage.getItem(SENT)).toBe('"sending"');
});

it("hides no mistake of the page's own", async () => {
  client.call.mockRejectedValue(new TypeError("Mistake."));
  await expect(follow({ chosen: "de", has: "en" })).rejects.toThrow("Mistake.");
});
