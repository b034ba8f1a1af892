import type { LucideIcon } from "lucide-react";

interface Props<Value extends string> {
  label: string;
  options: readonly (readonly [value: Value, label: string, icon: LucideIcon])[];
  value: Value;
  onChange: (value: Value) => void;
}

/** One of a few, an icon each. */
export function SwitchGroup<Value extends string>({ label, options, value, onChange }: Props<Value>) {
  return (
    <div className="segmented" role="group" aria-label={label}>
      {options.map(([each, name, Icon]) => (
        <button
          key={each}
          type="button"
          aria-pressed={value === each}
          aria-label={name}
          title={name}
          onClick={() => onChange(each)}
        >
          <Icon aria-hidden />
        </button>
      ))}
    </div>
  );
}
