import { t } from "@lingui/core/macro";

import { formatLicense } from "../../platform/format";
import type { Names } from "./cells";

/** The choices of a draft's licence, in a cell and on the sheet. */
export function LicenceOptions({ licences }: Pick<Names, "licences">) {
  return (
    <>
      <option value="">{t`No licence`}</option>
      {licences.map(({ id, identifier }) => (
        <option key={id} value={identifier}>
          {formatLicense(identifier)}
        </option>
      ))}
    </>
  );
}
