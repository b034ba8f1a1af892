import { Fragment } from "react";

import { Dialog } from "../ui/Dialog";

const keys: [string[], string][] = [
  [["↑", "↓"], "Move from post to post; in the grid ← → too"],
  [["Space"], "Select or deselect the post"],
  [["Shift", "↑ ↓"], "Select a range; Shift-click does the same"],
  [["Shift", "Space"], "Select from the last post to this one"],
  [["Page Up", "Page Down"], "Move by a screen"],
  [["Home", "End"], "To the first or last post"],
  [["Ctrl", "A"], "Select all posts that fit the filter"],
  [["Enter"], "Open the picture; arrows lead to its neighbours"],
  [["F2"], "Change the title; a double click on it does the same"],
  [["Esc"], "Select none"],
  [["Delete"], "Delete the selected posts, after a question"],
  [["Ctrl", "Z"], "Undo the last change"],
  [["/"], "Filter"],
  [["?"], "This help"],
];

export function HelpDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl className="keys">
        {keys.map(([combination, meaning]) => (
          <div key={meaning}>
            <dt>
              {combination.map((key, index) => (
                <Fragment key={key}>
                  {index > 0 && " "}
                  <kbd>{key}</kbd>
                </Fragment>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <p className="muted">
        A page is as many posts as one download may hold, so that a page can be taken home as it is.
      </p>
    </Dialog>
  );
}
