import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";

import { putRule, useRule } from "../../data/publishing/rule";
import type { Rule } from "../../data/publishing/schema";
import { LoadError } from "../../ui/Empty";
import { Choice } from "../../ui/Field";
import { toast } from "../../ui/toast";
import { editOf } from "../../ui/edits";
import { useWrite } from "../../ui/useWrite";

/** The artist's default of what files and posts say about training AI. */
export function AiTraining() {
  const { data, error, refetch } = useRule();
  return (
    <section className="settings-main alone" aria-labelledby="ai-title">
      <h2 id="ai-title">
        <Trans>AI training</Trans>
      </h2>
      <p className="settings-lead">
        <Trans>
          Holds for all posts and files that do not say otherwise themselves: in the headers of your pictures, in packs,
          and in the files that leave.
        </Trans>
      </p>
      {error && <LoadError error={error} onRetry={() => void refetch()} />}
      {data && <Default rule={data} />}
    </section>
  );
}

function Default({ rule }: { rule: Rule }) {
  const [isBusy, write] = useWrite();
  const save = async (ai_opt_out: boolean) => {
    await putRule(editOf(rule, { ai_opt_out }));
    toast.success(ai_opt_out ? t`Your works are not for training AI.` : t`Your works say nothing about training AI.`);
  };
  return (
    <div className="choices">
      <Choice type="checkbox" checked={rule.ai_opt_out} disabled={isBusy} onChange={(isOn) => write(() => save(isOn))}>
        <Trans>My works are not for training AI</Trans>
      </Choice>
    </div>
  );
}
