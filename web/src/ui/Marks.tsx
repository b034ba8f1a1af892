import type { ReactNode } from "react";

import { LeftOut } from "./CardList";
import { Choice } from "./Field";

/** What becomes of what files tell beside their contents, where they go out. */
export type MarksChoice = "keep" | "strip";

interface Telling {
  code: string;
  message: string;
  asset_ids: readonly number[];
}

interface Props {
  /** Null before it is known. */
  tellings: readonly Telling[] | null;
  /** What the files are called, by their ids. */
  names: ReadonlyMap<number, string>;
  value: MarksChoice;
  isDisabled?: boolean;
  onChange: (value: MarksChoice) => void;
  /** The way to one of the files, where there is one. */
  linkTo?: (id: number) => ReactNode;
}

const WORDS: readonly (readonly [MarksChoice, string, string])[] = [
  ["strip", "Take it out", "Copies go out that show and sound the same. Your files stay as they are."],
  ["keep", "Keep it", "The files go out as they are, and whoever gets them can read it."],
];

/** Places, authors and more that stand in files: look which ones tell it, take it out, or keep it. */
export function Marks({ tellings, names, value, isDisabled, onChange, linkTo }: Props) {
  return (
    <>
      <div role="status">
        {tellings?.map(({ code, message, asset_ids: ids }, index) => (
          <LeftOut
            key={`${code} ${index}`}
            summary={message}
            label={message}
            items={ids.map((id) => ({ id, name: names.get(id) ?? "", reason: null }))}
          >
            {ids[0] !== undefined && linkTo?.(ids[0])}
          </LeftOut>
        ))}
        {tellings?.length === 0 && (
          <p className="muted">No file tells where, by whom or with which prompt it was made.</p>
        )}
      </div>
      <fieldset className="choices" disabled={isDisabled}>
        <legend className="muted">What files tell beside what they show: places, authors, prompts, cameras</legend>
        {WORDS.map(([each, title, words]) => (
          <Choice
            key={each}
            type="radio"
            name="marks"
            note={words}
            checked={value === each}
            onChange={() => onChange(each)}
          >
            {title}
          </Choice>
        ))}
      </fieldset>
    </>
  );
}
