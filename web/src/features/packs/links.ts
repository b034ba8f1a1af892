/** The links by which others see a pack. */
import { createLink, listLinks, withdrawLink } from "../../data/links/api";
import type { Pack } from "./schema";

const of = (pack: number) => `packs/${pack}`;

async function openLinks(pack: number) {
  const now = Date.now();
  return (await listLinks(of(pack))).filter(
    ({ withdrawn_at: withdrawn, expires_at: end }) => withdrawn === null && (end === null || Date.parse(end) > now),
  );
}

/** The address of its page: the newest link that lasts and asks for no password, else a new one. */
export async function linkTo(pack: number): Promise<string> {
  const lasting = (await openLinks(pack)).find(({ has_password: asks, expires_at: end }) => !asks && end === null);
  return (lasting ?? (await createLink(of(pack), { is_public: false }))).url;
}

/** Withdraw all links, or only the public ones; resolves to how many there were. */
export async function withdrawLinks(pack: number, which: "all" | "public" = "all"): Promise<number> {
  const links = (await openLinks(pack)).filter((link) => which === "all" || link.is_public);
  for (const { id } of links) await withdrawLink(of(pack), id);
  return links.length;
}

/** Let others see it, or nobody. */
export async function showTo(pack: number, who: Pack["seen_by"]): Promise<void> {
  if (who === "owner") await withdrawLinks(pack);
  else if (who === "everyone") await createLink(of(pack), { is_public: true });
  else {
    await withdrawLinks(pack, "public");
    await linkTo(pack);
  }
}
