// @vitest-environment happy-dom
import { act } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";

import { go, queryParam } from "../../platform/address";
import {
  answer,
  at,
  button,
  calls,
  field,
  MINUTE,
  press,
  refused,
  sent,
  show,
  textOf,
  textsOf,
  type,
} from "../../testing/service";
import { Device } from "./Device";
import type { DeviceGrant } from "./schema";

vi.mock("../../data/config", async () => (await import("../../testing/config")).asModule);

const DEVICE = "/api/pmd/device/WDJB-MJHT";
const grantOf = (part: Partial<DeviceGrant> = {}): DeviceGrant => ({
  ...{ user_code: "WDJB-MJHT", name: "pmd on lamp", scopes: ["posts:read", "uploads:read", "uploads:write"] },
  ...{ address: "192.0.2.1", created_at: at(-2 * MINUTE), expires_at: at(8 * MINUTE) },
  ...part,
});
beforeEach(() => {
  go("settings", {});
  answer({ [`GET ${DEVICE}`]: grantOf(), [`POST ${DEVICE}`]: null });
});
const ask = async () => {
  await type("Code", "WDJB-MJHT");
  await press("Continue");
};
const decided = () => textOf(".decided");

it("asks for nothing until a whole code is given", async () => {
  await show(<Device />);
  await press("Continue");
  expect([calls(), queryParam("user_code")]).toEqual([[], ""]);
});

it("says who asks for what, from where, and with which code", async () => {
  await show(<Device />);
  await ask();
  expect([textOf(".device-request h3"), textsOf(".device-scopes li"), queryParam("user_code")]).toEqual([
    "“pmd on lamp” asks to work for @pixelsmith",
    ["See your posts, their numbers and comments", "Upload files"],
    "WDJB-MJHT",
  ]);
  expect(textOf(".device-request p")).toMatch(/^Asked 2 min ago from 192.0.2.1. Its code is WDJB-MJHT./);
});

it("has the code of a link at once", async () => {
  act(() => go("settings", { user_code: "WDJB-MJHT" }));
  await show(<Device />);
  expect(textOf(".device-request code")).toBe("WDJB-MJHT");
});

it.each([
  [["posts:read"], "90 days", 90],
  [["posts:read"], "No end", null],
  [["posts:read"], "1 year", 365],
  [["posts:delete"], "30 days", 30],
] as const)("approves %j with the end that is chosen: %s", async (scopes, length, days) => {
  answer({ [`GET ${DEVICE}`]: grantOf({ scopes: [...scopes] }) });
  await show(<Device />);
  await ask();
  await press(length);
  await press("Approve");
  expect(sent()).toEqual([[`POST ${DEVICE}`, { approve: true, expires_in_days: days }]]);
  expect([decided(), queryParam("user_code"), field("Code").value]).toEqual([
    "Approved. The program goes on by itself; you can close this page.",
    "",
    "",
  ]);
});

it("denies, and says so until another code is looked at", async () => {
  await show(<Device />);
  await ask();
  await press("Deny");
  expect([sent(), decided()]).toEqual([
    [[`POST ${DEVICE}`, { approve: false, expires_in_days: null }]],
    "Denied. The program gets nothing.",
  ]);
  await ask();
  expect(decided()).toBeNull();
});

it("keeps the request with the reason where the service refuses", async () => {
  answer({ [`POST ${DEVICE}`]: refused("It has expired.") });
  await show(<Device />);
  await ask();
  await press("Approve");
  expect([textOf(".device-request [role=alert]"), decided()]).toEqual(["It has expired.", null]);
});

it("can be answered once at a time", async () => {
  answer({ [`POST ${DEVICE}`]: () => new Promise(() => undefined) });
  await show(<Device />);
  await ask();
  await press("Approve");
  expect(["Approve", "Deny"].map((name) => button(name).disabled)).toEqual([true, true]);
});

it("goes back to the code for another one, and answers nothing", async () => {
  await show(<Device />);
  await ask();
  await press("Another code");
  expect([sent(), queryParam("user_code"), field("Code").value]).toEqual([[], "", "WDJB-MJHT"]);
});

it("says that a code is not known, and asks for it once", async () => {
  answer({ [`GET ${DEVICE}`]: refused("There is no such code.", 404) });
  await show(<Device />);
  await ask();
  expect([textOf("form [role=alert]"), calls(`GET ${DEVICE}`).length]).toEqual(["There is no such code.", 1]);
});

it("waits for the answer to a code", async () => {
  answer({ [`GET ${DEVICE}`]: () => new Promise(() => undefined) });
  await show(<Device />);
  expect(button("Continue").disabled).toBe(false);
  await ask();
  expect(button("Continue").disabled).toBe(true);
});
