import { Check } from "lucide-react";
import { useState } from "react";

import type { License, Post } from "../api/schema";
import { plural } from "../lib/format";
import { Dialog } from "../ui/Dialog";
import { DialogFooter } from "../ui/DialogFooter";
import { WhoseNote } from "../ui/WhoseNote";
import { PostStrip } from "./PostStrip";

interface Props {
  posts: Post[];
  licenses: readonly License[];
  onApply: (license: License | null) => void;
  onClose: () => void;
}

export function LicenseDialog({ posts, licenses, onApply, onClose }: Props) {
  const [chosen, setChosen] = useState(() => commonLicense(posts));
  const what = plural(posts.length, "post");
  const choices = [
    ...licenses.map(({ identifier, title }) => ({ identifier, title })),
    { identifier: "", title: "No licence: all rights reserved" },
  ];
  return (
    <Dialog title={`Licence of ${what}`} onClose={onClose}>
      <PostStrip posts={posts} />
      <WhoseNote />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (chosen !== null) onApply(licenses.find((license) => license.identifier === chosen) ?? null);
        }}
      >
        <fieldset className="choices">
          <legend className="visually-hidden">Licence</legend>
          {choices.map(({ identifier, title }) => (
            <label key={identifier}>
              <input
                type="radio"
                name="license"
                checked={chosen === identifier}
                onChange={() => setChosen(identifier)}
              />
              <span>
                {title}
                {identifier && <small>{identifier}</small>}
              </span>
            </label>
          ))}
        </fieldset>
        <DialogFooter icon={Check} isDisabled={chosen === null} onClose={onClose}>
          Apply to {what}
        </DialogFooter>
      </form>
    </Dialog>
  );
}

/** The licence that all of them have already ("" for none); null when they differ. */
function commonLicense(posts: readonly Post[]): string | null {
  const all = new Set(posts.map((post) => post.license_identifier ?? ""));
  return all.size === 1 ? ([...all][0] ?? null) : null;
}
