import { Facts } from "./Facts";
import { FormError } from "./FormError";
import { Progress } from "./Progress";
import { SizeSlider } from "./SizeSlider";
import { Status, statusIcons } from "./Status";

const states = Object.keys(statusIcons) as (keyof typeof statusIcons)[];

export const States = () => (
  <div className="buttons">
    {states.map((of) => (
      <span key={of} data-status={of}>
        <Status of={of}>{of}</Status>
      </span>
    ))}
  </div>
);
export const ProgressBars = () => (
  <>
    <Progress label="Sending" value={3} max={8} />
    <Progress label="Waiting" value={5} max={8} tone="waiting" />
    <Progress label="Failed" value={8} max={8} tone="failed" />
  </>
);
export const FactsAndErrors = () => (
  <>
    <Facts
      facts={[
        ["Canvas", "16 × 16"],
        ["Size", "1 KiB"],
      ]}
    />
    <FormError>The name is taken.</FormError>
    <SizeSlider value={120} min={60} max={240} step={20} onChange={() => undefined} />
  </>
);
