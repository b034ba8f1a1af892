// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, renderHook, screen } from "@testing-library/react";
import { Check } from "lucide-react";
import { lazy, type ReactElement } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { PMDError } from "@pmd/client";
import { keepFocus } from "../platform/keptFocus";
import { isOutdated } from "../platform/retryImport";
import { held, settled } from "../testing/settled";
import { Boundary } from "./Boundary";
import { Dialog, DialogFooter, FormDialog, Modal } from "./Dialog";
import { BrokenPage, LazyDialog, LazyPage } from "./Lazy";
import { Popover } from "./Popover";
import { copyText, tellStale, toast, useToastLog, useToasts } from "./toast";
import { Toasts } from "./Toasts";

const address = vi.hoisted(() => ({ useCloseOnBack: vi.fn() }));
vi.mock("../platform/address", () => address);

const on = { onClose: vi.fn(), onSubmit: vi.fn(), onConfirm: vi.fn() };
const reload = vi.fn();
beforeEach(() => {
  vi.resetAllMocks();
  vi.stubGlobal("matchMedia", () => ({ matches: true }));
  vi.stubGlobal("location", { reload });
  vi.spyOn(console, "error").mockImplementation(() => undefined); // what boundaries catch
  isOutdated.set(false);
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});
const show = (what: ReactElement) =>
  render(<QueryClientProvider client={new QueryClient()}>{what}</QueryClientProvider>);
const dialog = () => document.querySelector("dialog");
const buttons = () =>
  [...document.querySelectorAll("button")].map((each) => [each.textContent.trim(), each.type, each.className]);
const click = (words: string) => fireEvent.click(screen.getByText(words));

describe("a modal", () => {
  const focused = (what: ReactElement, hover = true) => {
    cleanup();
    vi.stubGlobal("matchMedia", () => ({ matches: hover }));
    show(what);
    return document.activeElement?.id ?? "";
  };
  const form = (
    <form>
      <input id="off" disabled />
      <input id="field" />
      <input id="marked" data-first />
    </form>
  );

  it.each([
    ["what is marked", { children: form }, true, "marked"],
    ["itself where it can", { children: <form><input id="field" /></form>, tabIndex: -1, id: "self" }, true, "self"],
    ["no field by fingers", { children: <form><input id="field" /></form> }, false, ""],
  ])("gives the focus to %s", (_, props, hover, id) => {
    expect(focused(<Modal onClose={on.onClose} {...props} />, hover)).toBe(id);
    expect(dialog()?.open).toBe(true);
  }); // prettier-ignore

  it.each([
    ["the page's heading, where that is gone", true, "title"],
    ["nothing else, where that is there", false, "opener"],
  ])("that is closed gives the focus back to what opened it, or to %s", (_whom, isGone, id) => {
    const whole = (isOpen: boolean, hasOpener = true) => (
      <main>
        <h2 id="title">Library</h2>
        {hasOpener && <button id="opener">Save</button>}
        {isOpen && <Modal onClose={on.onClose}>{form}</Modal>}
      </main>
    );
    // As browsers do.
    vi.spyOn(HTMLDialogElement.prototype, "close").mockImplementation(() => {
      (document.activeElement as HTMLElement).blur();
      document.getElementById("opener")?.focus();
    });
    const { rerender } = render(whole(false));
    document.getElementById("opener")?.focus();
    rerender(whole(true));
    rerender(whole(true, !isGone));
    rerender(whole(false, !isGone));
    expect(document.activeElement?.id).toBe(id);
  });

  it("gives the focus to the heading of the section that it was opened in, where the button is gone", () => {
    const whole = (isOpen: boolean, hasOpener = true) => (
      <main data-sections>
        <h2>Settings</h2>
        <section>
          <h3 id="state">What is in it</h3>
          {hasOpener && <button id="opener">Undo</button>}
        </section>
        {isOpen && <Modal onClose={on.onClose}>{form}</Modal>}
      </main>
    );
    vi.spyOn(HTMLDialogElement.prototype, "close").mockImplementation(() => {
      (document.activeElement as HTMLElement).blur();
    });
    const { rerender } = render(whole(false));
    document.getElementById("opener")?.focus();
    rerender(whole(true));
    rerender(whole(true, false));
    rerender(whole(false, false));
    expect(document.activeElement?.id).toBe("state");
  });

  it("is closed while it is in the page still, and asks before it closes", () => {
    const { unmount } = show(<Modal onClose={on.onClose} />);
    const element = dialog();
    const close = vi.spyOn(element ?? document.createElement("dialog"), "close");
    const isFree = fireEvent(element ?? document.body, new Event("cancel", { cancelable: true }));
    expect([isFree, on.onClose.mock.calls.length]).toEqual([false, 1]);
    unmount();
    expect(close).toHaveBeenCalledOnce();
  });
});

describe("a dialog", () => {
  it("closes by its button, beside it and by Back, not by a click within", () => {
    show(
      <Dialog title="Title" onClose={on.onClose}>
        <p>Inside</p>
      </Dialog>,
    );
    click("Inside");
    expect(on.onClose).not.toHaveBeenCalled();
    fireEvent.click(dialog() ?? document.body);
    fireEvent.click(screen.getByLabelText("Close"));
    expect([on.onClose.mock.calls.length, address.useCloseOnBack.mock.lastCall]).toEqual([2, [on.onClose]]);
    expect(document.getElementById(dialog()?.getAttribute("aria-labelledby") ?? "")?.textContent).toBe("Title");
  });

  it.each([
    [{}, ["Cancel", "Do"], "submit", "button primary"],
    [{ onConfirm: on.onConfirm, isDangerous: true, cancel: "Close" }, ["Close", "Do"], "button", "button danger solid"],
  ])("has two ways out: %#", (props, words, type, look) => {
    show(
      <DialogFooter icon={Check} onClose={on.onClose} {...props}>
        Do
      </DialogFooter>,
    );
    expect([buttons().map(([each]) => each), buttons()[1]?.slice(1)]).toEqual([words, [type, look]]);
    for (const each of words) click(each);
    expect([on.onClose.mock.calls.length, on.onConfirm.mock.calls.length]).toEqual([1, "onConfirm" in props ? 1 : 0]);
  });

  it("with a form says that it is busy, why it failed, and sends again", async () => {
    const going = held();
    on.onSubmit.mockReturnValueOnce(going.promise.then(() => Promise.reject(new PMDError(409, "Taken."))));
    show(
      <FormDialog title="Title" icon={Check} confirm="Save" busy="Saving…" onSubmit={on.onSubmit} onClose={on.onClose}>
        <input />
      </FormDialog>,
    );
    const submit = () => document.querySelector<HTMLButtonElement>("[type=submit]");
    const send = async () => {
      const isFree = fireEvent.submit(document.querySelector("form") ?? document.body);
      await settled();
      return isFree;
    };
    expect([await send(), submit()?.textContent.trim(), submit()?.disabled]).toEqual([false, "Saving…", true]);
    going.go();
    await settled();
    expect([
      screen.getByRole("alert", { hidden: true }).textContent.trim(),
      submit()?.textContent.trim(),
      submit()?.disabled,
    ]).toEqual(["Taken.", "Save", false]);
    await send();
    expect([screen.queryByRole("alert", { hidden: true }), on.onSubmit.mock.calls.length]).toEqual([null, 2]);
    cleanup();
    show(
      <FormDialog title="" icon={Check} confirm="Save" isDisabled onSubmit={on.onSubmit} onClose={on.onClose}>
        {null}
      </FormDialog>,
    );
    expect(submit()?.disabled).toBe(true);
  });

  it("tells why a form failed that was closed meanwhile", async () => {
    const going = held();
    on.onSubmit.mockReturnValueOnce(going.promise.then(() => Promise.reject(new PMDError(409, "The name is taken."))));
    const asking = (isOpen: boolean) => (
      <QueryClientProvider client={client}>
        {isOpen && (
          <FormDialog title="Title" icon={Check} confirm="Save" onSubmit={on.onSubmit} onClose={on.onClose}>
            <input />
          </FormDialog>
        )}
        <Toasts />
      </QueryClientProvider>
    );
    const client = new QueryClient();
    const { rerender } = render(asking(true));
    fireEvent.submit(document.querySelector("form") ?? document.body);
    await settled();
    rerender(asking(false));
    going.go();
    await settled();
    expect(screen.getByText("The name is taken.")).toBeTruthy();
  });
});

describe("what is still loading", () => {
  const Never = lazy(() => new Promise<never>(() => undefined));
  const wait = (ms: number) => act(() => void vi.advanceTimersByTime(ms));
  const SLOW = "This is still loading. It appears as soon as the connection allows.";
  beforeEach(() => void vi.useFakeTimers());

  it.each([
    [false, SLOW],
    [true, expect.stringMatching(/^The service was updated/) as unknown as string],
  ])("says so after a second, and what to do where the page is outdated: %s", (outdated, words) => {
    isOutdated.set(outdated);
    show(
      <LazyDialog onClose={on.onClose}>
        <Never />
      </LazyDialog>,
    );
    wait(999);
    expect(dialog()).toBeNull();
    wait(1);
    expect([dialog()?.querySelector("h2")?.textContent, dialog()?.querySelector("p")?.textContent]).toEqual([
      "Loading…",
      words,
    ]);
    click("Reload the page");
    fireEvent.click(screen.getByLabelText("Close"));
    expect([reload.mock.calls.length, on.onClose.mock.calls.length]).toEqual([1, 1]);
  });

  it("as a page says so, too", () => {
    const { container } = show(
      <LazyPage>
        <Never />
      </LazyPage>,
    );
    wait(999);
    expect([container.textContent, container.querySelector("[aria-busy]") !== null]).toEqual(["", true]);
    wait(1);
    expect(container.querySelector("p")?.textContent).toBe(SLOW);
    click("Reload the page");
    expect(reload).toHaveBeenCalledOnce();
  });
});

describe("what cannot be drawn", () => {
  let isWhole = false;
  const Broken = () => {
    if (!isWhole) throw new Error("Broken.");
    return <p>Whole</p>;
  };
  beforeEach(() => void (isWhole = false));

  it("leaves the rest, and is tried again when asked", () => {
    show(
      <Boundary fallback={(retry) => <button onClick={retry}>Again</button>}>
        <Broken />
      </Boundary>,
    );
    click("Again");
    expect(screen.queryByText("Again")).not.toBeNull();
    isWhole = true;
    click("Again");
    expect(screen.queryByText("Whole")).not.toBeNull();
  });

  it("of a dialog says so, and closing draws the next one", () => {
    on.onClose.mockImplementation(() => (isWhole = true));
    show(
      <LazyDialog onClose={on.onClose}>
        <Broken />
      </LazyDialog>,
    );
    expect(dialog()?.querySelector("h2")?.textContent).toBe("This cannot be shown");
    click("Reload the page");
    click("Close");
    expect([reload.mock.calls.length, on.onClose.mock.calls.length, screen.queryByText("Whole") !== null]).toEqual([
      1,
      1,
      true,
    ]);
  });

  it("of a page can be closed where something is behind it", () => {
    show(<BrokenPage />);
    expect(buttons().map(([words]) => words)).toEqual(["Reload the page"]);
    click("Reload the page");
    cleanup();
    show(<BrokenPage onClose={on.onClose} />);
    click("Close");
    expect([reload.mock.calls.length, on.onClose.mock.calls.length]).toEqual([1, 1]);
  });

  it("of a popover says so", () => {
    show(
      <Popover label="More" name="All of it">
        <Broken />
      </Popover>,
    );
    const panel = document.querySelector(".popover-panel") ?? document.body;
    const button = screen.getByLabelText("All of it");
    expect([
      button.title,
      button.getAttribute("popovertarget") === panel.id,
      button.getAttribute("aria-controls"),
    ]).toEqual(["All of it", true, null]);
    act(() => void panel.dispatchEvent(Object.assign(new Event("beforetoggle"), { newState: "open" })));
    act(() => void panel.dispatchEvent(Object.assign(new Event("toggle"), { newState: "open" })));
    expect([panel.textContent.trim(), button.getAttribute("aria-controls")]).toEqual([
      "This cannot be shown.",
      panel.id,
    ]);
    act(() => void panel.dispatchEvent(Object.assign(new Event("toggle"), { newState: "closed" })));
    expect([panel.textContent, document.activeElement === button]).toEqual(["", true]);
  });
});

describe("notices", () => {
  const all = () => renderHook(() => ({ shown: useToasts(), log: useToastLog() })).result.current;
  beforeEach(() => {
    for (const { id } of all().shown) toast.dismiss(id);
  });

  it("are three at most, each text once, the newest last; all are in the log", () => {
    const before = all().log.length;
    for (const text of ["a", "b", "c", "d", "c"]) toast.info(text);
    const { shown, log } = all();
    expect([shown.map(({ text }) => text), log.slice(0, log.length - before).map(({ text }) => text)]).toEqual([
      ["b", "d", "c"],
      ["c", "d", "c", "b", "a"],
    ]);
    for (let at = 0; at < 201; at += 1) toast.info(`${at}`);
    expect(all().log).toHaveLength(200);
  });

  it("have their tone, time and actions", () => {
    const id = toast.success("Done.");
    toast.error("Away.", { duration: 5, more: { label: "Why", onClick: on.onConfirm } });
    expect(all().shown.map(({ tone, duration, action, more }) => [tone, duration, action, more?.label])).toEqual([
      ["success", 8000, null, undefined],
      ["error", 5, null, "Why"],
    ]);
    render(<Toasts />);
    click("Why");
    expect([on.onConfirm.mock.calls.length, all().shown.map((each) => each.id)]).toEqual([1, [id]]);
    fireEvent.click(screen.getByLabelText("Dismiss"));
    expect(all().shown).toEqual([]);
  });

  it("that are dismissed leave the focus to the next one, and then to what had it before", async () => {
    const stop = keepFocus();
    toast.info("One.");
    toast.info("Two.");
    show(
      <>
        <button id="before" />
        <Toasts />
      </>,
    );
    document.getElementById("before")?.focus();
    const focused: unknown[] = [];
    for (let at = 0; at < 2; at += 1) {
      const [dismiss] = screen.getAllByRole("button", { name: "Dismiss" });
      dismiss?.focus();
      fireEvent.click(dismiss ?? document.body);
      await settled();
      focused.push(document.activeElement?.closest("[data-row]")?.textContent ?? document.activeElement?.id);
    }
    stop();
    expect(focused).toEqual(["Two.", "before"]);
  });

  it("stay while one has the focus, and go when it leaves", () => {
    vi.useFakeTimers();
    toast.info("Stay.");
    const { unmount } = render(<Toasts />);
    fireEvent.focus(screen.getByLabelText("Dismiss"));
    act(() => void vi.advanceTimersByTime(9000));
    expect(all().shown).toHaveLength(1);
    fireEvent.blur(screen.getByLabelText("Dismiss"));
    act(() => void vi.advanceTimersByTime(7999));
    expect(all().shown).toHaveLength(1);
    act(() => void vi.advanceTimersByTime(1));
    expect(all().shown).toHaveLength(0);
    unmount();
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    ["Theirs", "Mine", "This was changed elsewhere meanwhile, to “Theirs”. Yours: “Mine”."],
    ["", "", "This was changed elsewhere meanwhile, to “empty”. Yours: “empty”."],
  ])("say what others have changed to “%s”, and keep one's own if wanted", (theirs, mine, words) => {
    tellStale(theirs, mine, on.onConfirm);
    const [shown] = all().shown;
    shown?.action?.onClick();
    expect([shown?.text, shown?.tone, shown?.duration, shown?.action?.label, on.onConfirm.mock.calls.length]).toEqual([
      words,
      ...["error", 20_000, "Keep mine", 1],
    ]);
  });

  it.each([
    [true, "x", "success", "Copied."],
    [false, "x".repeat(200), "error", `Could not copy to the clipboard: ${"x".repeat(200)}`],
    [false, "x".repeat(201), "error", "Could not copy to the clipboard."],
  ])("say what was copied, or quote it: %s", async (isAllowed, text, tone, words) => {
    const writeText = vi.fn(() => (isAllowed ? Promise.resolve() : Promise.reject(new Error("Refused."))));
    vi.stubGlobal("navigator", { clipboard: { writeText } });
    await copyText(text, "Copied.");
    expect([writeText.mock.calls, all().shown.map((each) => [each.tone, each.text])]).toEqual([
      [[text]],
      [[tone, words]],
    ]);
  });
});
