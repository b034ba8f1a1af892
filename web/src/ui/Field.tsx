import type { ComponentProps, ReactNode } from "react";

type Told<Name extends "input" | "textarea" | "select"> = Omit<ComponentProps<Name>, "onChange"> & {
  label: ReactNode;
  /** Below it: more than its name says. */
  help?: ReactNode;
  onChange: (value: string) => void;
};

/** A line of text by its name. */
export function TextField({ label, help, className, onChange, children, ...input }: Told<"input">) {
  return (
    <label className={className}>
      <span>{label}</span>
      <input type="text" {...input} onChange={(event) => onChange(event.target.value)} />
      {help}
      {children}
    </label>
  );
}

export function TextArea({ label, help, className, onChange, ...area }: Told<"textarea">) {
  return (
    <label className={className}>
      <span>{label}</span>
      <textarea {...area} onChange={(event) => onChange(event.target.value)} />
      {help}
    </label>
  );
}

export type Option = readonly [value: string | number, text: string];

/** One of several; `children` are options that stand before the others. */
export function SelectField({
  label,
  help,
  className,
  options,
  onChange,
  children,
  ...select
}: Told<"select"> & { options: readonly Option[] }) {
  return (
    <label className={className}>
      <span>{label}</span>
      <select {...select} onChange={(event) => onChange(event.target.value)}>
        {children}
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
      {help}
    </label>
  );
}

interface ChoiceProps extends Omit<ComponentProps<"input">, "onChange"> {
  type: "radio" | "checkbox";
  /** Below its words: more of it. */
  note?: ReactNode;
  onChange: (isOn: boolean) => void;
}

/** One line of a fieldset of choices. */
export function Choice({ note, onChange, children, ...input }: ChoiceProps) {
  return (
    <label className="beside">
      <input {...input} onChange={(event) => onChange(event.target.checked)} />
      <span>
        {children} {note && <small className="muted">{note}</small>}
      </span>
    </label>
  );
}

interface TicksProps<Name extends string> {
  /** What each is called, in the order they stand. */
  names: Readonly<Record<Name, string>>;
  chosen: Readonly<Record<Name, boolean>>;
  onChange: (chosen: Record<Name, boolean>) => void;
}

/** What may be had besides. */
export function Ticks<Name extends string>({ names, chosen, onChange }: TicksProps<Name>) {
  return (
    <fieldset className="choices">
      <legend className="muted">Include</legend>
      {(Object.keys(names) as Name[]).map((name) => (
        <Choice
          key={name}
          type="checkbox"
          checked={chosen[name]}
          onChange={(isOn) => onChange({ ...chosen, [name]: isOn })}
        >
          {names[name]}
        </Choice>
      ))}
    </fieldset>
  );
}
