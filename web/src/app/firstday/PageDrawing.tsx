import "./PageDrawing.css";

import { ArrowRight } from "lucide-react";
import type { ReactNode } from "react";

import type { purposes } from "../../data/purposes";
import { Art } from "./Art";
import { type Drawn, island, type Shape, sprite } from "./sprites";

const drawn = (...[shape, palette]: readonly [Shape, string]) => sprite(shape, palette);
const SPRITES = [
  drawn("slime", "violet"),
  drawn("potion", "blue"),
  drawn("gem", "red"),
  drawn("mushroom", "teal"),
  drawn("chest", "gold"),
  drawn("heart", "green"),
  drawn("slime", "red"),
  drawn("gem", "blue"),
  drawn("mushroom", "red"),
  drawn("potion", "gold"),
];
const COVER = island();
const SLIME = drawn("slime", "red");

/** A page of lists and cells as it will look, without a word. */
export function PageDrawing({ of }: { of: keyof typeof purposes }) {
  return (
    <span className="page-drawing" data-page={of} aria-hidden>
      {DRAWINGS[of]}
    </span>
  );
}

const Cells = ({ of }: { of: string }) => (
  <span className="drawing-cells">
    {Array.from(of, (state, at) => (
      <i key={at} data-state={state} />
    ))}
  </span>
);

const Lines = ({ bars }: { bars: number }) =>
  SPRITES.slice(0, 3).map((each, at) => (
    <span key={at} className="drawing-line">
      <Art drawn={each} />
      {Array.from({ length: bars }, (_, bar) => (
        <i key={bar} />
      ))}
    </span>
  ));

const Tile = ({ art }: { art: Drawn }) => (
  <span className="mat" data-mat="middle">
    <Art drawn={art} />
  </span>
);

const DRAWINGS: Readonly<Record<keyof typeof purposes, ReactNode>> = {
  posts: <Lines bars={2} />,
  publish: (
    <>
      <span className="drawing-lines">
        <Lines bars={1} />
      </span>
      <Cells of="-aa--a--a---------" />
    </>
  ),
  library: SPRITES.map((art, at) => <Tile key={at} art={art} />),
  uploads: <Cells of="gggggg-ggggggggggggg-gggg-aaa---------------" />,
  packs: [0, 1].map((at) => <Art key={at} drawn={COVER} />),
  tasks: (
    <>
      <Tile art={SLIME} />
      <ArrowRight />
      <Tile art={SLIME} />
    </>
  ),
};
