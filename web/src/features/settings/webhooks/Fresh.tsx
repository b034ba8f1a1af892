import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Copy } from "lucide-react";

import { Button } from "../../../ui/Button";
import { copyText } from "../../../ui/toast";
import type { NewSecret } from "./schema";

/** The secret, shown this once. */
export function Fresh({ made, onDone }: { made: NewSecret; onDone: () => void }) {
  return (
    <div className="fresh" role="status">
      <p>
        <Trans>
          <strong>The secret of {made.webhook.url}. Copy it now: it is shown only this once.</strong> With it your
          server checks that a message comes from here.
        </Trans>
      </p>
      <div className="fresh-secret">
        <code aria-label={t`The secret`}>{made.secret}</code>
        <Button icon={Copy} look="primary" onClick={() => void copyText(made.secret, t`Secret copied.`)}>
          <Trans>Copy</Trans>
        </Button>
        <Button look="quiet" onClick={onDone}>
          <Trans>I have it</Trans>
        </Button>
      </div>
    </div>
  );
}
