import type { RouteRef } from "../kube-object.ts";
import type { FindingCode } from "./finding-reasons.ts";
import { type Reason, reason } from "./index.ts";

/** A reason not to begin, or, in a rollout that goes on already, not to raise. */
export type Finding = {
  readonly reason: Reason<FindingCode>;
  /** The route that it is about, where several move together and it is not the first. */
  readonly route?: RouteRef;
  /** It may pass by itself within seconds: a run that only wants to begin gives it half a minute. */
  readonly mayPass?: true;
};

export const finding = <C extends FindingCode>(code: C, data: Reason<C>["data"]): Finding => ({
  reason: reason(code as FindingCode, data as never),
});
