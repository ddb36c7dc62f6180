import type { VersionTarget } from "../ports/metric-source.ts";

/** What a question calls a version: its subset, or its Service where there is none. */
export function nameOf(arm: VersionTarget): string {
  return arm.subset ?? arm.service;
}
