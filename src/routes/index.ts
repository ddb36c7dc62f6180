import type { Problem } from "../base/problem.ts";
import type { RouteAdapter } from "../ports/route-adapter.ts";
import { delegation } from "./delegation.ts";
import { grpcroute } from "./grpcroute.ts";
import { httproute } from "./httproute.ts";
import { tcproute } from "./tcproute.ts";
import { tlsroute } from "./tlsroute.ts";
import { virtualservice } from "./virtualservice.ts";

export const drivers = {
  virtualservice: { ...virtualservice, delegation },
  httproute,
  grpcroute,
  tcproute,
  tlsroute,
} satisfies Record<string, RouteAdapter>;

/** The driver of a kind as users write it in `route: KIND/NAME`; an unknown kind is refused with the known ones. */
export function driverFor(
  kind: string,
): { readonly kind: "known"; readonly driver: RouteAdapter } | { readonly kind: "unknown"; readonly problem: Problem } {
  const all: Readonly<Record<string, RouteAdapter>> = drivers;
  const word = kind.toLowerCase();
  const driver = Object.hasOwn(all, word) ? all[word] : undefined;
  if (driver !== undefined) return { kind: "known", driver };
  const known = Object.keys(drivers).join(", ");
  const message = `"${kind}" is not a kind of route that Sluice moves. Known: ${known}.`;
  return { kind: "unknown", problem: { code: "input", message } };
}
