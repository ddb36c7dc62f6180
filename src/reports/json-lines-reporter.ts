import type { MakeReporter } from "./reporter-context.ts";
import { turnResult } from "./run-result.ts";

/** Each turn as one line of JSON, for programs that watch. The result itself is the last line, and whoever asked prints it. */
export const jsonReporter: MakeReporter = ({ writeTurn }) => {
  if (writeTurn === undefined) return undefined;
  return {
    name: "json",
    async tell(progress) {
      if (progress.outcome === undefined) writeTurn(JSON.stringify(turnResult(progress)));
    },
  };
};
