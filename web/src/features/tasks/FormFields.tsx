import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { ArrowDown, ArrowUp, Plus, X } from "lucide-react";
import { useState } from "react";

import { translated } from "../../platform/texts";
import { Button, IconButton } from "../../ui/Button";
import { SelectField, TextArea, TextField, useHelp } from "../../ui/Field";
import { type Field, filled, initialValues, sentence, type Value, type Values } from "./form";

interface Props {
  fields: readonly Field[];
  values: Values;
  onChange: (values: Values) => void;
}

/** The form fields for a task's parameters. */
export function FormFields({ fields, values, onChange }: Props) {
  if (fields.length === 0) return null;
  return (
    <div className="fields">
      {fields.map((field) => (
        <FieldView
          key={field.name}
          field={field}
          value={shownOf(field, values[field.name])}
          onChange={(value) => onChange({ ...values, [field.name]: value })}
        />
      ))}
    </div>
  );
}

/** What is not set is as it is at first; a number that was emptied stays so, to be typed anew. */
const shownOf = ({ kind, initial }: Field, value: Value | undefined): Value =>
  value === null && kind === "number" ? null : (value ?? initial);

/** Longer texts, such as a palette, get a text area. */
const MAX_SINGLE_LINE = 500;

interface FieldProps {
  field: Field;
  value: Value;
  onChange: (value: Value) => void;
}

function FieldView({ field, value, onChange }: FieldProps) {
  const usual = { label: field.label, help: field.help && <small className="muted">{field.help}</small> };
  const { nameId, named, shown } = useHelp(usual.help);
  switch (field.kind) {
    case "steps":
      return <StepsField field={field} value={value} onChange={onChange} />;
    case "choice":
      return (
        <SelectField
          {...usual}
          options={field.options.map((one) => [one, typeof one === "number" ? `${one} ×` : translated(sentence(one))])}
          value={typeof value === "number" ? String(value) : typeof value === "string" ? value : ""}
          onChange={(chosen) => onChange(field.options.find((option) => String(option) === chosen) ?? chosen)}
        />
      );
    case "switch":
      return (
        <label className="as-switch">
          <input
            type="checkbox"
            {...named}
            checked={value === true}
            onChange={(event) => onChange(event.target.checked)}
          />
          <span id={nameId}>{usual.label}</span>
          {shown}
        </label>
      );
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
      return field.maxLength > MAX_SINGLE_LINE ? (
        <TextArea {...text} className="wide" rows={6} spellCheck={false} />
      ) : (
        <TextField {...text} />
      );
    }
  }
}

interface StepsProps {
  field: Extract<Field, { kind: "steps" }>;
  value: Value;
  onChange: (value: readonly Value[]) => void;
}

/** Operations, applied in the order shown. */
function StepsField({ field, value, onChange }: StepsProps) {
  const [next, setNext] = useState(field.shapes[0]?.tag ?? "");
  const steps = Array.isArray(value) ? (value as readonly Values[]) : [];
  const shapeOf = (step: Values) => field.shapes.find(({ tag }) => tag === step[field.tagName]);
  const replace = (index: number, step: Values) => onChange(steps.map((each, at) => (at === index ? step : each)));
  const move = (index: number, by: -1 | 1) => {
    const order = [...steps];
    const [taken] = order.splice(index, 1);
    if (taken) order.splice(index + by, 0, taken);
    onChange(order);
  };
  const add = () => {
    const shape = field.shapes.find(({ tag }) => tag === next);
    if (!shape) return;
    onChange([...steps, { [field.tagName]: shape.tag, ...filled(shape.fields, initialValues(shape.fields)) }]);
  };
  return (
    <fieldset className="steps">
      <legend>
        <Trans>{field.label}, in this order</Trans>
      </legend>
      <ol>
        {steps.map((step, index) => {
          const shape = shapeOf(step);
          const label = shape?.label ?? "";
          return (
            <li key={index}>
              <div className="step-head beside">
                <strong className="grow">{label}</strong>
                <IconButton
                  icon={ArrowUp}
                  label={t`${label}: earlier`}
                  disabled={index === 0}
                  onClick={() => move(index, -1)}
                />
                <IconButton
                  icon={ArrowDown}
                  label={t`${label}: later`}
                  disabled={index === steps.length - 1}
                  onClick={() => move(index, 1)}
                />
                <IconButton
                  icon={X}
                  look="danger"
                  label={t`Without ${label}`}
                  onClick={() => onChange(steps.filter((_, at) => at !== index))}
                />
              </div>
              {shape?.help && <small className="muted">{shape.help}</small>}
              {shape && (
                <FormFields fields={shape.fields} values={step} onChange={(values) => replace(index, values)} />
              )}
            </li>
          );
        })}
      </ol>
      {steps.length < field.most && (
        <div className="buttons">
          <select aria-label={t`Next operation`} value={next} onChange={(event) => setNext(event.target.value)}>
            {field.shapes.map(({ tag, label }) => (
              <option key={tag} value={tag}>
                {label}
              </option>
            ))}
          </select>
          <Button icon={Plus} onClick={add}>
            <Trans>Add</Trans>
          </Button>
        </div>
      )}
    </fieldset>
  );
}
