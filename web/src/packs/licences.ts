import type { LicenseType } from "./schema";

/** What a pack's kind of licence permits, in plain words of three lines: may, must, must not. */

interface Words {
  readonly title: string;
  readonly May: string;
  readonly Must: string;
  readonly "Must not": string;
}

export const licenseWords: Record<LicenseType, Words> = {
  royalty_free: {
    title: "Free for anything",
    May: "Use it for anything, for money too, changed or as it is.",
    Must: "Nothing: no credit is needed.",
    "Must not": "Say that they made it.",
  },
  attribution: {
    title: "Free with credit",
    May: "Use it for anything, for money too, changed or as it is.",
    Must: "Name you, and say what they changed.",
    "Must not": "Take the credit away, or add terms of their own.",
  },
  commercial: {
    title: "Sell what you make with it",
    May: "Use it in games, films and prints that they sell.",
    Must: "Name those whose work asks for it.",
    "Must not": "Sell or give away the files themselves.",
  },
  personal: {
    title: "Not for money",
    May: "Use it for themselves, at school, in free projects.",
    Must: "Name you.",
    "Must not": "Earn money with it.",
  },
  editorial: {
    title: "To report and teach",
    May: "Use it in news, comment and lessons, paid ones too.",
    Must: "Name you.",
    "Must not": "Advertise with it, sell it on goods, or change what it shows.",
  },
  custom: {
    title: "In your own words",
    May: "Do what you write below.",
    Must: "Do what you write below.",
    "Must not": "Do anything else: whose licence asks for something cannot be in it.",
  },
};

export const LICENSE_TYPES = Object.keys(licenseWords) as LicenseType[];

/** The licences that a pack of each kind can go under; null is our own plain text. */
export const fitting: Record<LicenseType, readonly (string | null)[]> = {
  royalty_free: [null, "CC0-1.0"],
  attribution: ["CC-BY-4.0", "CC-BY-SA-4.0"],
  commercial: [null],
  personal: [null, "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "CC-BY-NC-ND-4.0"],
  editorial: [null],
  custom: [null],
};
