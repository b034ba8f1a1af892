import * as v from "valibot";

import { Problem } from "../api/schema";

/** The sentence of a problem document (RFC 9457); null where the body is none. */
export function problemDetail(body: string): string | null {
  try {
    const problem = v.safeParse(Problem, JSON.parse(body));
    return problem.success ? problem.output.detail : null;
  } catch {
    return null;
  }
}
