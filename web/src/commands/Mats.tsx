import "./Mats.css";

import type { Command } from "./commands";
import { MAT_CHOICES, type MatChoice, useMatChoice, useOwnMat } from "../ui/useMat";

const names: Record<MatChoice, string> = {
  auto: "Automatic",
  dark: "Dark",
  middle: "Middle",
  light: "Light",
  own: "Custom colour",
};

/** Chooses the background behind artwork; `b` cycles. */
export function Mats() {
  const [choice, setChoice] = useMatChoice();
  const [own, setOwn] = useOwnMat();
  return (
    <div className="mats beside" role="radiogroup" aria-label="Background">
      {MAT_CHOICES.map((each) => (
        <button
          key={each}
          type="button"
          role="radio"
          className="mat"
          data-mat={each}
          aria-checked={each === choice}
          aria-label={names[each]}
          title={`${names[each]} (b)`}
          style={{ "--mat-own": own }}
          onClick={() => setChoice(each)}
        />
      ))}
      {choice === "own" && (
        <input type="color" aria-label="Custom colour" value={own} onChange={(event) => setOwn(event.target.value)} />
      )}
    </div>
  );
}

/** The commands for the background. */
export function useMatCommands(): Command[] {
  const [choice, setChoice] = useMatChoice();
  const next = MAT_CHOICES[(MAT_CHOICES.indexOf(choice) + 1) % MAT_CHOICES.length] ?? "auto";
  return [
    { name: "mat", label: `Background: ${names[next].toLowerCase()}`, group: "view", run: () => setChoice(next) },
    { name: "autoMat", run: () => setChoice("auto") },
  ];
}
