import "./PostLightbox.css";

import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { ChevronLeft, ChevronRight, ExternalLink, ImageUp, Pencil, X, ZoomIn, ZoomOut } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useRef, useState } from "react";

import { artSource } from "../../data/client";
import { config } from "../../data/config";
import type { Post } from "../../data/schema";
import { formatBytes, formatCount, formatDate } from "../../platform/format";
import { toggle } from "../../platform/selection";
import { joinParts, nameOf, withoutDirectionMarks } from "../../platform/text";
import { steppedZoom, integerZoom } from "../../platform/zoom";
import { Button, IconButton } from "../../ui/Button";
import { Modal } from "../../ui/Dialog";
import { Facts } from "../../ui/Facts";
import { useElementSize } from "../../ui/useElementSize";
import { Mark } from "./cells";
import { noFilters } from "./filterValues";
import { ChangeProgress } from "./JobProgress";
import type { PostModels } from "./models";
import { disclosures } from "./texts";
import { closePost, openPost, setFilters } from "./view";

/**
 * One post as large as fits, with its details. Arrow keys move through the list, Space selects, Enter and Escape close.
 */
export function PostLightbox({ id, list, choice, changes }: PostModels & { id: number }) {
  const { order, byId, isTrash } = list;
  const { selection, select } = choice;
  const titleId = useId();
  const index = order.indexOf(id);
  const post = byId.get(id);
  const [zoomBy, setZoomBy] = useState({ index, steps: 0 });
  // It may have left the list, or a link may name one that never existed.
  const isGone = list.isComplete && (!post || index < 0);
  useEffect(() => {
    if (isGone) closePost();
  }, [isGone]);
  const box = useRef<HTMLElement>(null);
  // A button that had the focus is gone while the change is made: keys are the picture's again.
  useLayoutEffect(() => {
    if (document.activeElement === document.body) box.current?.closest("dialog")?.focus();
  }, [changes.question, changes.job]);
  if (!post || index < 0) return null;

  const title = withoutDirectionMarks(post.title ?? t`Untitled`);
  const steps = zoomBy.index === index ? zoomBy.steps : 0;
  const zoom = (by: number) => setZoomBy({ index, steps: steps + by });
  const open = (to: number) => {
    const next = order.at(to);
    if (next === undefined) return;
    openPost(next);
    choice.setActiveId(next);
  };
  const onToggle = () => select((now) => toggle(now, id));
  const onKeyDown = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    if (target.matches("input:not([type=checkbox]), textarea, select")) return;
    const isOnButton = target.matches("button, a, input");
    if (event.key === "ArrowRight" || event.key === "ArrowDown") open(index + 1);
    else if (event.key === "ArrowLeft" || event.key === "ArrowUp") open(index - 1);
    else if (event.key === "Home") open(0);
    else if (event.key === "End") open(order.length - 1);
    else if (event.key === "+" || event.key === "=") zoom(1);
    else if (event.key === "-") zoom(-1);
    else if (event.key === " " && !isOnButton) onToggle();
    else if (event.key === "Enter" && !isOnButton && !event.repeat) closePost();
    else return;
    event.preventDefault();
  };
  return (
    // The dialog itself has the focus, so that arrows and Space apply to the picture.
    <Modal className="lightbox" tabIndex={-1} aria-labelledby={titleId} onKeyDown={onKeyDown} onClose={closePost}>
      <header ref={box} className="beside">
        <h2 id={titleId} className="grow" dir="auto">
          {title}
        </h2>
        <span className="muted lightbox-count">
          {formatCount(index + 1)} / {formatCount(order.length)}
        </span>
        <label className="lightbox-tick">
          <input type="checkbox" checked={selection.ids.has(id)} onChange={onToggle} /> <Trans>Selected</Trans>
        </label>
        <IconButton icon={ZoomOut} label={t`Zoom out`} onClick={() => zoom(-1)} />
        <IconButton icon={ZoomIn} label={t`Zoom in`} onClick={() => zoom(1)} />
        <IconButton icon={X} label={t`Close`} onClick={closePost} />
      </header>
      <div className="lightbox-stage">
        <IconButton icon={ChevronLeft} label={t`Previous`} disabled={index === 0} onClick={() => open(index - 1)} />
        <Stage key={index} post={post} steps={steps} title={title} />
        <IconButton
          icon={ChevronRight}
          label={t`Next`}
          disabled={index >= order.length - 1}
          onClick={() => open(index + 1)}
        />
      </div>
      <aside className="lightbox-details">
        <Mark post={post} />
        {post.description && (
          <p className="lightbox-text" dir="auto">
            {withoutDirectionMarks(post.description)}
          </p>
        )}
        {post.hashtags.length > 0 && (
          <p className="buttons">
            {post.hashtags.map((tag) => (
              <button
                key={tag}
                type="button"
                className="link"
                onClick={() => {
                  closePost();
                  setFilters({ ...noFilters, tag });
                }}
              >
                <bdi>#{tag}</bdi>
              </button>
            ))}
          </p>
        )}
        <Facts facts={factsOf(post)} />
        <div className="buttons">
          {config.site_url !== null && (
            <a className="button" href={`${config.site_url}/p/${post.public_sqid}`} target="_blank" rel="noopener">
              <ExternalLink aria-hidden /> <Trans>Open at {config.site_name}</Trans>
            </a>
          )}
          {changes.job === null && !isTrash && (
            <>
              <Button icon={Pencil} onClick={() => changes.setQuestion({ about: "edit", posts: [post] })}>
                <Trans>Edit</Trans>
              </Button>
              <Button icon={ImageUp} onClick={() => changes.setQuestion({ about: "versions", posts: [post] })}>
                <Trans>Replace the picture…</Trans>
              </Button>
            </>
          )}
        </div>
      </aside>
      <ChangeProgress changes={changes} />
    </Modal>
  );
}

function Stage({ post, steps, title }: { post: Post; steps: number; title: string }) {
  const source = artSource(post);
  const stage = useRef<HTMLDivElement>(null);
  const box = useElementSize(stage);
  const [natural, setNatural] = useState({ width: post.width ?? 0, height: post.height ?? 0 });
  let zoom = 1;
  if (natural.width > 0 && box.width > 0) {
    zoom = integerZoom(natural.width, natural.height, box.width, box.height, devicePixelRatio);
    for (let step = 0; step < Math.abs(steps); step += 1)
      zoom = steppedZoom(zoom, steps > 0 ? 1 : -1, devicePixelRatio);
  }
  return (
    <div ref={stage} className="lightbox-picture" tabIndex={-1}>
      {source ? (
        <img
          src={source}
          alt={post.alt_text ?? title}
          width={natural.width * zoom || undefined}
          height={natural.height * zoom || undefined}
          className={zoom < 1 ? "smooth" : undefined}
          referrerPolicy="no-referrer"
          onLoad={({ currentTarget: image }) => {
            setNatural({ width: image.naturalWidth, height: image.naturalHeight });
          }}
        />
      ) : (
        <p className="muted">
          <Trans>No image</Trans>
        </p>
      )}
      {natural.width > 0 && (
        <output className="lightbox-zoom" aria-label={t`Zoom`}>
          {zoom >= 1 ? `${Math.round(zoom * 100) / 100}×` : `${Math.round(zoom * 100)} %`}
        </output>
      )}
    </div>
  );
}

function factsOf(post: Post): [string, string | null][] {
  const frames = post.frame_count ?? 1;
  const size = post.file_bytes === null ? null : formatBytes(post.file_bytes);
  return [
    [t`Posted`, formatDate(post.created_at)],
    [t`Picture`, post.width && post.height ? `${post.width} × ${post.height}` : t`unknown`],
    [t`Frames`, frames > 1 ? formatCount(frames) : null],
    [t`File`, joinParts([post.file_format?.toUpperCase(), size], ", ")],
    [t`Licence`, post.license_identifier ?? t`none`],
    [t`Alt text`, post.alt_text],
    [t`Warnings`, post.content_warnings.join(", ") || null],
    [t`Use of AI`, post.ai_disclosure && nameOf(disclosures, post.ai_disclosure)],
    [t`Views`, formatCount(post.view_count)],
    [t`Reactions`, formatCount(post.reaction_count)],
    [t`Comments`, formatCount(post.comment_count)],
  ];
}
