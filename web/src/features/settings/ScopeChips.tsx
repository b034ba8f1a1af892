import { t } from "@lingui/core/macro";

import type { Scope } from "./schema";
import { deletes, shown, wordsOf } from "./scopes";

/** What a key may do, in a few words each. */
export function ScopeChips({ scopes }: { scopes: readonly Scope[] }) {
  return (
    <ul className="chips" aria-label={t`May`}>
      {shown(scopes).map((scope) => (
        <li key={scope} className="chip" data-deletes={deletes(scope)}>
          {wordsOf(scope).short}
        </li>
      ))}
    </ul>
  );
}
