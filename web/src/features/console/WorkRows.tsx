import { t } from "@lingui/core/macro";
import { useEffect } from "react";

import type { Selection } from "../../platform/selection";
import type { WorkItem } from "./schema";
import { formatWhen, kindOf, stepOf } from "./words";

interface Props {
  items: readonly WorkItem[];
  activeId: string | null;
  selection: Selection<string>;
  now: number;
  onPoint: (id: string) => void;
  onToggle: (id: string) => void;
}

export const idOf = ({ kind, id }: Pick<WorkItem, "kind" | "id">) => `${kind} ${id}`;
const elementId = (id: string) => `work-${id.replace(" ", "-")}`;

/** The found rows of work. One tab stop, with arrow keys inside. */
export function WorkRows({ items, activeId, selection, now, onPoint, onToggle }: Props) {
  useEffect(() => {
    if (activeId) document.getElementById(elementId(activeId))?.scrollIntoView({ block: "nearest" });
  }, [activeId]);
  return (
    <div
      className="ops-rows"
      role="listbox"
      aria-label={t`Work`}
      aria-multiselectable
      aria-activedescendant={activeId ? elementId(activeId) : undefined}
      tabIndex={0}
    >
      {items.map((item) => {
        const id = idOf(item);
        return (
          <div
            key={id}
            id={elementId(id)}
            role="option"
            className="ops-row"
            aria-selected={selection.ids.has(id)}
            data-active={id === activeId}
            onClick={() => onPoint(id)}
          >
            <span
              className="ops-box"
              aria-hidden
              onClick={(event) => {
                event.stopPropagation();
                onToggle(id);
              }}
            />
            <span className="muted cut">{kindOf(item.kind)}</span>
            <span className="ops-what">
              <b className="cut">{item.title}</b>
              <span className="cut" data-tone={item.error_message ? "error" : undefined}>
                {item.error_message ?? item.state}
              </span>
            </span>
            <span className={item.next_step === "retry" ? "cut" : "muted cut"}>{stepOf(item)}</span>
            <span className="numbers">{item.attempt}</span>
            <time className="muted numbers">{formatWhen(item.at, now)}</time>
          </div>
        );
      })}
    </div>
  );
}
