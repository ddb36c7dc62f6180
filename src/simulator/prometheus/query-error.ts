import { SluiceError } from "../../base/problem.ts";

/** A query that cannot be read or evaluated, in the words in which Prometheus says it. */
export function failure(message: string): SluiceError {
  return new SluiceError([{ code: "metric-query-failed", message }]);
}
