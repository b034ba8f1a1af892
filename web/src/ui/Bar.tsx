import "./Bar.css";

import { t } from "@lingui/core/macro";
import { Ellipsis, type LucideIcon } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";

import { formatAtLeast, formatCount } from "../platform/format";
import { IconButton } from "./Button";
import { openPalette } from "./palette";

const STOPS = "a[href], button:not(:disabled), select:not(:disabled)";

/** Roving tab index: one tab stop with arrow keys inside. Text fields and open popovers are tab stops of their own. */
export function useRovingTabIndex<T extends HTMLElement>(isThere = true) {
  const bar = useRef<T>(null);
  const stops = () =>
    [...(bar.current?.querySelectorAll<HTMLElement>(STOPS) ?? [])].filter(
      (each) => !each.closest(".popover-panel") && each.getClientRects().length > 0,
    );
  useEffect(() => {
    const element = bar.current;
    if (!element) return;
    const settle = () => {
      const all = stops();
      const current = all.find((each) => each === document.activeElement) ?? all.find((each) => each.tabIndex === 0);
      for (const each of all) {
        const index = each === (current ?? all[0]) ? 0 : -1;
        if (each.tabIndex !== index) each.tabIndex = index;
      }
    };
    // Visibility needs layout: read it after the frame, where layout has been done already.
    let frame = 0;
    const later = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => setTimeout(settle));
    };
    later();
    const observer = new MutationObserver(later);
    observer.observe(element, { childList: true, subtree: true, attributeFilter: ["disabled"] });
    window.addEventListener("resize", later);
    element.addEventListener("focusin", settle);
    return () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
      window.removeEventListener("resize", later);
      element.removeEventListener("focusin", settle);
    };
  }, [isThere]);
  const onKeyDown = (event: KeyboardEvent) => {
    const all = stops();
    const index = all.indexOf(event.target as HTMLElement);
    const steps: Record<string, number> = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: -1 };
    const step = steps[event.key];
    if (index < 0 || step === undefined || event.defaultPrevented) return;
    all.at(step % all.length)?.focus();
    event.preventDefault();
  };
  return { ref: bar, onKeyDown };
}

interface Props {
  /** Shown on narrow pages, where the bar is the header. */
  title: string;
  /** The way back to where this was opened from, before the title. */
  back?: ReactNode;
  count?: number | null;
  /** Shown on wide pages too. */
  isTitled?: boolean;
  children: ReactNode;
}

/** A page's toolbar: tabs, search, tools. */
export function Bar({ title, back, count = null, isTitled = false, children }: Props) {
  const toolbar = useRovingTabIndex<HTMLDivElement>();
  return (
    <div className="bar" role="toolbar" aria-label={title} {...toolbar}>
      {back}
      <h2 className={isTitled ? "bar-title always" : "bar-title"}>
        {title}
        {count !== null && <span className="count">{formatCount(count)}</span>}
      </h2>
      {children}
      <IconButton icon={Ellipsis} look="narrow-only" label={t`All commands`} onClick={openPalette} />
    </div>
  );
}

export const BarDivider = () => <span className="bar-sign" aria-hidden />;

interface TabOption<Value extends string> {
  value: Value;
  words: string;
  /** Replaces the visible label, which remains for screen readers. */
  icon?: LucideIcon;
  /** How many there are, if known. */
  count?: number | undefined;
  /** False for a lower bound. */
  isExact?: boolean;
  /** Before the label. */
  mark?: ReactNode;
  look?: string;
}

interface TabsProps<Value extends string> {
  label: string;
  look?: string;
  options: readonly TabOption<Value>[];
  /** Null selects none. */
  value: Value | null;
  onChange: (value: Value) => void;
}

/** A segmented control. */
export function Tabs<Value extends string>({ label, look = "tabs", options, value, onChange }: TabsProps<Value>) {
  return (
    <div className={`segmented ${look}`} role="group" aria-label={label}>
      {options.map(({ icon: Icon, words, isExact = true, ...each }) => (
        <button
          key={each.value}
          type="button"
          className={each.look}
          aria-pressed={each.value === value}
          onClick={() => onChange(each.value)}
          {...(Icon && { "aria-label": words, title: words })}
        >
          {each.mark}
          {Icon ? <Icon aria-hidden /> : words}
          {each.count !== undefined && <span className="count">{formatAtLeast(each.count, isExact)}</span>}
        </button>
      ))}
    </div>
  );
}
