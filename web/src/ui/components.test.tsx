// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";

import { Toolbar } from "./Bar.stories";
import { Form, Plain } from "./Dialog.stories";
import { AtTheEnd } from "./Popover.stories";
import { WithTokens } from "./SearchBox.stories";
import { toast } from "./toast";
import { Toasts } from "./Toasts";

const Queries = ({ children }: { children: ReactNode }) => (
  <QueryClientProvider client={new QueryClient()}>{children}</QueryClientProvider>
);

/** What the browser does with `popover`, which happy-dom does not know. */
function teachPopovers(): void {
  const toggled = (element: HTMLElement, newState: "open" | "closed") => {
    for (const name of ["beforetoggle", "toggle"])
      element.dispatchEvent(Object.assign(new Event(name, { bubbles: false }), { newState }));
  };
  HTMLElement.prototype.hidePopover = function () {
    toggled(this, "closed");
  };
  document.addEventListener("click", ({ target }) => {
    const id = (target as Element).closest("button")?.getAttribute("popovertarget");
    const panel = id ? document.getElementById(id) : null;
    if (panel) toggled(panel, panel.childNodes.length ? "closed" : "open");
  });
}

beforeAll(() => {
  vi.stubGlobal("matchMedia", () => ({ matches: true }));
  teachPopovers();
});
afterEach(cleanup);

describe("a dialog", () => {
  it("opens as modal, and closes by its button", async () => {
    render(<Plain />);
    await userEvent.click(screen.getByRole("button", { name: "Open" }));
    const dialog = screen.getByRole<HTMLDialogElement>("dialog", { name: "Shortcuts" });
    expect(dialog.open).toBe(true);
    await userEvent.click(screen.getByRole("button", { name: "Close" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });

  it("closes when the browser cancels it, as on Escape", async () => {
    render(<Plain />);
    await userEvent.click(screen.getByRole("button", { name: "Open" }));
    fireEvent(screen.getByRole("dialog"), new Event("cancel", { cancelable: true }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });

  it("shows why saving failed, and saves again", async () => {
    render(<Form />, { wrapper: Queries });
    await userEvent.click(screen.getByRole("button", { name: "Rename" }));
    await userEvent.type(screen.getByLabelText("Name"), "Dragons");
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    expect((await screen.findByRole("alert")).textContent).toContain("The name is taken.");
    expect(screen.getByLabelText<HTMLInputElement>("Name").value).toBe("Dragons");
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });
});

describe("a popover", () => {
  it("draws its panel only while it is open", async () => {
    render(<AtTheEnd />);
    const button = screen.getByRole("button", { name: "Filters" });
    expect(screen.queryByText("First")).toBeNull();
    await userEvent.click(button);
    expect(screen.getByText("First")).toBeTruthy();
    expect(button.getAttribute("aria-expanded")).toBe("true");
    await userEvent.click(button);
    expect(screen.queryByText("First")).toBeNull();
    expect(button.getAttribute("aria-expanded")).toBe("false");
  });

  it("closes when the focus leaves it", async () => {
    render(
      <>
        <AtTheEnd />
        <button type="button">Elsewhere</button>
      </>,
    );
    await userEvent.click(screen.getByRole("button", { name: "Filters" }));
    act(() => screen.getByText("First").focus());
    expect(screen.getByText("First")).toBeTruthy();
    act(() => screen.getByText("Elsewhere").focus());
    expect(screen.queryByText("First")).toBeNull();
  });
});

describe("a toast", () => {
  it("leaves after its time, but not while the pointer is on it", () => {
    vi.useFakeTimers();
    render(<Toasts />);
    act(() => void toast.info("The list has changed.", { duration: 1000 }));
    const region = screen.getByRole("region", { name: "Notifications" });
    fireEvent.pointerEnter(region);
    act(() => void vi.advanceTimersByTime(5000));
    expect(screen.getByText("The list has changed.")).toBeTruthy();
    fireEvent.pointerLeave(region);
    act(() => void vi.advanceTimersByTime(1000));
    expect(screen.queryByText("The list has changed.")).toBeNull();
    vi.useRealTimers();
  });

  it("runs its action once, and leaves", async () => {
    const undo = vi.fn();
    render(<Toasts />);
    act(() => void toast.success("3 posts hidden.", { action: { label: "Undo", onClick: undo } }));
    await userEvent.click(screen.getByRole("button", { name: "Undo" }));
    expect(undo).toHaveBeenCalledOnce();
    expect(screen.queryByText("3 posts hidden.")).toBeNull();
  });
});

describe("a toolbar", () => {
  it("presses one of its tabs", async () => {
    render(<Toolbar />);
    await userEvent.click(screen.getByRole("button", { name: /^New/ }));
    expect(screen.getByRole("button", { name: /^New/ }).getAttribute("aria-pressed")).toBe("true");
    expect(screen.getByRole("button", { name: /^All 12/ }).getAttribute("aria-pressed")).toBe("false");
  });
});

describe("a search box", () => {
  it("removes a filter by a click, and the last one by Backspace", async () => {
    render(<WithTokens />);
    act(() => screen.getByRole("searchbox").focus());
    await userEvent.keyboard("{Backspace}");
    expect(screen.queryByRole("button", { name: /format: gif/ })).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "Remove the filter tag: sea" }));
    expect(screen.queryAllByRole("button")).toEqual([]);
  });
});
