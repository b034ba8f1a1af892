interface Props {
  value: number;
  min: number;
  max: number;
  step: number;
  onChange: (value: number) => void;
}

/** How large the tiles are. */
export function SizeSlider({ value, min, max, step, onChange }: Props) {
  return (
    <label className="size-slider" title="Size of the pictures">
      <input
        type="range"
        aria-label="Size of the pictures"
        min={min}
        max={max}
        step={step}
        value={value}
        onChange={(event) => onChange(Number(event.target.value))}
      />
    </label>
  );
}
