import { lowered } from "../platform/text";
import "./Mats.css";

import { t } from "@lingui/core/macro";

import type { Command } from "./commands";
import { MAT_CHOICES, type MatChoice, useMatChoice, useOwnMat } from "../ui/useMat";

const names: Record<MatChoice, string> = {
  auto: t`Automatic`,
  dark: t`Dark`,
  middle: t({ message: "Middle", context: "brightness" }),
  light: t`Light`,
  own: t`Custom colour`,
};

/** Chooses the background behind artwork; `b` cycles. */
export function Mats() {
  const [choice, setChoice] = useMatChoice();
  const [own, setOwn] = useOwnMat();
  return (
    <div className="mats beside" role="radiogroup" aria-label={t`Background`}>
      {MAT_CHOICES.map((each) => (
        <button
          key={each}
          type="button"
          role="radio"
          className="mat"
          data-mat={each}
          aria-checked={each === choice}
          aria-label={names[each]}
          title={t`${names[each]} (b)`}
          style={{ "--mat-own": own }}
          onClick={() => setChoice(each)}
        />
      ))}
      {choice === "own" && (
        <input
          type="color"
          aria-label={t`Custom colour`}
          value={own}
          onChange={(event) => setOwn(event.target.value)}
        />
      )}
    </div>
  );
}

/** The commands for the background. */
export function useMatCommands(): Command[] {
  const [choice, setChoice] = useMatChoice();
  const next = MAT_CHOICES[(MAT_CHOICES.indexOf(choice) + 1) % MAT_CHOICES.length] ?? "auto";
  return [
    { name: "mat", label: t`Background: ${lowered(names[next])}`, group: "view", run: () => setChoice(next) },
    { name: "autoMat", run: () => setChoice("auto") },
  ];
}
