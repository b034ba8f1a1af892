import { describe, expect, it } from "vitest";

import { fieldsFor, fieldsOf, filled, initialValues } from "./form";
import { cellsOf, gridOf } from "./grid";
import { missingFrom } from "./missing";
import { groupJobs, groupWords, timeLeft } from "./groups";
import type { Job } from "./schema";

let last = 0;
function job(values: Partial<Job>): Job {
  last += 1;
  return {
    id: last,
    kind: "upscale",
    asset_ids: [],
    asset_id: 1,
    pack_id: null,
    group_id: "g",
    status: "pending",
    progress: 0,
    step: null,
    error_code: null,
    error_message: null,
    result_asset_id: null,
    result_asset_ids: [],
    result_size_bytes: null,
    unchanged_reason: null,
    loops: [],
    created_at: "2026-01-01T10:00:00Z",
    started_at: null,
    completed_at: null,
    asset_name: "hero.png",
    asset_type: "image",
    asset_format: "png",
    asset_has_preview: true,
    asset_width: null,
    asset_height: null,
    asset_size_bytes: null,
    result: null,
    pack_name: null,
    pack_picture: null,
    ...values,
  };
}

describe("steps", () => {
  it("are offered that fit one of the files", () => {
    const shape = (tag: string, help: string | null) => ({ tag, label: tag, help, fields: [] });
    const shapes = [
      shape("quantize", "Images: at most so many colours."),
      shape("sharpen", "Images and video."),
      shape("normalize", "Sound: as loud as video and images are."),
      shape("convert", "To another format of the same kind of file."),
    ];
    const common = { name: "operations", label: "", help: null, isRequired: true, tagName: "op", most: 8, initial: [] };
    const offered = (...types: string[]) =>
      fieldsFor([{ ...common, kind: "steps", shapes }], new Set(types)).flatMap((field) =>
        field.kind === "steps" ? field.shapes.map(({ tag }) => tag) : [],
      );
    expect(offered("audio")).toEqual(["normalize", "convert"]);
    expect(offered("video")).toEqual(["sharpen", "convert"]);
    expect(offered("image", "audio")).toEqual(["quantize", "sharpen", "normalize", "convert"]);
  });
});

describe("what is missing", () => {
  const common = { label: "Operations", help: null, isRequired: true };
  const steps = {
    ...common,
    name: "operations",
    kind: "steps",
    tagName: "op",
    shapes: [],
    most: 8,
    initial: [],
  } as const;

  it("is said in words before a task can start", () => {
    expect(missingFrom("enhance", [steps], { operations: [] })).toMatch(/^Choose what to do/);
    expect(missingFrom("enhance", [steps], { operations: [{ op: "sharpen", amount: 50 }] })).toBeNull();
    const number = { ...common, name: "width", kind: "number", min: 1, max: 9, step: 1, initial: null } as const;
    expect(missingFrom("slice", [number], { width: null })).toBe("Fill in “Operations”.");
    expect(missingFrom("loop", [], { start: 1, end: null })).toMatch(/both the start and the end/);
    expect(missingFrom("loop", [], { start: null, end: null })).toBeNull();
  });

  it("depends on what is done with a palette", () => {
    expect(missingFrom("palette", [], { method: "reduce", colours: " " })).toMatch(/colours to reduce to/);
    expect(missingFrom("palette", [], { method: "reduce", colours: "#fff000" })).toBeNull();
    expect(missingFrom("palette", [], { method: "swap", colours: "#fff000", replaces: "" })).toMatch(/old colours/);
    expect(missingFrom("palette", [], { method: "extract", colours: "" })).toBeNull();
  });
});

describe("a grid", () => {
  it("has the whole cells that the task cuts, row by row", () => {
    const sheet = { width: 1 + 3 * 17, height: 2 * 17 };
    const { count, path } = cellsOf(sheet, { width: 16, height: 16, margin: 1, spacing: 1 });
    expect(count).toBe(3);
    expect(path).toBe("M1 1h16v16h-16zM18 1h16v16h-16zM35 1h16v16h-16z");
    expect(cellsOf(sheet, { width: 64, height: 1, margin: 0, spacing: 0 })).toEqual({ count: 0, path: "" });
    expect(cellsOf({ width: 9000, height: 9000 }, { width: 1, height: 1, margin: 0, spacing: 0 }).count).toBe(81e6);
  });

  it("is none while a number is being typed", () => {
    expect(gridOf({ width: null, height: 16, margin: 0, spacing: 0 })).toBeNull();
    expect(gridOf({ width: 0, height: 16, margin: 0, spacing: 0 })).toBeNull();
    expect(gridOf({ width: 1, height: 1, margin: 0, spacing: 0 })).not.toBeNull();
    for (const name of ["width", "height", "margin", "spacing"]) {
      const least = { width: 1, height: 1, margin: 0, spacing: 0 };
      expect(gridOf({ ...least, [name]: least[name as "width"] - 1 })).toBeNull();
      expect(gridOf({ ...least, [name]: 1.5 })).toBeNull();
    }
    expect(gridOf({ by: "grid", width: 8, height: 16, margin: 0, spacing: 1 })).toEqual({
      width: 8,
      height: 16,
      margin: 0,
      spacing: 1,
    });
  });
});

describe("groups", () => {
  it("have the server's numbers, not those of the tasks at hand", () => {
    const counts = { pending: 0, running: 0, completed: 97, failed: 31, cancelled: 0, unchanged: 14, results: 214 };
    const counted = { group_id: "g", total: 128, progress: 100, started_at: null, ...counts };
    const [group] = groupJobs([job({ status: "completed" })], new Map([["g", counted]]));
    expect(group && groupWords(group)).toBe(
      "97 of 128 done · 31 failed · 214 new files · 14 files were left unchanged",
    );
  });

  it("are one card for what was started together, newest first", () => {
    const groups = groupJobs([
      job({ group_id: "a" }),
      job({ group_id: "b", created_at: "2026-01-01T11:00:00Z" }),
      job({ group_id: "a" }),
      job({ group_id: null, created_at: "2026-01-01T12:00:00Z" }),
    ]);
    expect(groups.map(({ jobs }) => jobs.length)).toEqual([1, 1, 2]);
  });

  it("say what goes on before what went wrong, and what went wrong before what went well", () => {
    const statusOf = (...all: Job["status"][]) => groupJobs(all.map((status) => job({ status })))[0]?.status;
    expect(statusOf("completed", "failed", "running")).toBe("running");
    expect(statusOf("completed", "failed", "cancelled")).toBe("partial");
    expect(statusOf("failed", "cancelled")).toBe("failed");
    expect(statusOf("completed", "cancelled")).toBe("completed");
    expect(statusOf("cancelled")).toBe("cancelled");
  });

  it("progress by all of theirs, and tell the time that is left", () => {
    const [group] = groupJobs([
      job({ status: "completed", progress: 100, started_at: "2026-01-01T10:00:00Z" }),
      job({ status: "running", progress: 50, started_at: "2026-01-01T10:00:30Z" }),
      job({ status: "pending" }),
      job({ status: "failed", progress: 30 }),
    ]);
    if (!group) throw new Error("no group");
    expect(group.counts.progress).toBe(62.5);
    expect(groupWords(group)).toBe("1 of 4 done · 1 failed");
    expect(timeLeft(group, Date.parse("2026-01-01T10:01:40Z"))).toBe(60);
  });

  it("tell no time before there is a pace", () => {
    const [group] = groupJobs([job({ status: "running", started_at: "2026-01-01T10:00:00Z" })]);
    expect(group && timeLeft(group, Date.parse("2026-01-01T11:00:00Z"))).toBeNull();
  });
});

describe("forms", () => {
  const schema = {
    type: "object",
    required: ["factor"],
    properties: {
      factor: { enum: [2, 3, 4, 8], default: 4, title: "Factor" },
      strength: { type: "integer", minimum: 0, maximum: 100, default: 50 },
      keep_alpha: { type: "boolean", default: true },
      note: { type: "string", maxLength: 10 },
      operations: { type: "array" },
    },
  };

  it("are drawn from the schema of the service", () => {
    const fields = fieldsOf(schema);
    expect(fields.map(({ kind, label }) => [kind, label])).toEqual([
      ["choice", "Factor"],
      ["range", "Strength"],
      ["switch", "Keep alpha"],
      ["text", "Note"],
    ]);
    expect(initialValues(fields)).toEqual({ factor: 4, strength: 50, keep_alpha: true, note: "" });
  });

  it("follow references, and draw a list of operations as steps", () => {
    const [field] = fieldsOf({
      $ref: "#/$defs/Enhance",
      $defs: {
        Enhance: {
          type: "object",
          required: ["operations"],
          properties: {
            operations: {
              type: "array",
              maxItems: 8,
              items: {
                anyOf: [{ $ref: "#/$defs/Trim" }, { $ref: "#/$defs/Normalize" }],
                discriminator: { propertyName: "op", mapping: {} },
              },
            },
          },
        },
        Trim: {
          type: "object",
          description: "Video: only a part.",
          required: ["op"],
          properties: {
            op: { enum: ["trim"] },
            start: { type: "number", minimum: 0, maximum: 21_600, default: 0 },
            end: { anyOf: [{ type: "number", minimum: 0, maximum: 21_600 }, { type: "null" }], default: null },
          },
        },
        Normalize: { type: "object", required: ["op"], properties: { op: { const: "normalize" } } },
      },
    });
    if (field?.kind !== "steps") throw new Error("no steps");
    expect(field.shapes.map(({ tag, label, help }) => [tag, label, help])).toEqual([
      ["trim", "Trim", "Video: only a part."],
      ["normalize", "Normalize", null],
    ]);
    const [trim] = field.shapes;
    expect(trim?.fields.map(({ name, kind }) => [name, kind])).toEqual([
      ["start", "number"],
      ["end", "number"],
    ]);
    expect(filled(trim?.fields ?? [], initialValues(trim?.fields ?? []))).toEqual({ start: 0 });
  });

  it("send what is filled in", () => {
    const fields = fieldsOf(schema);
    expect(filled(fields, { factor: 2, strength: 10, keep_alpha: false, note: "" })).toEqual({
      factor: 2,
      strength: 10,
      keep_alpha: false,
    });
  });
});
