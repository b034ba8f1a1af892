/** A page for tests with a service behind it: what is asked is kept, and answered by address. */
import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { type ReactNode, useLayoutEffect, useState } from "react";
import { afterEach, beforeEach, vi } from "vitest";

import { listenForShortcuts } from "../commands/commands";
import { StatusBar } from "../commands/StatusBar";
import { queryClient } from "../data/queries";
import { setSession } from "../data/session";
import { keepFocus } from "../platform/keptFocus";
import { useToastLog } from "../ui/toast";
import { configure } from "./config";
import { settled as settledOnce } from "./settled";

interface Asked {
  /** "GET /api/pmd/keys?cursor=2" */
  readonly call: string;
  readonly body?: unknown;
  readonly headers: Headers;
}
type Answer = object | null | (() => Promise<unknown>);

export const NOW = Date.parse("2026-03-10T12:00:00Z");
/** So many milliseconds from now. */
export const at = (milliseconds: number) => new Date(NOW + milliseconds).toISOString();
export const MINUTE = 60_000;
export const DAY = 86_400_000;

/** What is copied. */
export const copied = vi.fn<(text: string) => Promise<void>>();

let asked: Asked[] = [];
let answers = new Map<string, Answer>();

/** A refusal; none of these statuses is tried again by the page. */
export const refused = (detail: string, status = 422) =>
  new Response(JSON.stringify({ detail, status }), { status, headers: { "Content-Type": "application/problem+json" } });

/** Answers by "GET /path", with or without the query; null: 204. What is a function answers when its promise does. */
export function answer(by: Readonly<Record<string, Answer>>): void {
  for (const [call, given] of Object.entries(by)) answers.set(call, given);
}

async function responseTo(call: string): Promise<Response> {
  const found = answers.get(call) ?? answers.get(call.split("?")[0] ?? "");
  if (found === undefined && !answers.has(call)) return refused(`No answer to ${call}`, 404);
  const given = typeof found === "function" ? await (found as () => Promise<unknown>)() : found;
  if (given instanceof Response) return given.clone();
  return given === null ? new Response(null, { status: 204 }) : new Response(JSON.stringify(given));
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: NOW });
  asked = [];
  answers = new Map();
  configure();
  setSession("alive");
  copied.mockReset().mockResolvedValue();
  vi.spyOn(navigator.clipboard, "writeText").mockImplementation(copied);
  vi.stubGlobal("fetch", (url: string, { method = "GET", body, headers }: RequestInit = {}) => {
    const call = `${method} ${url}`;
    const read = typeof body === "string" ? { body: JSON.parse(body) as unknown } : {};
    asked.push({ call, ...read, headers: new Headers(headers) });
    return responseTo(call);
  });
});
afterEach(() => {
  cleanup();
  queryClient.clear();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Once nothing more is asked for: an answer may lead to the next question. */
export async function settled(): Promise<void> {
  for (let before = -1; before !== asked.length;) {
    before = asked.length;
    await settledOnce();
    await settledOnce();
  }
}

/** What was asked for, of the service's calls that begin so. */
export const calls = (begin = "") => asked.filter(({ call }) => call.startsWith(begin)).map(({ call }) => call);
/** What was sent, with its body if it has one. */
export const sent = () =>
  asked
    .filter(({ call }) => !call.startsWith("GET"))
    .map(({ call, body }) => (body === undefined ? [call] : [call, body]));
/** One header of all that was sent. */
export const headersSent = (name: string) =>
  asked.filter(({ call }) => !call.startsWith("GET")).map(({ headers }) => headers.get(name));

/** What toasts have said since the page was shown, with their buttons. */
function ToastLog() {
  const log = useToastLog();
  const [before] = useState(log[0]?.id ?? 0);
  return (
    <ol className="toasts">
      {log
        .filter(({ id }) => id > before)
        .map(({ id, tone, text, action }) => (
          <li key={id} data-tone={tone}>
            <span>{text}</span>
            {action && <button onClick={action.onClick}>{action.label}</button>}
          </li>
        ))}
    </ol>
  );
}
export const toasts = () =>
  [...document.querySelectorAll<HTMLElement>(".toasts li")]
    .reverse()
    .map((each) => `${each.dataset["tone"] ?? ""}: ${each.querySelector("span")?.textContent ?? ""}`);

function Page({ children }: { children: ReactNode }) {
  useLayoutEffect(listenForShortcuts, []);
  useLayoutEffect(keepFocus, []);
  return (
    <QueryClientProvider client={queryClient}>
      {children}
      <StatusBar />
      <ToastLog />
    </QueryClientProvider>
  );
}

/** Shown on a page whose keys, status bar and toasts work, once what it asks for at first has been answered. */
export async function show(element: ReactNode) {
  const page = (now: ReactNode) => <Page>{now}</Page>;
  const { rerender, unmount } = render(page(element));
  await settled();
  return {
    unmount,
    again: async (now: ReactNode) => {
      rerender(page(now));
      await settled();
    },
  };
}

export const statusWords = () => document.querySelector(".foot-words")?.textContent;
export const textOf = (selector: string) => document.querySelector(selector)?.textContent.trim() ?? null;
export const textsOf = (selector: string) =>
  [...document.querySelectorAll(selector)].map((each) => each.textContent.trim());
/** The rows of a list that one moves through. */
export const rows = () => [...document.querySelectorAll<HTMLElement>("li[tabindex='-1']")];

type Words = string | RegExp;
const inside = (within_: string | undefined) => {
  const found = within_ === undefined ? document.body : document.querySelector<HTMLElement>(within_);
  return within(found ?? document.createElement("div"));
};
export const button = (name: Words, where?: string) => inside(where).getByRole<HTMLButtonElement>("button", { name });
export const isPressed = (name: Words, where?: string) => button(name, where).getAttribute("aria-pressed") === "true";
export const has = (text: Words) => screen.queryByText(text) !== null;
export const field = (label: Words) => screen.getByLabelText<HTMLInputElement>(label);

/** Presses a button, a box or a link by its name, and waits for what follows from it. */
export async function press(name: Words, where?: string): Promise<void> {
  fireEvent.click(button(name, where));
  await settled();
}
export async function tick(label: Words): Promise<void> {
  fireEvent.click(field(label));
  await settled();
}
export async function type(label: Words, value: string): Promise<void> {
  fireEvent.change(field(label), { target: { value } });
  await settled();
}
export async function hit(key: string, on: Element = document.activeElement ?? document.body): Promise<void> {
  fireEvent.keyDown(on, { key });
  await settled();
}
