import "./settings.css";
import "./table.css";

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
        title={`Settings are for @${config.subject.handle} alone.`}
        hint="Keys and browsers sign in for a person: nobody sees or changes them on their behalf."
      >
        <a className="button" href={`/u/${config.viewer.sqid}/settings`}>
          Your own settings
        </a>
      </Empty>
    );
  }
  const section = SECTIONS.find((each) => each.name === name) ?? SECTIONS[0];
  return (
    <div className="settings">
      <nav className="settings-sections" aria-label="Settings">
        <h2>Settings</h2>
        {SECTIONS.map((each) => (
          <SectionLink key={each.name} section={each} isOpen={each === section} />
        ))}
        <a href="/api/docs">
          <LinkIcon aria-hidden />
          <span>How to use the API</span>
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
      {count !== undefined && <span className="count numbers">{count}</span>}
    </OpenLink>
  );
}

const useNoCount = () => undefined;
