import type { Progress } from "../../ports/reporter.ts";
import { forLog } from "../../text/escape.ts";
import type { MakeReporter } from "../reporter-context.ts";

/** The page about the whole rollout. It is written once, when the run ends, where the last word says. */
export const pageReporter: MakeReporter = ({ writePage, write, scrub }) => {
  if (writePage === undefined) return undefined;
  let lastJudged: Progress["judged"];
  return {
    name: "page",
    async tell(progress) {
      lastJudged = progress.judged ?? lastJudged;
      const { report } = progress;
      if (progress.outcome === undefined || report === undefined) return;
      const told = {
        progress,
        ...(lastJudged === undefined ? {} : { lastJudged }),
        ...(scrub === undefined ? {} : { scrub }),
      };
      const trouble = await writePage(report, told);
      if (trouble !== undefined)
        write(`Warning: the report ${forLog(report, 300)} was not written: ${forLog(trouble, 300)}`);
    },
  };
};
