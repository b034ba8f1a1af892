import { Copy } from "lucide-react";

import { Button } from "../../../ui/Button";
import { copyText } from "../../../ui/toast";
import type { NewSecret } from "./schema";

/** The secret, shown this once. */
export function Fresh({ made, onDone }: { made: NewSecret; onDone: () => void }) {
  return (
    <div className="fresh" role="status">
      <p>
        <strong>The secret of {made.webhook.url}. Copy it now: it is shown only this once.</strong> With it your server
        checks that a message comes from here.
      </p>
      <div className="fresh-secret">
        <code aria-label="The secret">{made.secret}</code>
        <Button icon={Copy} look="primary" onClick={() => void copyText(made.secret, "Secret copied.")}>
          Copy
        </Button>
        <Button look="quiet" onClick={onDone}>
          I have it
        </Button>
      </div>
    </div>
  );
}
