import "./Field.css";

import { Trans } from "@lingui/react/macro";
import { type ComponentProps, type ReactNode, useId } from "react";

type FieldProps<Name extends "input" | "textarea" | "select"> = Omit<ComponentProps<Name>, "onChange"> & {
  label: ReactNode;
  /** Help text below the field. */
  help?: ReactNode;
  onChange: (value: string) => void;
};

/** Help is inside the label, but describes the control: screen readers would read it as its name. */
export function useHelp(help: ReactNode) {
  const id = useId();
  if (!help) return { nameId: undefined, named: {}, shown: null };
  const [nameId, helpId] = [`${id}-name`, `${id}-help`];
  const shown = (
    <span id={helpId} className="help">
      {help}
    </span>
  );
  return { nameId, named: { "aria-labelledby": nameId, "aria-describedby": helpId }, shown };
}

/** A labelled text input. */
export function TextField({ label, help, className, onChange, children, ...input }: FieldProps<"input">) {
  const { nameId, named, shown } = useHelp(help);
  return (
    <label className={className}>
      <span id={nameId}>{label}</span>
      <input type="text" {...named} {...input} onChange={(event) => onChange(event.target.value)} />
      {shown}
      {children}
    </label>
  );
}

export function TextArea({ label, help, className, onChange, ...area }: FieldProps<"textarea">) {
  const { nameId, named, shown } = useHelp(help);
  return (
    <label className={className}>
      <span id={nameId}>{label}</span>
      <textarea {...named} {...area} onChange={(event) => onChange(event.target.value)} />
      {shown}
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
  const { nameId, named, shown } = useHelp(help);
  return (
    <label className={className}>
      <span id={nameId}>{label}</span>
      <select {...named} {...select} onChange={(event) => onChange(event.target.value)}>
        {children}
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
      {shown}
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
  const { nameId, named, shown } = useHelp(note && <small className="muted">{note}</small>);
  return (
    <label className="beside">
      <input {...named} {...input} onChange={(event) => onChange(event.target.checked)} />
      <span>
        <span id={nameId}>{children}</span> {shown}
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
