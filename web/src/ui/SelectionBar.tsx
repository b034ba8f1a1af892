import { Ellipsis, X } from "lucide-react";
import type { ReactNode } from "react";

import { shownKey } from "../lib/keymap";
import { formatCount } from "../lib/format";
import { type Act, runAct, wordsOf } from "./acts";
import { BarSign, useToolbar } from "./Bar";
import { Button, IconButton } from "./Button";
import { openMenu } from "./menu";
import { useMedia } from "./useMedia";

/** As many as stand in the bar; the others are behind “More”. */
const MOST = 5;
const MOST_NARROW = 3;

interface Props {
  count: number;
  /** "Files", for those who do not see where it stands. */
  label: string;
  /** Behind the count: how much that is, what of it is outside of the filter. */
  detail?: ReactNode;
  /** The first is the one that is filled. */
  acts: readonly Act[];
  /** Before the acts: all that is found. */
  children?: ReactNode;
  /** Above the lines of “More”. */
  top?: ReactNode;
  onClear: () => void;
}

/** What can be done with what is selected; it floats over the list's foot, and on a narrow page it is the foot. */
export function SelectionBar({ count, label, detail, acts, children, top, onClear }: Props) {
  const toolbar = useToolbar<HTMLDivElement>(count > 0);
  const most = useMedia("(max-width: 799px)") ? MOST_NARROW : MOST;
  if (count === 0) return null;
  const shown = acts.filter(({ place, why }) => place === "selection" && !why).slice(0, most);
  return (
    <div className="selection-bar" role="toolbar" aria-label={`Actions on the selected ${label}`} {...toolbar}>
      <span className="selection-count beside">
        <strong>{formatCount(count)}</strong> selected {detail}
      </span>
      {children}
      <BarSign />
      {shown.map((act, index) => (
        <Button
          key={wordsOf(act)}
          {...(act.icon && { icon: act.icon })}
          look={index === 0 ? "primary" : act.isDangerous ? "danger" : ""}
          onClick={() => runAct(act)}
        >
          {wordsOf(act)} {act.name && <kbd aria-hidden>{shownKey(act.name)}</kbd>}
        </Button>
      ))}
      <Button
        icon={Ellipsis}
        look="more"
        title="More (m)"
        onClick={(event) => {
          const { left, top: y } = event.currentTarget.getBoundingClientRect();
          openMenu({ x: left, y: y - 8, ...(top !== undefined && { top }) });
        }}
      >
        <span className="wide-hidden">More</span>
      </Button>
      <IconButton icon={X} label="Clear selection" title="Clear selection (Esc)" onClick={onClear} />
    </div>
  );
}
