import "./Progress.css";

interface Props {
  label: string;
  value: number;
  max: number;
  tone?: "accent" | "waiting" | "failed";
}

export function Progress({ label, value, max, tone = "accent" }: Props) {
  const share = max > 0 ? Math.min(1, value / max) : 0;
  return (
    <div
      className={`progress ${tone}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={max}
      aria-valuenow={value}
    >
      <div className="progress-fill" style={{ width: `${share * 100}%` }} />
    </div>
  );
}
