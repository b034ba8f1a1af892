import "./Field.css";

import { Trans } from "@lingui/react/macro";
import type { ComponentProps, ReactNode } from "react";

type FieldProps<Name extends "input" | "textarea" | "select"> = Omit<ComponentProps<Name>, "onChange"> & {
  label: ReactNode;
  /** Help text below the field. */
  help?: ReactNode;
  onChange: (value: string) => void;
};

/** A labelled text input. */
export function TextField({ label, help, className, onChange, children, ...input }: FieldProps<"input">) {
  return (
    <label className={className}>
      <span>{label}</span>
      <input type="text" {...input} onChange={(event) => onChange(event.target.value)} />
      {help}
      {children}
    </label>
  );
}

export function TextArea({ label, help, className, onChange, ...area }: FieldProps<"textarea">) {
  return (
    <label className={className}>
      <span>{label}</span>
      <textarea {...area} onChange={(event) => onChange(event.target.value)} />
      {help}
    </label>
  );
}

export type Option = readonly [value: string | number, text: string];

/** A labelled select; `children` are options before the others. */
export function SelectField({
  label,
  help,
  className,
  options,
  onChange,
  children,
  ...select
}: FieldProps<"select"> & { options: readonly Option[] }) {
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
  /** Secondary text. */
  note?: ReactNode;
  onChange: (isOn: boolean) => void;
}

/** A radio button or checkbox with its label. */
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
  /** Labels, in display order. */
  names: Readonly<Record<Name, string>>;
  chosen: Readonly<Record<Name, boolean>>;
  onChange: (chosen: Record<Name, boolean>) => void;
}

/** Optional extras. */
export function CheckboxGroup<Name extends string>({ names, chosen, onChange }: TicksProps<Name>) {
  return (
    <fieldset className="choices">
      <legend className="muted">
        <Trans>Include</Trans>
      </legend>
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
