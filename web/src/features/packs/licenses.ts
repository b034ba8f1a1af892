/** The types of licence in the page's language. */
import { translated } from "../../platform/texts";
import { licenseKinds, type LicenseType } from "./schema";

export function licenseWords(type: LicenseType) {
  const { title, terms } = licenseKinds[type];
  const words = Object.entries(terms).map(([term, text]) => [translated(term), translated(text)] as const);
  return { title: translated(title), terms: words };
}
