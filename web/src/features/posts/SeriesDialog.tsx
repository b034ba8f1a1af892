import "./SeriesDialog.css";

import { plural, t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { Check, Plus } from "lucide-react";
import { type ReactNode, useState } from "react";

import {
  addSeries,
  deleteSeries,
  editSeries,
  orderSeries,
  refreshSeries,
  useSeries,
  useSeriesOrder,
} from "../../data/publishing/series";
import type { Series, SeriesOrder } from "../../data/publishing/schema";
import { changeCachedPosts } from "../../data/posts";
import type { Post } from "../../data/schema";
import { Button } from "../../ui/Button";
import { Dialog, SubmitForm } from "../../ui/Dialog";
import { pick, StaleError } from "../../ui/edits";
import { LoadError } from "../../ui/Empty";
import { SelectField, TextArea, TextField } from "../../ui/Field";
import { FormError } from "../../ui/FormError";
import { toast } from "../../ui/toast";
import { Theirs, useEdits } from "../../ui/useEdits";
import { useFormWrite } from "../../ui/useWrite";
import { SeriesPosts } from "./SeriesPosts";
import { LIMITS } from "./texts";

const TEXTS = ["name", "description", "cover_post_id"] as const;
type Edited = Pick<Series, (typeof TEXTS)[number]> & Pick<SeriesOrder, "post_ids">;

interface Props {
  /** Those that can be added. */
  posts: readonly Post[];
  byId: ReadonlyMap<number, Post>;
  onClose: () => void;
}

/** Series: their names, covers and pages, and which posts they have in which order. */
export function SeriesDialog({ posts, byId, onClose }: Props) {
  const { data: all, error, refetch } = useSeries();
  const [chosen, setChosen] = useState(posts.find((post) => post.series_id !== null)?.series_id ?? null);
  const series = all?.find(({ id }) => id === chosen) ?? all?.[0] ?? null;
  return (
    <Dialog title={t({ message: "Series", context: "many" })} className="middling" onClose={onClose}>
      {error && <LoadError error={error} onRetry={() => void refetch()} />}
      {all && !series && (
        <p className="muted">
          <Trans>A series shows posts in an order of your own, on a page that everybody can see.</Trans>
        </p>
      )}
      {all && <NewSeries onMade={setChosen} />}
      {all && series && (
        <Loaded key={series.id} {...{ series, posts, byId, onClose }}>
          {(isDisabled) => (
            <SelectField
              className="field"
              label={t`Series`}
              value={series.id}
              disabled={isDisabled}
              options={all.map(({ id, name }) => [id, name])}
              onChange={(id) => setChosen(Number(id))}
            />
          )}
        </Loaded>
      )}
    </Dialog>
  );
}

function NewSeries({ onMade }: { onMade: (id: number) => void }) {
  const [name, setName] = useState("");
  const [isBusy, write, error] = useFormWrite();
  const make = async () => {
    const { id } = await addSeries(name.trim());
    await refreshSeries();
    setName("");
    onMade(id);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        write(make);
      }}
    >
      <div className="beside series-new">
        <TextField
          className="field grow"
          label={t`New series`}
          maxLength={LIMITS.title}
          value={name}
          onChange={setName}
        />
        <Button type="submit" icon={Plus} disabled={isBusy || name.trim() === ""}>
          <Trans>Make</Trans>
        </Button>
      </div>
      {error && <FormError>{error}</FormError>}
    </form>
  );
}

interface LoadedProps extends Props {
  series: Series;
  /** The choice among all series. */
  children: (isDisabled: boolean) => ReactNode;
}

function Loaded({ series, ...others }: LoadedProps) {
  const [isEnding, setEnding] = useState(false);
  const { data, error, refetch } = useSeriesOrder(series.id, isEnding);
  // What is edited stays where it cannot be read again.
  if (data) return <Edit {...others} {...{ series }} order={data.post_ids} onEnding={setEnding} />;
  return (
    <>
      {others.children(false)}
      {error && <LoadError error={error} onRetry={() => void refetch()} />}
    </>
  );
}

interface EditProps extends LoadedProps {
  order: number[];
  onEnding: (isEnding: boolean) => void;
}

function Edit({ series, order, posts, byId, children, onEnding, onClose }: EditProps) {
  const edits = useEdits<Edited>({ ...(pick<Series>(series, TEXTS) as Series), post_ids: order });
  const { name, description, cover_post_id: coverId, post_ids: ids } = edits.values;
  const isChanged = Object.keys(edits.changed).length > 0;
  const missing = posts.filter(({ id }) => !ids.includes(id));
  const leaving = ids.filter((id) => ![null, undefined, series.id].includes(byId.get(id)?.series_id)).length;
  const save = async () => {
    const isSaved = await edits.save(async (edit) => {
      const part = <Name extends keyof Edited>(...names: Name[]) => ({
        seen: pick<Pick<Edited, Name>>(edit.seen as Edited, names),
        to: pick<Pick<Edited, Name>>(edit.to as Edited, names),
      });
      try {
        // The posts first: a cover is one of them.
        if (edit.to.post_ids) await orderSeries(series.id, part("post_ids"));
        const texts = TEXTS.filter((each) => each in edit.to);
        if (texts.length > 0) await editSeries(series.id, part(...texts));
      } catch (error) {
        // Each of the two answers has a part of the fields.
        throw error instanceof StaleError ? new StaleError({ ...edits.known, ...error.now }, error.names) : error;
      }
    });
    if (!isSaved) return;
    const [now, before] = [new Set(ids), new Set(order)];
    changeCachedPosts(new Set([...now, ...before]), (post) => ({
      ...post,
      series_id: now.has(post.id) ? series.id : null,
    }));
    await refreshSeries();
    toast.success(t`“${name.trim()}” is saved.`);
    onClose();
  };
  return (
    <SubmitForm
      icon={Check}
      confirm={t`Save`}
      isDisabled={!isChanged || name.trim() === ""}
      onSubmit={save}
      onClose={onClose}
    >
      {children(isChanged)}
      <TextField
        className="field"
        label={t`Name`}
        required
        maxLength={LIMITS.title}
        value={name}
        onChange={(value) => edits.set({ name: value })}
      />
      <TextArea
        className="field"
        label={t`Description`}
        rows={2}
        maxLength={LIMITS.description}
        value={description ?? ""}
        onChange={(value) => edits.set({ description: value || null })}
      />
      {missing.length > 0 && (
        <Button
          icon={Plus}
          look="edged series-add"
          onClick={() => edits.set({ post_ids: [...ids, ...missing.map(({ id }) => id)] })}
        >
          {t`Add ${plural(missing.length, { one: "# selected post", other: "# selected posts" })}`}
        </Button>
      )}
      <SeriesPosts
        {...{ ids, byId, coverId }}
        onOrder={(post_ids) =>
          edits.set({ post_ids, ...(coverId !== null && !post_ids.includes(coverId) && { cover_post_id: null }) })
        }
        onCover={(id) => edits.set({ cover_post_id: id })}
      />
      {leaving > 0 && (
        <p className="wait">
          <Plural value={leaving} one="# post leaves another series." other="# posts leave another series." />
        </p>
      )}
      <Theirs
        edits={edits}
        shown={{
          name: [t`Name`, String],
          description: [t`Description`, (text) => text],
          cover_post_id: [t`Cover`, (id) => (id === null ? t`the first post` : (byId.get(id)?.title ?? t`Untitled`))],
          post_ids: [t`Posts`, (theirs) => plural(theirs.length, { one: "# post", other: "# posts" })],
        }}
      />
      <Ends {...{ series, onEnding }} onGone={onClose} />
    </SubmitForm>
  );
}

interface EndsProps extends Pick<EditProps, "series" | "onEnding"> {
  onGone: () => void;
}

/** Its page, and its end. */
function Ends({ series: { id, name, url }, onEnding, onGone }: EndsProps) {
  const [isAsked, setAsked] = useState(false);
  const [isBusy, write, error] = useFormWrite();
  const end = async () => {
    onEnding(true);
    try {
      await deleteSeries(id);
    } catch (error) {
      onEnding(false);
      throw error;
    }
    void refreshSeries();
    toast.success(t`“${name}” is deleted. Its posts stay.`);
    onGone();
  };
  return (
    <>
      <div className="beside series-ends">
        <a href={url} target="_blank" rel="noreferrer">
          <Trans>Its public page</Trans>
        </a>
        <span className="grow" />
        {!isAsked && (
          <Button look="danger" onClick={() => setAsked(true)}>
            <Trans>Delete the series</Trans>
          </Button>
        )}
      </div>
      {isAsked && (
        <div role="alertdialog" aria-label={t`Are you sure?`}>
          <p>{t`Delete “${name}”? Its posts and drafts stay. This can’t be undone.`}</p>
          <div className="beside series-ends">
            <Button look="danger" disabled={isBusy} onClick={() => write(end)}>
              <Trans>Delete the series</Trans>
            </Button>
            <Button autoFocus onClick={() => setAsked(false)}>
              <Trans>Cancel</Trans>
            </Button>
          </div>
        </div>
      )}
      {error && <FormError>{error}</FormError>}
    </>
  );
}
