import type { RouteRef } from "../kube-object.ts";
import { type Reason, sameReason } from "./index.ts";

/** What people are told beside the reason. */
export type Notice = {
  readonly reason: Reason;
  /** Of several routes that move together, the one that it is about. */
  readonly route?: RouteRef;
  /** Lines to copy, as YAML. */
  readonly snippet?: string;
};

const nameOf = ({ route }: Notice): string =>
  route === undefined ? "" : `${route.namespace}/${route.kind}/${route.name}`;

const sameNotice = (one: Notice, other: Notice): boolean =>
  one.snippet === other.snippet && nameOf(one) === nameOf(other) && sameReason(one.reason, other.reason);

/** Each notice once, as it was told first. */
export const eachOnce = (notices: readonly Notice[]): readonly Notice[] =>
  notices.filter((notice, at) => notices.findIndex((other) => sameNotice(notice, other)) === at);
