import "./moving.css";

import { Trans } from "@lingui/react/macro";

import { moderates } from "../../../data/config";
import { useParameters } from "../../../platform/address";
import { BringBack } from "./BringBack";
import { DeleteAccount } from "./DeleteAccount";
import { ImportView } from "./ImportView";
import { TakeHome } from "./TakeHome";

const IMPORT = ["import"] as const;

/** Everything taken home in one file, and archives brought back; or one import, which has an address of its own. */
export function YourData() {
  const { import: id } = useParameters("settings", IMPORT);
  if (id > 0) return <ImportView key={id} id={id} />;
  return (
    <section className="settings-main alone" aria-labelledby="data-title">
      <h2 id="data-title">
        <Trans>Your data</Trans>
      </h2>
      <p className="settings-lead">
        <Trans>Everything here is yours. Take it with you, bring it back, or delete it.</Trans>
      </p>
      <TakeHome />
      <BringBack />
      {!moderates && <DeleteAccount />}
    </section>
  );
}
