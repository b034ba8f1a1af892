import "./settings.css";
import "./table.css";

import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link as LinkIcon, UserRound } from "lucide-react";

import { config, moderates } from "../../data/config";
import { go, pageHref, useParameters } from "../../platform/address";
import { Empty } from "../../ui/Empty";
import { OpenLink } from "../../ui/OpenLink";
import { type Section, SECTIONS } from "./sections";

const SECTION = ["section"] as const;

/** A list of sections, and the one that is open. What signs in for somebody is theirs alone. */
export default function SettingsPage() {
  const { section: name } = useParameters("settings", SECTION);
  if (moderates) {
    return (
      <Empty
        icon={UserRound}
        title={t`Settings are for @${config.subject.handle} alone.`}
        hint={t`Keys and browsers sign in for a person: nobody sees or changes them on their behalf.`}
      >
        <a className="button" href={`/u/${config.viewer.sqid}/settings`}>
          <Trans>Your own settings</Trans>
        </a>
      </Empty>
    );
  }
  const section = SECTIONS.find((each) => each.name === name) ?? SECTIONS[0];
  return (
    <div className="settings" data-sections>
      <nav className="settings-sections" aria-label={t`Settings`}>
        <h2>
          <Trans>Settings</Trans>
        </h2>
        {SECTIONS.map((each) => (
          <SectionLink key={each.name} section={each} isOpen={each === section} />
        ))}
        <a href="/api/docs">
          <LinkIcon aria-hidden />
          <span>
            <Trans>How to use the API</Trans>
          </span>
        </a>
      </nav>
      <section.Body />
    </div>
  );
}

function SectionLink({ section, isOpen }: { section: Section; isOpen: boolean }) {
  const { icon: Icon, title, name, useCount = useNoCount } = section;
  const count = useCount();
  const query = name === SECTIONS[0].name ? {} : { section: name };
  return (
    <OpenLink
      href={pageHref("settings", query)}
      aria-current={isOpen ? "true" : undefined}
      onOpen={() => go("settings", query)}
    >
      <Icon aria-hidden />
      <span>{title}</span>
      {section.useCount && <span className="count numbers">{count}</span>}
    </OpenLink>
  );
}

const useNoCount = () => undefined;
