// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, renderHook, screen } from "@testing-library/react";
import { Circle } from "lucide-react";
import { type ReactElement, useState } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { settled } from "../testing/settled";
import { announce, useAnnouncement } from "./announce";
import { useBadge, useBadges } from "./badges";
import { Bar, Tabs, useRovingTabIndex } from "./Bar";
import { Button, IconButton } from "./Button";
import { CardList, SkippedList } from "./CardList";
import { Empty } from "./Empty";
import { Facts } from "./Facts";
import { CheckboxGroup, Choice, SelectField, TextArea, TextField } from "./Field";
import { ListHead } from "./ListHead";
import { MetadataChoice } from "./MetadataChoice";
import { Numbers } from "./Numbers";
import { OpenLink, PageLink } from "./OpenLink";
import { isOptedOut, OptOutField, optOutOf, optOutWords } from "./OptOutField";
import { OrderSelect } from "./OrderSelect";
import { closePalette, isPaletteOpen, openPalette, typeAhead, typedAhead, usePalette } from "./palette";
import { Progress } from "./Progress";
import { SearchBox } from "./SearchBox";
import { SizeSlider } from "./SizeSlider";
import { Status, StatusIcon } from "./Status";
import { closeTray, openTray, toggleTray } from "./tray";
import { WarningChoice, WarningField } from "./WarningChoice";

const address = vi.hoisted(() => ({
  openOverlay: vi.fn(),
  closeOverlay: vi.fn(),
  go: vi.fn(),
  open: "",
  page: "posts",
  isPlain: true,
}));
vi.mock("../platform/address", () => ({
  ...{ openOverlay: address.openOverlay, closeOverlay: address.closeOverlay, go: address.go },
  currentPage: () => address.page,
  queryParam: (name: string) => (address.open === name ? "open" : ""),
  useQuery: () => address.open,
  isPlainClick: () => address.isPlain,
  pageHref: (page: string, query: object) => `/${page}?${JSON.stringify(query)}`,
}));

const onChange = vi.fn();
beforeEach(() => {
  vi.resetAllMocks();
  localStorage.clear();
  Object.assign(address, { open: "", page: "posts", isPlain: true });
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
const show = (what: ReactElement) => render(what).container;
const change = (label: string | RegExp, value: string) =>
  fireEvent.change(screen.getByLabelText(label), { target: { value } });

describe("fields", () => {
  it("give their text, and show their help", () => {
    show(
      <>
        <TextField label="Name" help="Help" value="a" onChange={onChange} type="search" />
        <TextArea label="Text" help="More" value="b" onChange={onChange} />
        <SelectField
          label="Kind"
          help="Kinds"
          value={2}
          options={[
            [1, "One"],
            [2, "Two"],
          ]}
          onChange={onChange}
        >
          <option value="">Any</option>
        </SelectField>
      </>,
    );
    change(/^Name/, "A");
    change(/^Text/, "B");
    change(/^Kind/, "1");
    expect([onChange.mock.calls, document.querySelector("input")?.type]).toEqual([[["A"], ["B"], ["1"]], "search"]);
    expect([...document.querySelectorAll("label")].map((each) => each.textContent)).toEqual([
      "NameHelp",
      "TextbMore",
      "KindAnyOneTwoKinds",
    ]);
  });

  it("are named by their labels, and described by their help", () => {
    const options = [[1, "One"]] as const;
    show(
      <>
        <TextField label="Name" help="Help" value="a" onChange={onChange} />
        <TextArea label="Text" help={<small>More</small>} value="b" onChange={onChange} />
        <SelectField label="Kind" help="Kinds" value={1} options={options} onChange={onChange} />
        <Choice type="checkbox" checked={false} note="Small" onChange={onChange}>
          One
        </Choice>
        <TextField label="Plain" value="a" onChange={onChange} />
      </>,
    );
    const named = [
      ...[screen.getByRole("textbox", { name: "Name", description: "Help" })],
      ...[screen.getByRole("textbox", { name: "Text", description: "More" })],
      ...[screen.getByRole("combobox", { name: "Kind", description: "Kinds" })],
      ...[screen.getByRole("checkbox", { name: "One", description: "Small" })],
      ...[screen.getByRole("textbox", { name: "Plain", description: "" })],
    ];
    expect(named.length).toBe(5);
  });

  it("are ticked, alone or together", () => {
    show(
      <>
        <Choice type="checkbox" checked={false} note="Small" onChange={onChange}>
          One
        </Choice>
        <CheckboxGroup names={{ a: "A", b: "B" }} chosen={{ a: true, b: false }} onChange={onChange} />
      </>,
    );
    for (const label of ["One", "A", "B"]) fireEvent.click(screen.getByLabelText(label));
    expect(onChange.mock.calls).toEqual([[true], [{ a: false, b: false }], [{ a: true, b: true }]]);
  });

  it.each([
    [null, "default", "The artist’s default"],
    [true, "yes", "Yes"],
    [false, "no", "No"],
  ] as const)("say whether a work may train AI: %s", (value, chosen, words) => {
    expect([optOutOf(value), optOutWords(value), isOptedOut(chosen)]).toEqual([chosen, words, value]);
    show(<OptOutField value="" onChange={onChange} />);
    change("Not for training AI", chosen);
    expect(onChange.mock.calls).toEqual([[chosen]]);
  });

  it("choose an order, and a size", () => {
    show(
      <>
        <OrderSelect<"name" | "size"> words={{ name: "Name", size: "Size" }} value="size" onChange={onChange} />
        <SizeSlider value={5} min={1} max={9} step={2} onChange={onChange} />
      </>,
    );
    expect([...document.querySelectorAll("option")].map(({ value, text }) => [value, text])).toEqual([
      ["name", "Name"],
      ["size", "Size"],
    ]);
    change("Order", "name");
    change("Thumbnail size", "7");
    expect(onChange.mock.calls).toEqual([["name"], [7]]);
  });
});

describe("what becomes of metadata", () => {
  const names = new Map([[1, "a.png"]]);
  const found = [
    { code: "gps", message: "2 files say where they were taken.", asset_ids: [1, 2] },
    { code: "gps", message: "No file says by whom.", asset_ids: [] },
  ];
  const metadata = (disclosures: typeof found | null, isDisabled = false) =>
    show(
      <MetadataChoice
        {...{ disclosures, names, value: "strip", isDisabled, onChange }}
        linkTo={(id) => <a href="/x">{`To ${id}`}</a>}
      />,
    );

  it("is chosen beside what the files tell, with a link to the first of them", () => {
    metadata(found);
    expect([...document.querySelectorAll("li")].map((each) => each.textContent)).toEqual(["a.png ", " "]);
    expect([...document.querySelectorAll("a")].map((each) => each.textContent)).toEqual(["To 1"]);
    const [strip, keep] = screen.getAllByRole<HTMLInputElement>("radio");
    fireEvent.click(keep ?? document.body);
    expect([strip?.checked, keep?.checked, onChange.mock.calls]).toEqual([true, false, [["keep"]]]);
  });

  it("says that they tell nothing only once that is known, and is fixed where it must be", () => {
    metadata(null);
    expect([screen.queryByText(/^No file contains/), document.querySelector("fieldset")?.disabled]).toEqual([
      null,
      false,
    ]);
    cleanup();
    metadata([], true);
    expect([screen.queryByText(/^No file contains/) !== null, document.querySelector("fieldset")?.disabled]).toEqual([
      true,
      true,
    ]);
  });
});

describe("words to warn of", () => {
  function Warnings({ begun = [] as string[] }) {
    const [chosen, setChosen] = useState(begun);
    const toggle = (word: string, isOn: boolean) => {
      onChange(word, isOn);
      setChosen(isOn ? [...chosen, word] : chosen.filter((each) => each !== word));
    };
    return <WarningField chosen={chosen} onChange={toggle} help="They differ." />;
  }
  const words = () => [...document.querySelectorAll(".warning-word")].map((each) => each.textContent.trim());
  const pressed = () => [...document.querySelectorAll("[aria-pressed=true]")].map((each) => each.textContent.trim());
  const field = () => screen.getByLabelText<HTMLInputElement>("A word of your own");
  const type = (text: string, key = "Enter") => {
    fireEvent.change(field(), { target: { value: text } });
    return fireEvent.keyDown(field(), { key });
  };
  const kept = () => JSON.parse(localStorage.getItem("pmd.desk.warnings") ?? "null") as unknown;

  it("are chosen and taken back by a press", () => {
    show(<Warnings begun={["Blood"]} />);
    expect([words().length, pressed(), field().maxLength, screen.queryByText("They differ.") !== null]).toEqual([
      6,
      ["Blood"],
      40,
      true,
    ]);
    for (const word of ["Nudity", "Blood"]) fireEvent.click(screen.getByText(word));
    expect([pressed(), onChange.mock.calls]).toEqual([
      ["Nudity"],
      [
        ["Nudity", true],
        ["Blood", false],
      ],
    ]);
  });

  it("of one's own are added by Enter or by leaving, and kept for the next time", () => {
    show(<Warnings />);
    expect([type(" Snakes ", "a"), onChange.mock.calls]).toEqual([true, []]);
    expect([type(" Snakes "), pressed(), kept(), field().value]).toEqual([false, ["Snakes"], ["Snakes"], ""]);
    fireEvent.change(field(), { target: { value: "Heights" } });
    fireEvent.blur(field());
    fireEvent.blur(field());
    type("  ");
    type("bLOOD");
    type("snakes");
    expect([words().slice(6), pressed(), kept()]).toEqual([
      ["Snakes", "Heights"],
      ["Blood", "Snakes", "Heights", "Snakes"].filter((each, at, all) => all.indexOf(each) === at),
      ["Snakes", "Heights"],
    ]);
    for (let at = 0; at < 31; at += 1) type(`w${at}`);
    expect(kept()).toEqual(Array.from({ length: 30 }, (_, at) => `w${at + 1}`));
    cleanup();
    show(<WarningChoice chosen={[]} onChange={onChange} />);
    expect(words()).toHaveLength(36);
  });
});

describe("lists", () => {
  const list = (items: readonly number[] | null, error: Error | null = null) =>
    show(
      <CardList {...{ label: "Things", items, error }} onRetry={onChange} empty={<p>Nothing.</p>} last={<li>Last</li>}>
        {(item) => <li key={item}>{item}</li>}
      </CardList>,
    );
  const busy = () => document.querySelector("ul")?.getAttribute("aria-busy");

  it.each([
    [null, null, "", "true", 1],
    [[], null, "Nothing.", "false", 0],
    [[1, 2], null, "12Last", "false", 0],
    [null, new Error("Away."), "Away. Try again", "false", 0],
    [[1], new Error("Away."), "Away. Try again1Last", "false", 0],
  ])("are loading, empty, full or broken: %j %s", (items, error, words, isBusy, count) => {
    expect([list(items, error).textContent, busy(), document.querySelectorAll(".skeleton").length]).toEqual([
      words,
      isBusy,
      count,
    ]);
    if (error) fireEvent.click(screen.getByText("Try again"));
    expect(onChange).toHaveBeenCalledTimes(error ? 1 : 0);
  });

  it("of what is left out show two hundred", () => {
    const items = Array.from({ length: 201 }, (_, id) => ({ id, name: `n${id}`, reason: "No." }));
    show(<SkippedList summary="Left out" label="All" isOpen items={items} />);
    const rows = [...document.querySelectorAll("li")].map((each) => each.textContent);
    expect([rows.length, rows[0], document.querySelector("details")?.open]).toEqual([200, "n0 No.", true]);
  });

  it("have heads, facts and numbers, without what is empty", () => {
    show(
      <>
        <ListHead look="head" names={["A", "B"]} />
        <Facts
          facts={[
            ["Size", "3 kB"],
            ["Camera", null],
            ["Lens", ""],
          ]}
        />
        <Numbers
          numbers={[
            { label: "Views", value: 0, tone: "plain" },
            { label: "Kept", value: 0, tone: "plain" },
            { label: "Files", value: 1200, tone: "success" },
          ]}
        />
        <Empty icon={Circle} title="Nothing" />
      </>,
    );
    expect([
      document.querySelector(".head")?.textContent,
      [...document.querySelectorAll("dl")].map((each) => each.textContent),
    ]).toEqual(["AB", ["Size3 kB", "Views0Files1,200"]]);
    expect([document.querySelector(".empty")?.textContent, document.querySelectorAll(".empty .muted").length]).toEqual([
      "Nothing",
      0,
    ]);
  });

  it.each([
    [3, 4, "75%"],
    [5, 4, "100%"],
    [3, 0, "0%"],
  ])("of work say how far it is: %i of %i", (value, max, width) => {
    show(<Progress label="Done" {...{ value, max }} />);
    const bar = screen.getByRole("progressbar");
    expect([document.querySelector<HTMLElement>(".progress-fill")?.style.width, bar.className]).toEqual([
      width,
      "progress accent",
    ]);
    expect(["aria-valuemin", "aria-valuenow", "aria-valuemax"].map((name) => bar.getAttribute(name))).toEqual([
      "0",
      `${value}`,
      `${max}`,
    ]);
  });

  it("of work have signs, also for a state that is newer than the page", () => {
    show(<Status of="failed">Failed</Status>);
    expect([document.body.textContent, document.querySelector("svg")?.classList[1]]).toEqual([
      " Failed",
      "lucide-circle-x",
    ]);
    cleanup();
    show(<StatusIcon of={"melting" as never} />);
    expect(document.querySelector("svg")?.classList[1]).toBe("lucide-circle");
  });
});

describe("buttons and links", () => {
  it("say what they are about", () => {
    show(
      <>
        <Button look="primary" icon={Circle} about="of this" onClick={onChange}>
          Do
        </Button>
        <IconButton icon={Circle} label="Close" disabled />
      </>,
    );
    const [first, second] = document.querySelectorAll("button");
    fireEvent.click(first ?? document.body);
    expect([first?.textContent.trim(), first?.className, first?.type, onChange.mock.calls.length]).toEqual([
      ...["Do of this", "button primary", "button"],
      1,
    ]);
    expect([second?.className, second?.type, second?.getAttribute("aria-label"), second?.disabled]).toEqual([
      ...["icon-button", "button", "Close"],
      true,
    ]);
  });

  it("open in place by a plain click, and as usual by others", () => {
    show(
      <>
        <OpenLink href="#a" onOpen={onChange}>
          A
        </OpenLink>
        <PageLink page="library" query={{ asset: 5 }}>
          B
        </PageLink>
      </>,
    );
    const [link, page] = document.querySelectorAll("a");
    const click = (each = link) => fireEvent.click(each ?? document.body);
    expect([click(), onChange.mock.calls.length, click(page), address.go.mock.calls]).toEqual([
      ...[false, 1, false],
      [["library", { asset: 5 }]],
    ]);
    expect(page?.getAttribute("href")).toBe('/library?{"asset":5}');
    address.isPlain = false;
    expect([click(), onChange.mock.calls.length]).toEqual([true, 1]);
  });
});

describe("a toolbar", () => {
  function Stops({ isThere = true }) {
    const bar = useRovingTabIndex<HTMLDivElement>(isThere);
    return isThere ? (
      <div {...bar}>
        {["a", "b", "c"].map((id) => (
          <button key={id} id={id} type="button" />
        ))}
        <input id="text" />
        <button id="off" type="button" disabled />
        <div className="popover-panel">
          <button id="inside" type="button" />
        </div>
      </div>
    ) : null;
  }
  const stop = (id: string) => document.getElementById(id) ?? document.body;
  const tabStops = () =>
    [...document.querySelectorAll("button")].flatMap((each) => (each.tabIndex === 0 ? [each.id] : []));
  const next = async () => {
    await act(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
    await settled();
  };
  beforeEach(() => {
    vi.spyOn(HTMLElement.prototype, "getClientRects").mockImplementation(function (this: HTMLElement) {
      return (this.hidden ? [] : [{}]) as unknown as DOMRectList;
    });
  });
  afterEach(() => void vi.restoreAllMocks());

  it("is one tab stop, which follows the focus; a popover's buttons are their own", async () => {
    show(<Stops />);
    await next();
    expect(tabStops()).toEqual(["a", "off", "inside"]);
    act(() => stop("b").focus());
    expect(tabStops()).toEqual(["b", "off", "inside"]);
    act(() => stop("b").blur());
    stop("b").hidden = true;
    window.dispatchEvent(new Event("resize"));
    await next();
    expect(tabStops()).toContain("a");
    const added = document.createElement("button");
    stop("a").parentElement?.append(added);
    await next();
    expect(added.tabIndex).toBe(-1);
  });

  it("is walked by arrows, Home and End, round and round", () => {
    show(<Stops />);
    const press = (id: string, key: string) => {
      stop(id).focus();
      const isFree = fireEvent.keyDown(stop(id), { key });
      return `${document.activeElement?.id} ${isFree}`;
    };
    expect([
      press("a", "ArrowRight"),
      press("c", "ArrowRight"),
      press("a", "ArrowLeft"),
      press("b", "Home"),
      press("a", "End"),
      press("a", "x"),
      press("text", "ArrowLeft"),
    ]).toEqual(["b false", "a false", "c false", "a false", "c false", "a true", "text true"]);
  });

  it("has its title, a count, and all commands; and forgets nothing when it leaves", async () => {
    const { rerender, unmount } = render(
      <Bar title="Posts" count={1200} isTitled>
        <i />
      </Bar>,
    );
    const head = () => document.querySelector("h2");
    expect([head()?.textContent, head()?.className]).toEqual(["Posts1,200", "bar-title always"]);
    fireEvent.click(screen.getByLabelText("All commands"));
    expect(isPaletteOpen()).toBe(true);
    closePalette();
    rerender(<Bar title="Posts">{null}</Bar>);
    expect([head()?.textContent, head()?.className]).toEqual(["Posts", "bar-title"]);
    await next();
    unmount();
    window.dispatchEvent(new Event("resize"));
    await next();
  });

  it("has tabs: words or signs, with counts that may be at least so many", () => {
    show(
      <Tabs
        label="Show"
        value="b"
        onChange={onChange}
        options={[
          { value: "a", words: "A", count: 0, mark: <i>•</i> },
          { value: "b", words: "B", count: 5, isExact: false, look: "own" },
          { value: "c", words: "C", icon: Circle },
        ]}
      />,
    );
    const tabs = [...document.querySelectorAll("button")];
    expect(
      tabs.map((each) => [each.textContent, each.getAttribute("aria-pressed"), each.title, each.className]),
    ).toEqual([
      ["•A0", "false", "", ""],
      ["B5+", "true", "", "own"],
      ["", "false", "C", ""],
    ]);
    fireEvent.click(tabs[2] ?? document.body);
    expect(onChange.mock.calls).toEqual([["c"]]);
  });
});

describe("a search box", () => {
  const box = (value: string, suggestions: string[] = []) =>
    show(
      <>
        <SearchBox
          aria-label="Search"
          list="offers"
          value={value}
          onChange={onChange}
          onTake={onChange}
          suggestions={suggestions}
          tokens={[
            { name: "a", words: "A" },
            { name: "b", words: "B" },
          ]}
        />
        <main>
          <div aria-multiselectable tabIndex={0} id="list" />
        </main>
      </>,
    );
  const press = (key: string) => fireEvent.keyDown(screen.getByLabelText("Search"), { key });

  it.each([
    ["", [["b"]]],
    ["x", []],
  ])("takes its last filter away by Backspace, where “%s” is typed: %j", (value, taken) => {
    box(value);
    press("x");
    press("Backspace");
    expect(onChange.mock.calls).toEqual(taken);
    fireEvent.click(screen.getByLabelText("Remove the filter A"));
    change("Search", "y");
    expect(onChange.mock.calls.slice(taken.length)).toEqual([["a"], ["y"]]);
  });

  it.each(["Escape", "ArrowDown"])("leaves to the list by %s", (key) => {
    box("");
    expect([press(key), document.activeElement?.id, press("ArrowUp")]).toEqual([false, "list", true]);
  });

  it("offers words only where there are some", () => {
    box("");
    expect([document.querySelector("datalist"), screen.getByLabelText("Search").getAttribute("list")]).toEqual([
      null,
      null,
    ]);
    cleanup();
    box("", ["sea"]);
    expect([document.querySelector("datalist")?.id, screen.getByLabelText("Search").getAttribute("list")]).toEqual([
      "offers",
      "offers",
    ]);
  });
});

describe("the frame", () => {
  it("announces the last of what is said in quick succession", () => {
    vi.useFakeTimers();
    const { result } = renderHook(useAnnouncement);
    announce("One");
    act(() => void vi.advanceTimersByTime(399));
    announce("Two");
    act(() => void vi.advanceTimersByTime(399));
    expect(result.current).toBe("");
    act(() => void vi.advanceTimersByTime(1));
    expect(result.current).toBe("Two");
  });

  it("has badges while there is something, of pages that are there", () => {
    const { result } = renderHook(useBadges);
    const badge = renderHook((count: number) => useBadge("tasks", count, `${count} tasks`), { initialProps: 2 });
    renderHook(() => useBadge("posts", 1, "1 post"));
    expect(result.current).toEqual({ tasks: { count: 2, label: "2 tasks" }, posts: { count: 1, label: "1 post" } });
    act(() => badge.rerender(0));
    expect(result.current.tasks).toBe(undefined);
    act(() => badge.rerender(3));
    act(() => badge.unmount());
    expect(result.current).toEqual({ tasks: undefined, posts: { count: 1, label: "1 post" } });
  });

  it.each([
    [false, "", [["tray", "open"]], []],
    [true, "", [], []],
    [false, "tray", [], [["tray", "bdr"]]],
    [false, "bdr", [], [["tray", "bdr"]]],
  ])("turns the tray over: wide %s, open by “%s”", (isWide, open, opened, closed) => {
    vi.stubGlobal("matchMedia", () => ({ matches: isWide }));
    address.open = open;
    toggleTray();
    expect([address.openOverlay.mock.calls, address.closeOverlay.mock.calls]).toEqual([opened, closed]);
    openTray();
    closeTray();
    expect([address.openOverlay.mock.calls.length, address.closeOverlay.mock.calls.length]).toEqual([
      opened.length + (isWide ? 0 : 1),
      closed.length + 1,
    ]);
  });

  it("opens the tray over the posts, from any page", () => {
    vi.stubGlobal("matchMedia", () => ({ matches: false }));
    address.page = "library";
    openTray();
    expect([address.go.mock.calls, address.openOverlay.mock.calls]).toEqual([[["posts"]], [["tray", "open"]]]);
  });

  it("keeps what is typed before the palette is there", () => {
    const { result } = renderHook(usePalette);
    typeAhead("x");
    act(openPalette);
    typeAhead("a");
    typeAhead("b");
    expect([typedAhead(), result.current]).toEqual(["ab", true]);
    act(closePalette);
    expect(result.current).toBe(false);
  });
});
