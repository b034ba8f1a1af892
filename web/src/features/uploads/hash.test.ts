import { afterEach, expect, it, vi } from "vitest";

import { hashAll, hashOf } from "./hash";

afterEach(() => void vi.unstubAllGlobals());

it("is SHA-256 in hexadecimal digits", async () => {
  expect(await hashOf(new Blob(["abc"]))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

it("hashes all in their order, counts them, and names what cannot be read", async () => {
  const bad = new Blob(["x"]);
  bad.arrayBuffer = () => Promise.reject(new DOMException("gone", "NotReadableError"));
  const counted: number[] = [];
  const { hashes, unreadable } = await hashAll(
    [new Blob(["a"]), bad, new Blob(["b"]), new Blob(["a"])],
    (count) => counted.push(count),
    new AbortController().signal,
  );
  expect(hashes[0]).toBe(hashes[3]);
  expect(hashes[0]).not.toBe(hashes[2]);
  expect(hashes[1]).toBeNull();
  expect([...unreadable]).toEqual([1]);
  expect(counted.at(-1)).toBe(4);
});

it("stops when it is no longer wanted", async () => {
  const stop = new AbortController();
  stop.abort();
  await expect(hashAll([new Blob(["a"])], () => undefined, stop.signal)).rejects.toThrow();
});

// Otherwise every file of a page that is served by HTTP would be left out as one that cannot be read.
it("leaves files without a digest where a page is not secure", async () => {
  vi.stubGlobal("crypto", { getRandomValues: () => undefined });
  const { hashes, unreadable } = await hashAll([new Blob(["a"])], () => undefined, new AbortController().signal);
  expect([hashes, [...unreadable]]).toEqual([[null], []]);
});
