import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useEffect, useState } from "react";

/** "Retrying in 4 s." Screen readers announce it once, not every second. */
export function Countdown({ what, at }: { what: string; at: number }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [at]);
  const left = Math.max(0, Math.ceil((at - now) / 1000));
  return (
    <>
      <span aria-hidden>
        {what} {left > 0 ? t`in ${left} s` : t`now`}.
      </span>
      <span className="visually-hidden">
        <Trans>{what} automatically.</Trans>
      </span>
    </>
  );
}
