import { ChevronLeft, ChevronRight, X, ZoomIn, ZoomOut } from "lucide-react";
import { type ReactNode, useId, useLayoutEffect, useRef, useState } from "react";

import { steppedZoom, wholeZoom } from "../lib/zoom";

interface LightboxPicture {
  source: string | null;
  width: number | null;
  height: number | null;
}

interface Props {
  title: string;
  picture: LightboxPicture;
  /** Stands in the place of the picture: a player, for instance. */
  media?: ReactNode;
  index: number;
  count: number;
  isSelected: boolean;
  /** Beside the picture: what it is, and what can be done with it. */
  children: ReactNode;
  onIndex: (index: number) => void;
  onToggle: () => void;
  onClose: () => void;
}

/** One picture, as large as the screen allows; arrows lead to its neighbours, Space selects, Enter and Escape close. */
export function Lightbox(props: Props) {
  const { title, index, count, onIndex, onClose } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const [zoomBy, setZoomBy] = useState<{ index: number; steps: number }>({ index, steps: 0 });
  const steps = zoomBy.index === index ? zoomBy.steps : 0;
  const move = (by: number) => {
    const to = index + by;
    if (to >= 0 && to < count) onIndex(to);
  };
  const zoom = (by: number) => setZoomBy({ index, steps: steps + by });
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // Not its first control: the arrows and Space are about the picture.
    element?.focus();
    return () => {
      element?.close();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      className="lightbox"
      tabIndex={-1}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onKeyDown={(event) => {
        const target = event.target as HTMLElement;
        if (target.matches("input:not([type=checkbox]), textarea, select")) return;
        const isOnButton = target.matches("button, a, input");
        if (event.key === "ArrowRight" || event.key === "ArrowDown") move(1);
        else if (event.key === "ArrowLeft" || event.key === "ArrowUp") move(-1);
        else if (event.key === "Home") onIndex(0);
        else if (event.key === "End") onIndex(count - 1);
        else if (event.key === "+" || event.key === "=") zoom(1);
        else if (event.key === "-") zoom(-1);
        else if (event.key === " " && !isOnButton) props.onToggle();
        else if (event.key === "Enter" && !isOnButton) onClose();
        else return;
        event.preventDefault();
      }}
    >
      <header>
        <h2 id={titleId} dir="auto">
          {title}
        </h2>
        <span className="muted lightbox-count">
          {index + 1} / {count}
        </span>
        <label className="lightbox-tick">
          <input type="checkbox" checked={props.isSelected} onChange={props.onToggle} /> Selected
        </label>
        <button type="button" className="icon-button" aria-label="Smaller" onClick={() => zoom(-1)}>
          <ZoomOut aria-hidden />
        </button>
        <button type="button" className="icon-button" aria-label="Larger" onClick={() => zoom(1)}>
          <ZoomIn aria-hidden />
        </button>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <X aria-hidden />
        </button>
      </header>
      <div className="lightbox-stage">
        <button
          type="button"
          className="icon-button"
          aria-label="Previous"
          disabled={index === 0}
          onClick={() => move(-1)}
        >
          <ChevronLeft aria-hidden />
        </button>
        {props.media ?? <Stage key={index} {...props.picture} steps={steps} title={title} />}
        <button
          type="button"
          className="icon-button"
          aria-label="Next"
          disabled={index >= count - 1}
          onClick={() => move(1)}
        >
          <ChevronRight aria-hidden />
        </button>
      </div>
      <aside className="lightbox-details">{props.children}</aside>
    </dialog>
  );
}

function Stage({ source, width, height, steps, title }: LightboxPicture & { steps: number; title: string }) {
  const stage = useRef<HTMLDivElement>(null);
  const [box, setBox] = useState({ width: 0, height: 0 });
  const [natural, setNatural] = useState({ width: width ?? 0, height: height ?? 0 });
  useLayoutEffect(() => {
    const element = stage.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setBox({ width: element.clientWidth, height: element.clientHeight }));
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, []);
  let zoom = 1;
  if (natural.width > 0 && box.width > 0) {
    zoom = wholeZoom(natural.width, natural.height, box.width, box.height, devicePixelRatio);
    for (let step = 0; step < Math.abs(steps); step += 1)
      zoom = steppedZoom(zoom, steps > 0 ? 1 : -1, devicePixelRatio);
  }
  return (
    <div ref={stage} className="lightbox-picture" tabIndex={-1}>
      {source ? (
        <img
          src={source}
          alt={title}
          width={natural.width * zoom || undefined}
          height={natural.height * zoom || undefined}
          className={zoom < 1 ? "smooth" : undefined}
          referrerPolicy="no-referrer"
          onLoad={({ currentTarget: image }) => {
            setNatural({ width: image.naturalWidth, height: image.naturalHeight });
          }}
        />
      ) : (
        <p className="muted">There is no picture of it.</p>
      )}
      {natural.width > 0 && (
        <output className="lightbox-zoom" aria-label="Zoom">
          {zoom >= 1 ? `${Math.round(zoom * 100) / 100}×` : `${Math.round(zoom * 100)} %`}
        </output>
      )}
    </div>
  );
}
