import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { ArrowDown, ArrowUp, Image, ImageOff, X } from "lucide-react";
import { useState } from "react";
import { flushSync } from "react-dom";

import type { Post } from "../../data/schema";
import { formatCount } from "../../platform/format";
import { IconButton } from "../../ui/Button";
import { PostPicture } from "./PostPicture";

interface Props {
  ids: readonly number[];
  byId: ReadonlyMap<number, Post>;
  coverId: number | null;
  onOrder: (ids: number[]) => void;
  onCover: (id: number | null) => void;
}

/** The posts of a series in their order, which is changed by buttons or by dragging. */
export function SeriesPosts({ ids, byId, coverId, onOrder, onCover }: Props) {
  const [dragged, setDragged] = useState<number | null>(null);
  const [words, setWords] = useState("");
  if (ids.length === 0) {
    return (
      <p className="muted">
        <Trans>There are no posts in it yet. Select some in the list, and add them here.</Trans>
      </p>
    );
  }
  const titleOf = (id: number) => byId.get(id)?.title ?? t`Untitled`;
  const move = (id: number, place: number) => {
    if (place < 0 || place >= ids.length || ids[place] === id) return;
    const others = ids.filter((each) => each !== id);
    onOrder(others.toSpliced(place, 0, id));
    setWords(t`“${titleOf(id)}” is number ${formatCount(place + 1)} of ${formatCount(ids.length)}.`);
  };
  return (
    <>
      <ol className="series-posts" aria-label={t`Posts in order`}>
        {ids.map((id, index) => {
          const post = byId.get(id);
          const isCover = id === coverId;
          const title = titleOf(id);
          const step = (by: number) => (event: { currentTarget: HTMLElement }) => {
            const button = event.currentTarget;
            flushSync(() => move(id, index + by));
            button.focus(); // a row that is moved in the document loses it
          };
          return (
            <li
              key={id}
              draggable
              data-dragged={id === dragged || undefined}
              onDragStart={(event) => {
                event.dataTransfer.effectAllowed = "move";
                setDragged(id);
              }}
              onDragOver={(event) => {
                if (dragged !== null) event.preventDefault();
              }}
              onDrop={(event) => {
                event.preventDefault();
                if (dragged !== null) move(dragged, index);
              }}
              onDragEnd={() => setDragged(null)}
            >
              <span className="numbers muted">{formatCount(index + 1)}</span>
              {post ? <PostPicture post={post} box={36} /> : <ImageOff aria-hidden />}
              <bdi className="grow cut">{title}</bdi>
              <IconButton icon={ArrowUp} label={t`Move “${title}” up`} aria-disabled={index === 0} onClick={step(-1)} />
              <IconButton
                icon={ArrowDown}
                label={t`Move “${title}” down`}
                aria-disabled={index === ids.length - 1}
                onClick={step(1)}
              />
              <IconButton
                icon={Image}
                label={t`“${title}” is the cover`}
                aria-pressed={isCover}
                onClick={() => onCover(isCover ? null : id)}
              />
              <IconButton
                icon={X}
                label={t`Take “${title}” out`}
                onClick={() => onOrder(ids.filter((each) => each !== id))}
              />
            </li>
          );
        })}
      </ol>
      <p className="visually-hidden" role="status">
        {words}
      </p>
    </>
  );
}
