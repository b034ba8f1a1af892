import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Ellipsis, Package, Pencil } from "lucide-react";

import { formatCount } from "../../platform/format";
import { pageHref } from "../../platform/address";
import { Button, IconButton } from "../../ui/Button";
import { OpenLink } from "../../ui/OpenLink";
import { Progress } from "../../ui/Progress";
import { useWrite } from "../../ui/useWrite";
import { exportPack, refreshPacks } from "./api";
import { CoverArt } from "./CoverArt";
import { licenseWords } from "./licenses";
import { type Pack } from "./schema";
import { stateOf } from "./shelf";

interface Props {
  pack: Pack;
  isActive: boolean;
  onActive: () => void;
  onOpen: () => void;
  onMenu: (at: { x: number; y: number }) => void;
}

const MARKS = { published: "approved", built: "approved", unbuilt: "new", failed: "set_aside" } as const;

/** One pack: its cover, and below it what it is and how it stands. */
export function PackCard({ pack, isActive, onActive, onOpen, onMenu }: Props) {
  const href = pageHref("packs", { pack: pack.id });
  const downloads = pack.visitor_download_count;
  return (
    <li
      id={`pack-${pack.id}`}
      className="pack-card"
      data-active={isActive}
      onFocus={onActive}
      onContextMenu={(event) => {
        event.preventDefault();
        onMenu({ x: event.clientX, y: event.clientY });
      }}
      onClick={(event) => {
        if (event.target instanceof Element && !event.target.closest("a, button")) onOpen();
      }}
    >
      <CoverArt pictures={pack.pictures} cover={pack.cover}>
        <Package aria-hidden />
      </CoverArt>
      <div className="pack-caption">
        <h3>
          <OpenLink href={href} onOpen={onOpen} className="cut">
            <bdi>{pack.name}</bdi>
          </OpenLink>
        </h3>
        <span className="muted beside">
          {pack.edition > 0 ? t`Edition ${pack.edition}` : t`No edition`}
          <IconButton
            icon={Ellipsis}
            label={t`More about ${pack.name}`}
            title={t`More (m)`}
            onClick={(event) => {
              const { left: x, bottom: y } = event.currentTarget.getBoundingClientRect();
              onMenu({ x, y });
            }}
          />
        </span>
        <p className="muted cut" title={pack.license_identifier ?? undefined}>
          {licenseWords(pack.license_type).title}
        </p>
        <span className="muted">
          {downloads > 0 && (
            <>
              <span className="numbers">{formatCount(downloads)}</span>{" "}
              {plural(downloads, { one: "download", other: "downloads" })}
            </>
          )}
        </span>
        <PackState pack={pack} />
      </div>
    </li>
  );
}

function PackState({ pack }: { pack: Pack }) {
  const [isBusy, write] = useWrite(refreshPacks);
  const { state, words } = stateOf(pack);
  const name = pack.name;
  return (
    <div className="pack-state" data-state={state}>
      {state === "building" && (
        <Progress label={t`Building ${name}`} value={Math.floor(pack.export?.progress ?? 0)} max={100} />
      )}
      {state in MARKS && <span className="state-mark" data-state={MARKS[state as keyof typeof MARKS]} aria-hidden />}
      {state === "changed" && <Pencil aria-hidden />}
      <span className="cut grow" title={words}>
        {words}
      </span>
      {state === "changed" && (
        <Button about={name} disabled={isBusy} onClick={() => write(() => exportPack(pack.id, {}))}>
          <Trans>Build</Trans>
        </Button>
      )}
    </div>
  );
}
