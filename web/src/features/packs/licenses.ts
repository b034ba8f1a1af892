/** The types of licence in the page's language. */
import { translated } from "../../platform/texts";
import { licenseKinds, type LicenseType } from "./schema";

type Kind = (typeof licenseKinds)[LicenseType];
/** Undefined: it is newer than this page, which has its id alone. */
export const licenseKindOf = (type: LicenseType): Kind | undefined => licenseKinds[type];

export function licenseWords(type: LicenseType) {
  const kind = licenseKindOf(type);
  const words = Object.entries(kind?.terms ?? {}).map(([term, text]) => [translated(term), translated(text)] as const);
  return { title: kind ? translated(kind.title) : type, terms: words };
}
