import { Button } from "./Button";
import { toast } from "./toast";

export const Tones = () => (
  <div className="buttons">
    <Button onClick={() => toast.success("3 posts hidden.", { action: { label: "Undo", onClick: () => undefined } })}>
      Success
    </Button>
    <Button onClick={() => toast.info("The list has changed.")}>Info</Button>
    <Button onClick={() => toast.error("The service cannot be reached.")}>Error</Button>
  </div>
);
