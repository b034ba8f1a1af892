import { Package } from "lucide-react";

import { CardList, SkippedList } from "./CardList";
import { Empty } from "./Empty";

const nothing = <Empty icon={Package} title="No packs" hint="Select files, and press “Pack”." />;
const list = { label: "Packs", onRetry: () => undefined, empty: nothing };

export const Filled = () => (
  <CardList {...list} items={["Dragons", "Lighthouses"]} error={null}>
    {(name) => (
      <li key={name} className="card">
        <h3>{name}</h3>
      </li>
    )}
  </CardList>
);
export const Nothing = () => (
  <CardList {...list} items={[]} error={null}>
    {() => null}
  </CardList>
);
export const Loading = () => (
  <CardList {...list} items={null} error={null}>
    {() => null}
  </CardList>
);
export const Failed = () => (
  <CardList {...list} items={null} error={new Error("The service cannot be reached.")}>
    {() => null}
  </CardList>
);
export const Skipped = () => (
  <SkippedList
    summary="1 file is left out"
    label="Left out"
    isOpen
    items={[{ id: 1, name: "hero.png", reason: "too large" }]}
  />
);
