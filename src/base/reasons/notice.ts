import { canonicalText } from "../content-digest.ts";
import { type RouteRef, routeTitle } from "../kube-object.ts";
import { type Reason, type ReasonCode, reason, sameReason } from "./index.ts";

/** A note, a warning, or what was overridden: it stands in the way of nothing, and people are told. */
export type Notice = {
  readonly reason: Reason;
  /** The route that it is about, where several move together and it is not the first. */
  readonly route?: RouteRef;
  /** YAML or a command to paste, line by line as it stands. */
  readonly snippet?: string;
};

export const notice = <C extends ReasonCode>(code: C, data: Reason<C>["data"], snippet?: string): Notice => ({
  reason: reason(code as ReasonCode, data as never),
  ...(snippet === undefined ? {} : { snippet }),
});

const nameOf = ({ route }: Notice): string => (route === undefined ? "" : routeTitle(route));

const sameNotice = (one: Notice, other: Notice): boolean =>
  one.snippet === other.snippet &&
  nameOf(one) === nameOf(other) &&
  sameReason(one.reason, other.reason) &&
  // A warning of the cluster is nothing but its words.
  (one.reason.code !== "cluster-warns" || canonicalText(one.reason) === canonicalText(other.reason));

/** Each notice, or finding, once, as it was told first. */
export const eachOnce = <T extends Notice>(notices: readonly T[]): readonly T[] =>
  notices.filter((notice, at) => notices.findIndex((other) => sameNotice(notice, other)) === at);
