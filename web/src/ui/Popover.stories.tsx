import { Button } from "./Button";
import { Popover } from "./Popover";

export const AtTheEnd = () => (
  <Popover label="Filters">
    <div className="buttons">
      <Button>First</Button>
      <Button>Second</Button>
    </div>
  </Popover>
);

export const AtTheStart = () => (
  <Popover label="Columns" align="start">
    <p>Nothing to press.</p>
  </Popover>
);
