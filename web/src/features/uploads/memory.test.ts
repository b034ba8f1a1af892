import { expect, it, vi } from "vitest";

vi.mock("../../data/config", () => ({ config: { viewer: { sqid: "v" }, subject: { sqid: "s" } } }));
const { recall, worthKeeping } = await import("./memory");

it("keeps the small files whole, as many as there is room for", () => {
  expect(worthKeeping([5, 1, 20, 3], 10, 8)).toEqual([false, true, false, true]);
  expect(worthKeeping([5, 1, 20, 3], 10, 100)).toEqual([true, true, false, true]);
});

it("opens the storage again after the browser has closed it", async () => {
  const answered = <T>(result: T) => {
    const request: { result: T; onsuccess?: () => void } = { result };
    queueMicrotask(() => request.onsuccess?.());
    return request;
  };
  const opened: { transaction: unknown; onclose?: () => void }[] = [];
  const open = () => {
    const database = { transaction: () => ({ objectStore: () => ({ getAll: () => answered([]) }) }) };
    opened.push(database);
    return answered(database);
  };
  vi.stubGlobal("indexedDB", { open });
  await recall();
  await recall();
  expect(opened).toHaveLength(1);
  opened[0]?.onclose?.();
  await recall();
  expect(opened).toHaveLength(2);
});
