import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";

import { type Choice, chooseLanguage, chosenLanguage, LANGUAGES } from "../../platform/language";
import { type Option, SelectField } from "../../ui/Field";

const OPTIONS: readonly Option[] = [["system", t`The browser’s language`], ...Object.entries(LANGUAGES)];

/** Of these pages, in this browser; e-mails follow (app/accountLanguage.ts). */
export function LanguageSettings() {
  return (
    <section className="settings-main alone" aria-labelledby="language-title">
      <h2 id="language-title">
        <Trans>Language</Trans>
      </h2>
      <p className="settings-lead">
        <Trans>
          What you write stays as you write it. E-mails and takeouts follow; what you share is in its visitor’s
          language.
        </Trans>
      </p>
      <SelectField
        className="field"
        label={t`These pages, in this browser`}
        value={chosenLanguage}
        options={OPTIONS}
        onChange={(choice) => chooseLanguage(choice as Choice)}
      />
    </section>
  );
}
