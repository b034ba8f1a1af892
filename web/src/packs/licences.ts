import type { LicenseType } from "./schema";

/** What a pack's kind of licence permits, in plain words of three lines: may, must, must not. */

export const LICENSE_TYPES = [
  "royalty_free",
  "attribution",
  "commercial",
  "personal",
] as const satisfies readonly LicenseType[];

interface Words {
  readonly title: string;
  readonly may: string;
  readonly must: string;
  readonly mustNot: string;
}

export const licenseWords: Record<LicenseType, Words> = {
  royalty_free: {
    title: "Free for anything",
    may: "Use it for anything, for money too, changed or as it is.",
    must: "Nothing: no credit is needed.",
    mustNot: "Say that they made it.",
  },
  attribution: {
    title: "Free with credit",
    may: "Use it for anything, for money too, changed or as it is.",
    must: "Name you, and say what they changed.",
    mustNot: "Take the credit away, or add terms of their own.",
  },
  commercial: {
    title: "Sell what you make with it",
    may: "Use it in games, films and prints that they sell.",
    must: "Name those whose work asks for it.",
    mustNot: "Sell or give away the files themselves.",
  },
  personal: {
    title: "Not for money",
    may: "Use it for themselves, at school, in free projects.",
    must: "Name you.",
    mustNot: "Earn money with it.",
  },
};

/** The licences that a pack of each kind can go under; null is our own plain text. */
export const fitting: Record<LicenseType, readonly (string | null)[]> = {
  royalty_free: [null, "CC0-1.0"],
  attribution: ["CC-BY-4.0", "CC-BY-SA-4.0"],
  commercial: [null],
  personal: [null, "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "CC-BY-NC-ND-4.0"],
};
