import "./WatermarkSettings.css";

import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Check } from "lucide-react";
import { useState } from "react";

import { PicturePicker } from "../../data/assets/PicturePicker";
import { useBroken } from "../../data/broken";
import { Button } from "../../ui/Button";
import { LoadError } from "../../ui/Empty";
import { Choice, TextField } from "../../ui/Field";
import { FormError } from "../../ui/FormError";
import { toast } from "../../ui/toast";
import { Theirs, useEdits } from "../../ui/useEdits";
import { useFormWrite } from "../../ui/useWrite";
import { type Drawing, drawingOf, keepWatermark, saveWatermark, useWatermark, watermarkPreview } from "./api";
import type { Place, Watermark } from "./schema";

const PLACES: Readonly<Record<Place, string>> = {
  top_left: t`Top left`,
  top: t`Top`,
  top_right: t`Top right`,
  middle_left: t`Left`,
  middle: t`Middle`,
  middle_right: t`Right`,
  bottom_left: t`Bottom left`,
  bottom: t`Bottom`,
  bottom_right: t`Bottom right`,
};
const KINDS = { none: t`None`, text: t`A text`, picture: t`A picture of the library` };
type Kind = keyof typeof KINDS;
const MAX_TEXT = 60;

/** What is drawn over pictures where others see them. */
export function WatermarkSettings() {
  const { data, error, refetch } = useWatermark();
  return (
    <section className="settings-main alone" aria-labelledby="watermark-title">
      <h2 id="watermark-title">
        <Trans>Watermark</Trans>
      </h2>
      <p className="settings-lead">
        <Trans>
          Drawn over the pictures and covers that share links show. What is downloaded never has it: neither your own
          downloads and packs, nor those behind a link.
        </Trans>
      </p>
      {error && <LoadError error={error} onRetry={() => void refetch()} />}
      {data && (
        <div className="watermark">
          <Form watermark={data} />
          <Preview key={data.version} watermark={data} />
        </div>
      )}
    </section>
  );
}

const kindOf = ({ text, asset_id: picture }: Drawing["mark"]): Kind => (text ? "text" : picture ? "picture" : "none");

function Form({ watermark }: { watermark: Watermark }) {
  const edits = useEdits(drawingOf(watermark));
  const { place, opacity, size } = edits.values;
  const [drawn, setDrawn] = useState({ kind: kindOf(watermark), ...edits.values.mark });
  const { kind, text, asset_id: picture } = drawn;
  const draw = (part: Partial<typeof drawn>) => setDrawn({ ...drawn, ...part });
  const [isBusy, write, error] = useFormWrite();
  const save = async () => {
    const mark = { text: kind === "text" ? text : null, asset_id: kind === "picture" ? picture : null };
    const isSaved = await edits.save(async (edit) => keepWatermark(await saveWatermark(edit)), { mark });
    if (isSaved) toast.success(kind === "none" ? t`No watermark is drawn.` : t`The watermark is saved.`);
  };
  const shown = {
    mark: [t`Watermark`, (mark: Drawing["mark"]) => mark.text ?? KINDS[mark.asset_id === null ? "none" : "picture"]],
    place: [t`Place`, (each: Place) => PLACES[each]],
    opacity: [t`Opacity`, String],
    size: [t`Size`, String],
  } as const;
  return (
    <form
      aria-labelledby="watermark-title"
      onSubmit={(event) => {
        event.preventDefault();
        write(save);
      }}
    >
      <fieldset className="choices">
        <legend className="visually-hidden">
          <Trans>Kind</Trans>
        </legend>
        {(Object.keys(KINDS) as Kind[]).map((each) => (
          <Choice key={each} type="radio" name="kind" checked={kind === each} onChange={() => draw({ kind: each })}>
            {KINDS[each]}
          </Choice>
        ))}
      </fieldset>
      {kind === "text" && (
        <TextField
          className="field"
          label={t`Text`}
          required
          maxLength={MAX_TEXT}
          dir="auto"
          value={text ?? ""}
          onChange={(typed) => draw({ text: typed })}
        />
      )}
      {kind === "picture" && (
        <PicturePicker label={t`Picture`} chosen={picture} onChoose={(id) => draw({ asset_id: id })} />
      )}
      {kind !== "none" && (
        <>
          <Places place={place} onChange={(each) => edits.set({ place: each })} />
          <Percent label={t`Opacity`} value={opacity} onChange={(typed) => edits.set({ opacity: typed })} />
          <Percent label={t`Size`} value={size} onChange={(typed) => edits.set({ size: typed })} />
        </>
      )}
      <Theirs
        edits={edits}
        shown={shown}
        onTake={(name) => name === "mark" && setDrawn({ kind: kindOf(edits.known.mark), ...edits.known.mark })}
      />
      {error && <FormError>{error}</FormError>}
      <div className="buttons">
        <Button type="submit" icon={Check} look="primary" disabled={isBusy || (kind === "picture" && picture === null)}>
          {isBusy ? t`Saving…` : t`Save`}
        </Button>
      </div>
    </form>
  );
}

function Places({ place, onChange }: { place: Place; onChange: (place: Place) => void }) {
  return (
    <fieldset>
      <legend className="over">
        <Trans>Place</Trans>
      </legend>
      <div className="watermark-places">
        {(Object.keys(PLACES) as Place[]).map((each) => (
          <label key={each} title={PLACES[each]}>
            <input
              type="radio"
              name="place"
              aria-label={PLACES[each]}
              checked={place === each}
              onChange={() => onChange(each)}
            />
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Percent({ label, value, onChange }: { label: string; value: number; onChange: (value: number) => void }) {
  return (
    <TextField
      className="field"
      label={t`${label}, in per cent`}
      type="number"
      required
      min={1}
      max={100}
      value={String(value)}
      onChange={(typed) => onChange(Number(typed))}
    />
  );
}

/** The newest picture as visitors see it. */
function Preview({ watermark }: { watermark: Watermark }) {
  const [isMissing, onError] = useBroken();
  if (kindOf(watermark) === "none" || isMissing) return null;
  return (
    <figure>
      <img src={watermarkPreview(watermark)} alt={t`Your newest picture with the watermark`} onError={onError} />
      <figcaption className="muted">
        <Trans>Your newest picture, as visitors of a link see it.</Trans>
      </figcaption>
    </figure>
  );
}
