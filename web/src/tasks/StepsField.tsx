import { ArrowDown, ArrowUp, Plus, X } from "lucide-react";
import { type ReactNode, useState } from "react";

import { Button, IconButton } from "../ui/Button";
import { type Field, filled, initialValues, type Value, type Values } from "./form";

interface Props {
  field: Extract<Field, { kind: "steps" }>;
  value: readonly Value[];
  onChange: (value: readonly Value[]) => void;
  /** Draws one operation's own fields. */
  children: (fields: readonly Field[], values: Values, onChange: (values: Values) => void) => ReactNode;
}

/** Operations one after the other, in the order shown. */
export function StepsField({ field, value, onChange, children }: Props) {
  const [next, setNext] = useState(field.shapes[0]?.tag ?? "");
  const steps = value as readonly Values[];
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
      <legend>{field.label}, in this order</legend>
      <ol>
        {steps.map((step, index) => {
          const shape = shapeOf(step);
          const label = shape?.label ?? "";
          return (
            <li key={index}>
              <div className="step-head">
                <strong>{label}</strong>
                <IconButton
                  icon={ArrowUp}
                  label={`${label}: earlier`}
                  disabled={index === 0}
                  onClick={() => move(index, -1)}
                />
                <IconButton
                  icon={ArrowDown}
                  label={`${label}: later`}
                  disabled={index === steps.length - 1}
                  onClick={() => move(index, 1)}
                />
                <IconButton
                  icon={X}
                  look="danger"
                  label={`Without ${label}`}
                  onClick={() => onChange(steps.filter((_, at) => at !== index))}
                />
              </div>
              {shape?.help && <small className="muted">{shape.help}</small>}
              {shape && children(shape.fields, step, (values) => replace(index, values))}
            </li>
          );
        })}
      </ol>
      {steps.length < field.most && (
        <div className="buttons">
          <select aria-label="Next operation" value={next} onChange={(event) => setNext(event.target.value)}>
            {field.shapes.map(({ tag, label }) => (
              <option key={tag} value={tag}>
                {label}
              </option>
            ))}
          </select>
          <Button icon={Plus} onClick={add}>
            Add
          </Button>
        </div>
      )}
    </fieldset>
  );
}
