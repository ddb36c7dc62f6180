import { join } from "node:path";
import type { State } from "../rollout/rollout-state.ts";
import type { Host } from "./process-context.ts";
import type { Told } from "./write-page-file.ts";

/** The page of one run: where it goes, and whether it got there. */
export type Page = {
  placeFor(state: State): string;
  readonly write: (file: string, told: Told) => Promise<string | undefined>;
  isWritten(): boolean;
};

/** The id stands in a record that anybody may have written: in a path it is letters and digits, or nothing. */
const fileName = ({ rollout }: State): string =>
  /^[\w-]{1,40}$/.test(rollout) ? `sluice-report-${rollout}.html` : "sluice-report.html";

export function pageOn({ page }: Pick<Host, "page">): Page | undefined {
  if (page === undefined) return undefined;
  let isWritten = false;
  return {
    placeFor: (state) => ("file" in page ? page.file : join(page.folder, fileName(state))),
    async write(file, told) {
      const { writePage } = await import("./write-page-file.ts");
      const trouble = await writePage(file, told);
      isWritten = trouble === undefined;
      return trouble;
    },
    isWritten: () => isWritten,
  };
}
