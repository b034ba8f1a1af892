import { useId } from "react";

import type { Field, Value, Values } from "./form";
import { sentence } from "./form";
import { StepsField } from "./StepsField";

interface Props {
  fields: readonly Field[];
  values: Values;
  onChange: (values: Values) => void;
}

/** The fields of a task's parameters, as its schema describes them. */
export function FormFields({ fields, values, onChange }: Props) {
  if (fields.length === 0) return null;
  return (
    <div className="fields">
      {fields.map((field) => (
        <FieldView
          key={field.name}
          field={field}
          value={values[field.name] ?? field.initial}
          onChange={(value) => onChange({ ...values, [field.name]: value })}
        />
      ))}
    </div>
  );
}

interface FieldProps {
  field: Field;
  value: Value;
  onChange: (value: Value) => void;
}

function FieldView({ field, value, onChange }: FieldProps) {
  const helpId = useId();
  const help = field.help && <small id={helpId}>{field.help}</small>;
  const described = field.help ? { "aria-describedby": helpId } : {};
  switch (field.kind) {
    case "steps":
      return (
        <StepsField field={field} value={Array.isArray(value) ? (value as Value[]) : []} onChange={onChange}>
          {(fields, values, onStep) => <FormFields fields={fields} values={values} onChange={onStep} />}
        </StepsField>
      );
    case "choice":
      return (
        <label>
          <span>{field.label}</span>
          <select
            {...described}
            value={typeof value === "number" ? String(value) : typeof value === "string" ? value : ""}
            onChange={(event) =>
              onChange(field.options.find((option) => String(option) === event.target.value) ?? event.target.value)
            }
          >
            {field.options.map((option) => (
              <option key={option} value={option}>
                {typeof option === "number" ? `${String(option)} ×` : sentence(option)}
              </option>
            ))}
          </select>
          {help}
        </label>
      );
    case "switch":
      return (
        <label className="as-switch">
          <input
            type="checkbox"
            {...described}
            checked={value === true}
            onChange={(event) => onChange(event.target.checked)}
          />
          <span>{field.label}</span>
          {help}
        </label>
      );
    case "range":
      return (
        <label>
          <span>
            {field.label} <output className="muted">{typeof value === "number" ? value : ""}</output>
          </span>
          <input
            type="range"
            {...described}
            min={field.min}
            max={field.max}
            step={field.step}
            value={Number(value)}
            onChange={(event) => onChange(Number(event.target.value))}
          />
          {help}
        </label>
      );
    case "number":
      return (
        <label>
          <span>{field.label}</span>
          <input
            type="number"
            {...described}
            min={field.min}
            max={field.max}
            step="any"
            required={field.isRequired}
            value={typeof value === "number" ? value : ""}
            onChange={(event) => onChange(event.target.value === "" ? null : Number(event.target.value))}
          />
          {help}
        </label>
      );
    case "text":
      return (
        <label>
          <span>{field.label}</span>
          <input
            type="text"
            {...described}
            maxLength={field.maxLength}
            required={field.isRequired}
            value={typeof value === "string" ? value : ""}
            onChange={(event) => onChange(event.target.value)}
          />
          {help}
        </label>
      );
  }
}
