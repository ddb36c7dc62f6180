import { join } from "node:path";
import type { State } from "../rollout/rollout-state.ts";
import type { ProcessContext } from "./process-context.ts";
import type { ReportInput } from "./write-page-file.ts";

/** The page of one run: where it goes, and whether it got there. */
export type PageOutput = {
  placeFor(state: State): string;
  readonly write: (file: string, told: ReportInput) => Promise<string | undefined>;
  isWritten(): boolean;
};

/** The id stands in a record that anybody may have written: in a path it is letters and digits, or nothing. */
const fileName = ({ rollout }: State): string =>
  /^[\w-]{1,40}$/.test(rollout) ? `sluice-report-${rollout}.html` : "sluice-report.html";

export function pageOutput({ page }: Pick<ProcessContext, "page">): PageOutput | undefined {
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
