import { t } from "@lingui/core/macro";

import "./SizeSlider.css";

interface Props {
  value: number;
  min: number;
  max: number;
  step: number;
  onChange: (value: number) => void;
}

export function SizeSlider({ value, min, max, step, onChange }: Props) {
  return (
    <label className="size-slider" title={t`Thumbnail size`}>
      <input
        type="range"
        aria-label={t`Thumbnail size`}
        min={min}
        max={max}
        step={step}
        value={value}
        onChange={(event) => onChange(Number(event.target.value))}
      />
    </label>
  );
}
