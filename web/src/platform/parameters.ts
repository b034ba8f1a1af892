/** The pages, and their query parameters: links and saved views contain them, so they are stable. */

/**
 * By page and name: the value where a parameter is absent, which stays out of the URL. A list has all its values, the
 * usual one first; others are taken for that one.
 */
const PARAMETERS = {
  posts: {
    q: "",
    status: ["all", "visible", "hidden", "moderated"],
    format: "",
    tag: "",
    /** `none`: posts without one. */
    licence: "",
    /** Local dates, YYYY-MM-DD, inclusive. */
    from: "",
    to: "",
    /** Kilobytes (1,000 bytes). */
    "min-kb": "",
    "max-kb": "",
    /** A fact; `-` before it for descending. */
    sort: "-date",
    view: ["table", "grid"],
    state: ["active", "deleted"],
    /** Opens the list further down. */
    page: 1,
    /** The post in the lightbox, and a linked download. */
    post: 0,
    bdr: "",
  },
  publish: { tab: ["drafts", "scheduled", "published"] },
  library: {
    q: "",
    type: "",
    theme: "",
    hashtag: "",
    provenance: "",
    license: "",
    upload_id: "",
    /** This many stars or more. */
    rating: "",
    label: "",
    folder: "",
    /** Everything but the trash. */
    state: ["", "new", "approved", "set_aside", "trash"],
    sort: "path",
    look: ["grid", "list", "alike"],
    /** The file in the viewer, and the files beside each other there (7,8); 1: it and its original. */
    asset: 0,
    compare: "",
  },
  uploads: { upload: "" },
  packs: { pack: 0, look: ["grid", "list"] },
  tasks: { q: "", status: ["", "unfinished", "new", "failed", "kept"], group: "" },
  insights: { days: ["30", "7", "90", "400"], by: ["post", "pack", "link", "series"] },
  /** The section, the code of a program that asks for a key, and an import with what of its report is listed. */
  settings: { section: "", user_code: "", import: 0, items: "" },
  ops: { q: "", state: ["failed", "all", "waiting", "running", "ended"], kind: "" },
} as const;

/** Overlays of any page, and how many modal dialogs are open: kept in `history.state` instead of the URL. */
export const DRAWERS = ["tray", "side", "details", "dialog"] as const;
type Drawer = (typeof DRAWERS)[number];

type Table = typeof PARAMETERS;
export type PageName = keyof Table;
export const PAGES = Object.keys(PARAMETERS) as PageName[];

type ValueOf<Usual> = Usual extends readonly (infer Value)[] ? Value : Usual extends number ? number : string;
/** The parameters of a page. */
export type Parameters<Page extends PageName> = { readonly [Name in keyof Table[Page]]: ValueOf<Table[Page][Name]> };
export type NameOf<Page extends PageName> = keyof Table[Page] & string;
/** Any parameter of any page. */
export type Name = { [Page in PageName]: NameOf<Page> }[PageName] | Drawer;
/** Changed parameters; null removes one. */
export type Query = Partial<Record<Name, string | null>>;

/** A longer text is nobody's. */
const LONGEST = 600;

const usualOf = (usual: unknown): unknown => (Array.isArray(usual) ? (usual as unknown[])[0] : usual);

/** These parameters of a page, as a URL's query has them. */
export function readParameters<Page extends PageName, Some extends NameOf<Page>>(
  page: Page,
  search: string,
  names: readonly Some[] = Object.keys(PARAMETERS[page]) as Some[],
): Pick<Parameters<Page>, Some> {
  const given = new URLSearchParams(search);
  const table: Record<string, unknown> = PARAMETERS[page];
  const read = (name: string): unknown => {
    const value = given.get(name);
    const usual = usualOf(table[name]);
    if (value === null) return usual;
    if (Array.isArray(table[name])) return table[name].includes(value) ? value : usual;
    if (typeof usual === "string") return value.slice(0, LONGEST);
    const number = Number(value);
    return Number.isInteger(number) && number > 0 ? number : usual;
  };
  return Object.fromEntries(names.map((name) => [name, read(name)])) as Pick<Parameters<Page>, Some>;
}

/** As a change of the query: what is usual is removed. */
export function queryOf<Page extends PageName>(page: Page, values: Partial<Parameters<Page>>): Query {
  const table: Record<string, unknown> = PARAMETERS[page];
  const entries = Object.entries<unknown>(values);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, value === usualOf(table[name]) ? null : String(value)]),
  );
}

/** The query with these parameters changed; null and "" remove one. */
export function changedSearch(search: string, change: Query): string {
  const parameters = new URLSearchParams(search);
  for (const [name, value] of Object.entries(change)) {
    if (value) parameters.set(name, value);
    else parameters.delete(name);
  }
  const text = parameters.toString();
  return text ? `?${text}` : "";
}

/** Only these parameters of the query. */
export function pickedSearch(search: string, names: readonly string[]): string {
  const parameters = new URLSearchParams(search);
  return changedSearch("", Object.fromEntries(names.map((name) => [name, parameters.get(name)])));
}
