/**
 * What the pages of uploads, library, tasks and packs read, against the API's own types: these pages name only
 * the fields they use, and a name or a type that changes in the API does not compile here.
 */
import type * as v from "valibot";

import type * as library from "../library/schema";
import type * as packs from "../packs/schema";
import type * as tasks from "../tasks/schema";
import type * as uploads from "../uploads/schema";
import type { Schemas } from "./schema";

type Read<Schema extends v.GenericSchema> = v.InferOutput<Schema>;
/** `Said` has at least what is expected of it. */
type Fits<Expected, Said extends Expected> = Said;

export type Answers = [
  Fits<Read<typeof uploads.CheckAnswer>, Schemas["CheckAnswer"]>,
  Fits<Read<typeof uploads.Announced>, Schemas["AnnouncedUpload"]>,
  Fits<Read<typeof uploads.UploadPage>, Schemas["UploadList"]>,
  Fits<Read<typeof uploads.LinePage>, Schemas["LineList"]>,
  Fits<Read<typeof uploads.Undone>, Schemas["Undone"]>,
  Fits<Read<typeof library.AssetPage>, Schemas["AssetPage"]>,
  Fits<Read<typeof library.Papers>, Schemas["AssetPapers"]>,
  Fits<Read<typeof library.Published>, Schemas["PublishAnswer"]>,
  Fits<Read<typeof tasks.JobPage>, Schemas["JobPage"]>,
  Fits<Read<typeof tasks.Started>, Schemas["JobsStarted"]>,
  Fits<Read<typeof tasks.KindList>, Schemas["KindList"]>,
  Fits<Read<typeof packs.PackPage>, Schemas["PackPage"]>,
  Fits<Read<typeof packs.PackDetails>, Schemas["PackDetails"]>,
  Fits<Read<typeof packs.PackCheck>, Schemas["PackCheck"]>,
];
