import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { setSession } from "../session";
import { PMDError } from "@pmd/client";
import { retryNow, scheduleRetry, untilAnswered } from "./retry";

const page = new EventTarget();
vi.stubGlobal("window", page);

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  setSession("alive");
  vi.useRealTimers();
});

it("tries again after a pause that grows with each failure, and once", () => {
  const run = vi.fn();
  scheduleRetry(0, run);
  vi.advanceTimersByTime(3999);
  expect(run).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  page.dispatchEvent(new Event("online"));
  expect(run).toHaveBeenCalledTimes(1);
  const { at } = scheduleRetry(2, run);
  expect(at).toBe(Date.now() + 16_000);
});

it("tries again at once when the network is back, and not after it was stopped", () => {
  const run = vi.fn();
  const again = scheduleRetry(0, run);
  page.dispatchEvent(new Event("online"));
  expect(run).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(60_000);
  page.dispatchEvent(new Event("online"));
  again.stop();
  expect(run).toHaveBeenCalledTimes(1);
  scheduleRetry(0, run).stop();
  page.dispatchEvent(new Event("online"));
  vi.advanceTimersByTime(60_000);
  expect(run).toHaveBeenCalledTimes(1);
});

it("tries again at once when the service is heard of again", () => {
  const run = vi.fn();
  scheduleRetry(3, run);
  retryNow();
  retryNow();
  expect(run).toHaveBeenCalledTimes(1);
});

it("waits for the visitor to sign in where the session has ended", () => {
  const run = vi.fn();
  setSession("expired");
  expect(scheduleRetry(0, run).at).toBeNull();
  vi.advanceTimersByTime(60_000);
  page.dispatchEvent(new Event("online"));
  expect(run).not.toHaveBeenCalled();
  setSession("alive");
  expect(run).toHaveBeenCalledTimes(1);
});

it("asks again after faults that pass and after signing in, not after a refusal", async () => {
  const answers = [503, 401, 404].map((status) => new PMDError(status, "no"));
  const ask = vi.fn(() => {
    const error = answers.shift() ?? new Error("asked too often");
    if (error instanceof PMDError && error.status === 401) setSession("expired");
    return Promise.reject(error);
  });
  const ended = expect(untilAnswered(ask)).rejects.toMatchObject({ status: 404 });
  await vi.advanceTimersByTimeAsync(4000);
  expect(ask).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(ask).toHaveBeenCalledTimes(2);
  setSession("alive");
  await ended;
  expect(ask).toHaveBeenCalledTimes(3);
});
