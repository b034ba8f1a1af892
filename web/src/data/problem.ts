import * as v from "valibot";

import { Problem } from "./schema";

/** The `detail` of a problem document (RFC 9457); null for other bodies. */
export function problemDetail(body: unknown): string | null {
  const problem = v.safeParse(Problem, body);
  return problem.success ? problem.output.detail : null;
}
