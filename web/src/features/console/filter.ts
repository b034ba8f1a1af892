/** The console's search: "user:alice since:24 550" filters by user, hours and reason. */

export const STATES = ["all", "waiting", "running", "failed", "ended"] as const;
const NAMES = ["user", "kind", "error", "attempt", "since", "id", "request"] as const;
type Name = (typeof NAMES)[number];

/** Query parameters for the service. */
export type Filter = Partial<Record<Name | "state", string>>;

const TOKEN = /(\w+):\s*("[^"]*"|\S+)/g;

/** Parse the search; words without a name are searched for in the reasons. */
export function parseFilter(text: string, state: string, kind: string): Filter {
  const filter: Filter = {};
  const rest = text.replace(TOKEN, (token, name: string, value: string) => {
    if (!isName(name)) return token;
    filter[name] = value.replaceAll('"', "").replace(name === "since" ? /h$/ : /^$/, "");
    return "";
  });
  const words = rest.trim().replace(/\s+/g, " ");
  if (words && !filter.error) filter.error = words;
  if (state && state !== "all") filter.state = state;
  // Finished work is the bulk: limited to a day unless the search narrows it down.
  if (state === "ended" && !["user", "since", "id", "request"].some((name) => name in filter)) filter.since = "24";
  if (kind) filter.kind = kind;
  return filter;
}

/** The text with this part set once; null removes it. */
export function withPart(text: string, name: Name, value: string | null): string {
  const others = text.replace(TOKEN, (token, each: string) => (each === name ? "" : token));
  const part = value === null ? "" : ` ${name}:${/\s/.test(value) ? `"${value}"` : value}`;
  return `${others}${part}`.trim().replace(/\s+/g, " ");
}

const isName = (name: string): name is Name => (NAMES as readonly string[]).includes(name);
