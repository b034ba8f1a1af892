import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";

import { type Choice, chooseLanguage, chosenLanguage, LANGUAGES } from "../../platform/language";
import { LoadError } from "../../ui/Empty";
import { type Option, SelectField } from "../../ui/Field";
import { toast } from "../../ui/toast";
import { useWrite } from "../../ui/useWrite";
import { putLanguage, type ReadLanguage, useAccountLanguage } from "./api";
import type { AccountLanguage } from "./schema";

const NAMES = Object.entries(LANGUAGES) as readonly Option[];

/** Of this page, in this browser; and of what the account is sent. */
export function LanguageSettings() {
  const { data, error, refetch } = useAccountLanguage();
  return (
    <section className="settings-main alone" aria-labelledby="language-title">
      <h2 id="language-title">
        <Trans>Language</Trans>
      </h2>
      <p className="settings-lead">
        <Trans>What you write stays as you write it. Shared pages are in their visitor’s language.</Trans>
      </p>
      <SelectField
        className="field"
        label={t`These pages, in this browser`}
        value={chosenLanguage}
        options={[["system", t`The browser’s language`], ...NAMES]}
        onChange={(choice) => chooseLanguage(choice as Choice)}
      />
      {error && <LoadError error={error} onRetry={() => void refetch()} />}
      {data && <OfMails {...data} />}
    </section>
  );
}

function OfMails({ language, tag }: ReadLanguage) {
  const [isBusy, write] = useWrite();
  const save = async (choice: string) => {
    await putLanguage((choice || null) as AccountLanguage["language"], tag);
    toast.success(t`The language of e-mails is saved.`);
  };
  return (
    <SelectField
      className="field"
      label={t`E-mails and takeouts`}
      disabled={isBusy}
      value={language ?? ""}
      options={[["", t`Not chosen: English`], ...NAMES]}
      onChange={(choice) => write(() => save(choice))}
    />
  );
}
