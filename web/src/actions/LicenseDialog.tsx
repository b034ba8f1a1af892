import { Check } from "lucide-react";
import { useState } from "react";

import type { License, Post } from "../api/schema";
import { plural } from "../lib/format";
import { PostsDialog } from "./PostsDialog";

interface Props {
  posts: Post[];
  licenses: readonly License[];
  onApply: (license: License | null) => void;
  onClose: () => void;
}

export function LicenseDialog({ posts, licenses, onApply, onClose }: Props) {
  const [chosen, setChosen] = useState(() => commonLicense(posts));
  const what = plural(posts.length, "post");
  const choices = [...licenses, { identifier: "", title: "No licence: all rights reserved" }];
  return (
    <PostsDialog
      title={`Licence of ${what}`}
      posts={posts}
      icon={Check}
      confirm={`Apply to ${what}`}
      isDisabled={chosen === null}
      onSubmit={() => onApply(licenses.find((license) => license.identifier === chosen) ?? null)}
      onClose={onClose}
    >
      <fieldset className="choices">
        <legend className="visually-hidden">Licence</legend>
        {choices.map(({ identifier, title }) => (
          <label key={identifier}>
            <input type="radio" name="license" checked={chosen === identifier} onChange={() => setChosen(identifier)} />
            <span>
              {title}
              {identifier && <small>{identifier}</small>}
            </span>
          </label>
        ))}
      </fieldset>
    </PostsDialog>
  );
}

/** The licence that all of them have already ("" for none); null when they differ. */
function commonLicense(posts: readonly Post[]): string | null {
  const all = new Set(posts.map((post) => post.license_identifier ?? ""));
  return all.size === 1 ? ([...all][0] ?? null) : null;
}
