import type { Pack } from "./schema";

/** Whether its next edition is being built, or waits for that. */
export function isExporting({ export: last }: Pack): boolean {
  return last?.status === "pending" || last?.status === "running";
}
