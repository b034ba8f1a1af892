import "./mat.css";

import { useState, useSyncExternalStore } from "react";
import * as v from "valibot";

import { type Mat, matFor, type Rim, rimOf } from "../platform/mat";
import { useStored } from "../platform/stored";

/** The user's choice: automatic per picture, one for all, or a custom colour. */
export const MAT_CHOICES = ["auto", "dark", "middle", "light", "own"] as const;
export type MatChoice = (typeof MAT_CHOICES)[number];
const Choice = v.picklist(MAT_CHOICES);
const Colour = v.pipe(v.string(), v.regex(/^#[\da-f]{6}$/));

export const useMatChoice = () => useStored<MatChoice>("pmd.mat", Choice, "auto");
export const useOwnMat = () => useStored("pmd.mat.own", Colour, "#3f6f4a");

const dark = matchMedia("(prefers-color-scheme: dark)");

function subscribe(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  dark.addEventListener("change", listener);
  return () => {
    observer.disconnect();
    dark.removeEventListener("change", listener);
  };
}

function currentTheme(): "dark" | "light" {
  const { theme } = document.documentElement.dataset;
  if (theme === "dark" || theme === "light") return theme;
  return dark.matches ? "dark" : "light";
}

/** The mat of a picture and a setter for its rim; until the rim is known, the theme's mat. */
export function useMat(): [mat: Mat | "own", onRim: (rim: Rim) => void] {
  const [rim, setRim] = useState<Rim>();
  const [choice] = useMatChoice();
  const theme = useSyncExternalStore(subscribe, currentTheme);
  const auto = rim === undefined ? theme : matFor(rim, theme);
  return [choice === "auto" ? auto : choice, setRim];
}

/** Rims are sampled at this size, pixels: enough of them, at no noticeable cost. */
const LOOKED_AT = 48;
const rims = new Map<string, Rim>();
let surface: CanvasRenderingContext2D | null = null;

/** The rim of a loaded image, cached by URL. */
export function rimOfImage(image: HTMLImageElement): Rim {
  const known = rims.get(image.src);
  if (known !== undefined) return known;
  surface ??= document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const { naturalWidth, naturalHeight } = image;
  const scale = Math.min(1, LOOKED_AT / Math.max(naturalWidth, naturalHeight));
  const width = Math.max(1, Math.round(naturalWidth * scale));
  const height = Math.max(1, Math.round(naturalHeight * scale));
  if (!surface || naturalWidth === 0) return null;
  surface.canvas.width = width;
  surface.canvas.height = height;
  surface.imageSmoothingEnabled = false;
  surface.drawImage(image, 0, 0, width, height);
  const rim = rimOf(surface.getImageData(0, 0, width, height).data, width, height);
  rims.set(image.src, rim);
  return rim;
}
