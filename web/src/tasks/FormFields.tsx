import { useId } from "react";

import { SelectField, TextArea, TextField } from "../ui/Field";
import { type Field, sentence, type Value, type Values } from "./form";
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

/** What is longer, a palette for instance, has lines. */
const MOST_IN_A_LINE = 500;

interface FieldProps {
  field: Field;
  value: Value;
  onChange: (value: Value) => void;
}

function FieldView({ field, value, onChange }: FieldProps) {
  const helpId = useId();
  const usual = {
    label: field.label,
    help: field.help && <small id={helpId}>{field.help}</small>,
    ...(field.help && { "aria-describedby": helpId }),
  };
  switch (field.kind) {
    case "steps":
      return (
        <StepsField field={field} value={Array.isArray(value) ? (value as Value[]) : []} onChange={onChange}>
          {(fields, values, onStep) => <FormFields fields={fields} values={values} onChange={onStep} />}
        </StepsField>
      );
    case "choice":
      return (
        <SelectField
          {...usual}
          options={field.options.map((one) => [one, typeof one === "number" ? `${String(one)} ×` : sentence(one)])}
          value={typeof value === "number" ? String(value) : typeof value === "string" ? value : ""}
          onChange={(chosen) => onChange(field.options.find((option) => String(option) === chosen) ?? chosen)}
        />
      );
    case "switch": {
      const { label, help, ...described } = usual;
      return (
        <label className="as-switch">
          <input
            type="checkbox"
            {...described}
            checked={value === true}
            onChange={(event) => onChange(event.target.checked)}
          />
          <span>{label}</span>
          {help}
        </label>
      );
    }
    case "range": {
      const { min, max, step, label } = field;
      const now = <output className="muted">{typeof value === "number" ? value : ""}</output>;
      return (
        <TextField
          {...usual}
          label={
            <>
              {label} {now}
            </>
          }
          type="range"
          min={min}
          max={max}
          step={step}
          value={Number(value)}
          onChange={(text) => onChange(Number(text))}
        />
      );
    }
    case "number":
      return (
        <TextField
          {...usual}
          type="number"
          min={field.min}
          max={field.max}
          step="any"
          required={field.isRequired}
          value={typeof value === "number" ? value : ""}
          onChange={(text) => onChange(text === "" ? null : Number(text))}
        />
      );
    case "text": {
      const text = {
        ...usual,
        maxLength: field.maxLength,
        required: field.isRequired,
        value: typeof value === "string" ? value : "",
        onChange,
      };
      return field.maxLength > MOST_IN_A_LINE ? (
        <TextArea {...text} className="wide" rows={6} spellCheck={false} />
      ) : (
        <TextField {...text} />
      );
    }
  }
}
