import { Check, Trash2 } from "lucide-react";

import { Button, IconButton } from "./Button";

export const Looks = () => (
  <div className="buttons">
    <Button>Plain</Button>
    <Button look="primary" icon={Check}>
      Primary
    </Button>
    <Button look="quiet">Quiet</Button>
    <Button look="danger">Danger</Button>
    <Button look="danger solid" icon={Trash2} about="of 3 posts">
      Delete
    </Button>
    <IconButton icon={Trash2} label="Delete" />
  </div>
);

export const Disabled = () => (
  <div className="buttons">
    <Button disabled>Plain</Button>
    <Button look="primary" disabled>
      Primary
    </Button>
    <IconButton icon={Trash2} label="Delete" disabled />
  </div>
);
