import { expect, it } from "vitest";

import { aPost } from "../../testing/posts";
import type { Change } from "./changes";
import { describeDone, outcomeOf } from "./outcome";

const before = new Map(
  [
    aPost(1, { hidden_by_user: true }),
    aPost(2, { hidden_by_user: true, hidden_by_mod: true }),
    aPost(3),
    aPost(4, { hidden_by_mod: true, license_identifier: "CC0-1.0" }),
  ].map((post) => [post.id, post]),
);
const told = (change: Change, ids: number[], byModerator = false) =>
  describeDone(change, outcomeOf([{ change, ids }], before, byModerator), byModerator);

it("says of an unhide what is visible again, what stays hidden and why, and what was visible", () => {
  expect(told({ kind: "unhide" }, [1])).toBe("1 post visible again.");
  expect(told({ kind: "unhide" }, [1, 2, 3])).toBe(
    "1 post visible again. 1 stays hidden: a moderator hid it. 1 was already visible.",
  );
  expect(told({ kind: "unhide" }, [2, 4])).toBe("2 stay hidden: a moderator hid them.");
  expect(told({ kind: "unhide" }, [3])).toBe("1 was already visible.");
  expect(told({ kind: "unhide" }, [2, 4], true)).toBe("1 post visible again. 1 stays hidden: its artist hid it.");
});

it("counts what has changed, and says how many were so before", () => {
  expect(told({ kind: "hide" }, [1, 3])).toBe("1 post hidden. 1 was already hidden.");
  expect(told({ kind: "delete" }, [1, 3])).toBe("2 posts deleted.");
  expect(told({ kind: "license", license: { id: 1, identifier: "CC0-1.0" } }, [3, 4])).toBe(
    "1 post has the licence CC0-1.0. 1 was already under this licence.",
  );
  expect(told({ kind: "license", license: null }, [4])).toBe("1 post has no licence now.");
});

it("takes for changed what is not known any more", () => {
  expect(told({ kind: "hide" }, [7, 8])).toBe("2 posts hidden.");
});
