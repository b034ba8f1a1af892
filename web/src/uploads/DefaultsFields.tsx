import { useState } from "react";
import * as v from "valibot";

import { useLicenses } from "../api/queries";
import { readStored, writeStored } from "../lib/stored";
import { tagsOf } from "../lib/tags";
import type { Defaults } from "./schema";

const KEY = "pmd.upload.defaults";
const Stored = v.object({
  theme: v.string(),
  source: v.string(),
  provenance: v.picklist(["unknown", "ai_generated", "user_provided"]),
  license: v.string(),
  attribution: v.string(),
  hashtags: v.string(),
});
type Values = v.InferOutput<typeof Stored>;

const none: Values = { theme: "", source: "", provenance: "user_provided", license: "", attribution: "", hashtags: "" };

const provenances: Record<Values["provenance"], string> = {
  user_provided: "I made them",
  ai_generated: "Made with an AI",
  unknown: "Somebody else made them, or I do not know",
};

/** What was said the last time is what one begins with. */
export function useDefaults() {
  const [values, setValues] = useState(() => readStored(localStorage, KEY, Stored) ?? none);
  const asDefaults = (): Defaults => {
    writeStored(localStorage, KEY, values);
    const hashtags = tagsOf(values.hashtags);
    return {
      provenance: values.provenance,
      ...(values.theme.trim() && { theme: values.theme.trim() }),
      ...(values.source.trim() && { source: values.source.trim() }),
      ...(values.license && { license_id: Number(values.license) }),
      ...(values.attribution.trim() && { attribution: values.attribution.trim() }),
      ...(hashtags.length > 0 && { hashtags }),
    };
  };
  return [values, setValues, asDefaults] as const;
}

interface Props {
  value: Values;
  onChange: (value: Values) => void;
}

/** What is true of all of these files; each can be said anew in the library. */
export function DefaultsFields({ value, onChange }: Props) {
  const licenses = useLicenses().data?.items ?? [];
  const set = (name: keyof Values) => (event: { target: { value: string } }) =>
    onChange({ ...value, [name]: event.target.value });
  const isOthers = value.provenance === "unknown";
  return (
    <fieldset className="fields">
      <legend>Of all of them</legend>
      <label>
        <span>Who made them</span>
        <select value={value.provenance} onChange={set("provenance")}>
          {Object.entries(provenances).map(([key, name]) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>Licence</span>
        <select value={value.license} onChange={set("license")}>
          <option value="">None: all rights reserved</option>
          {licenses.map(({ id, identifier, title }) => (
            <option key={id} value={id}>
              {identifier} · {title}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>Theme</span>
        <input type="text" maxLength={100} placeholder="dragons" value={value.theme} onChange={set("theme")} />
      </label>
      <label>
        <span>Source</span>
        <input
          type="text"
          maxLength={200}
          placeholder="a camera, a jam, a site"
          value={value.source}
          onChange={set("source")}
        />
      </label>
      <label>
        <span>Hashtags</span>
        <input
          type="text"
          maxLength={500}
          placeholder="sprite 16x16"
          value={value.hashtags}
          onChange={set("hashtags")}
        />
      </label>
      {isOthers && (
        <label>
          <span>Credit</span>
          <input
            type="text"
            maxLength={300}
            placeholder="who is to be named"
            value={value.attribution}
            onChange={set("attribution")}
          />
        </label>
      )}
    </fieldset>
  );
}
