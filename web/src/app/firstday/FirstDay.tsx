import "./FirstDay.css";
import "./FirstRow.css";

import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Download, Ellipsis, Plus, Trash2 } from "lucide-react";
import type { ReactNode } from "react";

import { config } from "../../data/config";
import { useFirstDayHidden } from "../../data/firstDay";
import { purposes } from "../../data/purposes";
import { ChooseButtons } from "../../features/uploads/ChooseButtons";
import { countAssets } from "../../features/library/api";
import { hasSample, removeSample, SAMPLE_FOLDER } from "../../features/library/sample";
import { useCommands } from "../../commands/commands";
import { StatusNote, StatusText } from "../../commands/StatusBar";
import { useUploads } from "../../features/uploads/api";
import { go } from "../../platform/address";
import { weekdayNames } from "../../platform/calendar";
import { formatBytes, formatCount } from "../../platform/format";
import { MEDIA } from "../../platform/media";
import { Button, IconButton } from "../../ui/Button";
import { PageLink } from "../../ui/OpenLink";
import { openPalette } from "../../ui/palette";
import { toast } from "../../ui/toast";
import { toggleTray } from "../../ui/tray";
import { useIfShown } from "../../ui/useIfShown";
import { useMediaQuery } from "../../ui/useMediaQuery";
import { useWrite } from "../../ui/useWrite";
import { PLACES } from "../places";
import { Art } from "./Art";
import { PageDrawing } from "./PageDrawing";
import { addSample, sampleCounts } from "./sample";
import { island, type Shape, sprite } from "./sprites";

const { picture_max_bytes, library_max_bytes, library_max_files } = config.limits;
/** A round number: the limit is one of MiB. */
const most = Math.floor(picture_max_bytes / 2 ** 20) * 1e6;

/** Where there are no posts yet: three steps, a sample, and what each page is for. */
export default function FirstDay() {
  const [, hide] = useFirstDayHidden();
  const isPhone = useMediaQuery(MEDIA.handheld);
  useCommands([{ name: "tray", group: "view", label: t`Downloads`, icon: Download, run: toggleTray }]);
  const { uploads } = useUploads();
  // Counted again when an upload has changed.
  const arrived = uploads?.reduce((sum, { successful_files: files }) => sum + files, 0) ?? 0;
  const { data: counts } = useQuery({
    queryKey: ["first-day", arrived],
    queryFn: ({ signal }) => countAssets({}, signal),
    placeholderData: (before) => before,
  });
  const inState = (state: string) => counts?.facets.state.find(({ value }) => value === state)?.count ?? 0;
  const total = counts?.total_count ?? 0;
  const days = nextDays();
  return (
    <section className="first-day" aria-label={t`First steps`}>
      <div className="first-page">
        <div className="beside">
          <h2 className="grow">
            <Trans>Bring your art here</Trans>
          </h2>
          <IconButton icon={Ellipsis} look="narrow-only" label={t`All commands`} onClick={openPalette} />
        </div>
        <p className="first-lead muted">
          <Trans>Three steps, each can wait. Nothing is public until you publish it.</Trans>
        </p>
        <div className="first-steps">
          <div className="first-drop">
            <Number of={1} isDone={total > 0} />
            {scattered.map(([shape, palette, place]) => (
              <span key={shape} className="first-art" data-place={place}>
                <Art drawn={sprite(shape, palette)} />
              </span>
            ))}
            <h3>{isPhone ? t`Add pictures and sounds` : t`Drop pictures, sounds or a whole folder`}</h3>
            {!isPhone && (
              <p className="muted">
                <Trans>Folders stay as they are. Aseprite, Krita and Tiled files come along as companions.</Trans>
              </p>
            )}
            <div className="buttons">
              <ChooseButtons isFirst />
            </div>
            <p className="faint">
              <Trans>PNG, GIF, WebP, WAV, OGG, MP4, ZIP and more; a picture up to {formatBytes(most)}.</Trans>
              <span className="first-paste">
                <br />
                <Trans>Or paste a picture:</Trans> <kbd>Ctrl V</kbd>
              </span>
            </p>
          </div>
          <Step
            number={2}
            title={t`Look through them`}
            words={
              isPhone
                ? t`Swipe right to approve, left to set aside.`
                : t`Approve, set aside, give stars. Keys do it fast.`
            }
          >
            {total > 0 ? (
              <PageLink className="button" page="library" query={inState("new") > 0 ? { state: "new" } : {}}>
                {inState("new") > 0
                  ? t`Review ${plural(inState("new"), { one: "# new file", other: "# new files" })}`
                  : t`Open ${plural(total, { one: "# file", other: "# files" })}`}
              </PageLink>
            ) : (
              <Row
                of={[
                  ["mushroom", "teal", "approved"],
                  ["chest", "gold", "approved"],
                  ["slime", "violet", "set_aside"],
                  ["gem", "red", "new"],
                  ["heart", "gold", "new"],
                ]}
              />
            )}
          </Step>
          <Step number={3} title={t`Publish, or make a pack`} words={t`Now, on a day you choose, or every weekday.`}>
            {total > 0 ? (
              <div className="buttons">
                <PageLink className="button" page="publish">
                  <Trans>Publish</Trans>
                </PageLink>
                <PageLink className="button" page="packs">
                  <Trans>Make a pack</Trans>
                </PageLink>
              </div>
            ) : (
              <Row
                of={[
                  ["mushroom", "teal", null],
                  ["chest", "gold", null],
                ]}
                days={days}
              >
                {days.slice(2).map((day, index) => (
                  <span key={day} className="first-day-free" data-rest={index > 0 || undefined}>
                    <small>{day}</small>
                  </span>
                ))}
              </Row>
            )}
          </Step>
        </div>
        <Sample arrived={arrived} isPhone={isPhone} />
        {isPhone ? (
          <details className="first-for">
            <summary>
              <Trans>What each page will be for</Trans>
            </summary>
            <Purposes />
          </details>
        ) : (
          <>
            <h3 className="first-for">
              <Trans>What each page will be for</Trans>
            </h3>
            <Purposes />
          </>
        )}
        <p>
          <Button look="quiet" onClick={() => hide(true)}>
            <Trans>Don’t show again</Trans>
          </Button>
        </p>
      </div>
      <StatusText>
        <Trans>0 posts</Trans>
      </StatusText>
      <StatusNote>
        <span>
          <Trans>
            Room for {formatBytes(library_max_bytes)} and {formatCount(library_max_files)} files; {formatCount(total)}{" "}
            used
          </Trans>
        </span>
      </StatusNote>
    </section>
  );
}

function Purposes() {
  return (
    <ul className="first-pages">
      {PLACES.flatMap(({ page, ...place }) => (page && page in purposes ? [{ ...place, page }] : [])).map(
        ({ key, words, page, open }) => (
          <li key={key}>
            <button type="button" onClick={open}>
              <PageDrawing of={page as keyof typeof purposes} />
              <span className="spread">
                <strong>{words}</strong> <kbd aria-hidden>g {key}</kbd>
              </span>
              <span className="muted">{purposes[page as keyof typeof purposes]}</span>
            </button>
          </li>
        ),
      )}
    </ul>
  );
}

const scattered: readonly (readonly [Shape, string, string])[] = [
  ["slime", "gold", "a"],
  ["gem", "blue", "b"],
  ["heart", "green", "c"],
  ["chest", "red", "d"],
  ["potion", "teal", "e"],
  ["mushroom", "blue", "f"],
];

function Number({ of, isDone }: { of: number; isDone: boolean }) {
  return (
    <span className="first-number numbers" data-on={isDone} aria-hidden>
      {isDone ? "✓" : of}
    </span>
  );
}

function Step({
  number,
  title,
  words,
  children,
}: {
  number: number;
  title: string;
  words: string;
  children: ReactNode;
}) {
  return (
    <div className="first-step">
      <h3>
        <Number of={number} isDone={false} /> {title}
      </h3>
      <p className="muted">{words}</p>
      {children}
    </div>
  );
}

const SHOWN_DAYS = 5;

/** Their short names, from today on. */
function nextDays(): readonly string[] {
  const today = (new Date().getDay() + 6) % 7;
  return Array.from({ length: SHOWN_DAYS }, (_, index) => weekdayNames[(today + index) % 7] ?? "");
}

interface RowProps {
  of: readonly (readonly [Shape, string, string | null])[];
  /** The days on which they would be published. */
  days?: readonly string[];
  children?: ReactNode;
}

/** What will be there. */
function Row({ of, days, children }: RowProps) {
  return (
    <span className="first-row" aria-hidden data-days={days && ""}>
      {of.map(([shape, palette, state], index) => (
        <span key={`${shape} ${palette}`} className="first-tile mat" data-mat="middle">
          <Art drawn={sprite(shape, palette)} />
          {state && <span className="state-mark" data-state={state} />}
          {days && <small>{days[index]}</small>}
        </span>
      ))}
      {children}
    </span>
  );
}

/** The sample: added, or taken away again. */
function Sample({ arrived, isPhone }: { arrived: number; isPhone: boolean }) {
  const { data: isThere, refetch } = useQuery({
    queryKey: ["sample", arrived],
    queryFn: ({ signal }) => hasSample(signal),
    placeholderData: (before) => before,
  });
  const [isBusy, write] = useWrite(() => void refetch());
  const ifShown = useIfShown();
  const add = async () => {
    const upload = await addSample();
    const open = () => go("uploads", { upload });
    ifShown(open, { text: t`${SAMPLE_FOLDER} was added.`, action: { label: t`Open the upload`, onClick: open } });
  };
  const remove = async () => {
    const count = await removeSample();
    toast.success(t`${SAMPLE_FOLDER} is gone: ${plural(count, { one: "# file", other: "# files" })} deleted.`);
  };
  const { pictures, sounds } = sampleCounts;
  const offered = isPhone ? t`Or play with a sample` : t`No files at hand? Play with a sample: ${SAMPLE_FOLDER}`;
  return (
    <div className="first-sample">
      <span className="first-island">
        <Art drawn={islandDrawn} />
      </span>
      <div className="grow">
        <h3>{isThere ? t`${SAMPLE_FOLDER} is in your library` : offered}</h3>
        <p className="muted">
          {isPhone ? (
            t`${SAMPLE_FOLDER}, ${plural(pictures + sounds + 1, { one: "# file", other: "# files" })}`
          ) : (
            <Trans>
              {formatCount(pictures)} pictures, {formatCount(sounds)} sounds and a Tiled map. Only you see it; one
              button takes it away again. Licence: free for anything.
            </Trans>
          )}
        </p>
      </div>
      <div className="buttons">
        {isThere ? (
          <Button icon={Trash2} disabled={isBusy} onClick={() => write(remove)}>
            <Trans>Remove the sample</Trans>
          </Button>
        ) : (
          <Button icon={Plus} disabled={isBusy} onClick={() => write(add)}>
            {isPhone ? t`Add` : t`Add the sample`}
          </Button>
        )}
        <PageLink className="button quiet" page="settings" query={{ section: "data" }}>
          <Trans>Bring an export of another site</Trans>
        </PageLink>
      </div>
    </div>
  );
}

const islandDrawn = island();
