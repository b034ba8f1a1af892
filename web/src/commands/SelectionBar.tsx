import "./SelectionBar.css";

import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Ellipsis, X } from "lucide-react";
import type { ReactNode } from "react";

import { keycapOf } from "./keymap";
import { formatCount } from "../platform/format";
import { type Command, runCommand, labelOf } from "./commands";
import { BarDivider, useRovingTabIndex } from "../ui/Bar";
import { Button, IconButton } from "../ui/Button";
import { openMenu } from "./menu";
import { useMediaQuery } from "../ui/useMediaQuery";
import { MEDIA } from "../platform/media";

/** The other commands are behind “More”. */
const MAX_BUTTONS = 5;
const MAX_BUTTONS_NARROW = 3;

interface Props {
  count: number;
  /** "files", for screen readers. */
  label: string;
  /** After the count: total size, how many the filter hides. */
  detail?: ReactNode;
  /** The first is the primary one. */
  commands: readonly Command[];
  /** Before the commands. */
  children?: ReactNode;
  /** Above the commands behind “More”. */
  top?: ReactNode;
  onClear: () => void;
}

/** Commands for the selection: a bar floating over the list; on narrow pages it replaces the navigation. */
export function SelectionBar({ count, label, detail, commands, children, top, onClear }: Props) {
  const toolbar = useRovingTabIndex<HTMLDivElement>(count > 0);
  const max = useMediaQuery(MEDIA.narrow) ? MAX_BUTTONS_NARROW : MAX_BUTTONS;
  if (count === 0) return null;
  const shown = commands.filter(({ group, disabledReason }) => group === "selection" && !disabledReason).slice(0, max);
  return (
    <div className="selection-bar" role="toolbar" aria-label={t`Actions on the selected ${label}`} {...toolbar}>
      <span className="selection-count beside">
        <Trans>
          <strong>{formatCount(count)}</strong> selected {detail}
        </Trans>
      </span>
      {children}
      <BarDivider />
      <div className="selection-commands">
        {shown.map((command, index) => (
          <Button
            key={labelOf(command)}
            {...(command.icon && { icon: command.icon })}
            look={index === 0 ? "primary" : command.isDangerous ? "danger" : ""}
            onClick={() => runCommand(command)}
          >
            {labelOf(command)} {command.name && <kbd aria-hidden>{keycapOf(command.name)}</kbd>}
          </Button>
        ))}
      </div>
      <Button
        icon={Ellipsis}
        look="more"
        title={t`More (m)`}
        onClick={(event) => {
          const { left, top: y } = event.currentTarget.getBoundingClientRect();
          openMenu({ x: left, y: y - 8, ...(top !== undefined && { top }) });
        }}
      >
        <span className="wide-hidden">
          <Trans>More</Trans>
        </span>
      </Button>
      <IconButton icon={X} label={t`Clear selection`} title={t`Clear selection (Esc)`} onClick={onClear} />
    </div>
  );
}
