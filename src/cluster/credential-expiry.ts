import { X509Certificate } from "node:crypto";
import type { Millis } from "../base/units.ts";

/** When a certificate ends, or undefined if the text is none. */
export function certificateEnd(pem: string): Millis | undefined {
  try {
    return numberOf(Date.parse(new X509Certificate(pem).validTo));
  } catch {
    return undefined;
  }
}

/** The end that a token states about itself, if it is a JWT that states one. Nothing else of it is believed or needed. */
export function tokenEnd(token: string): Millis | undefined {
  const [, claims, signature] = token.split(".");
  if (claims === undefined || signature === undefined) return undefined;
  try {
    const { exp } = (JSON.parse(Buffer.from(claims, "base64url").toString()) ?? {}) as { readonly exp?: unknown };
    return typeof exp === "number" ? numberOf(exp * 1_000) : undefined;
  } catch {
    return undefined;
  }
}

/** The first of several ends, some of which nobody knows. */
export function earliest(ends: readonly (Millis | undefined)[]): Millis | undefined {
  const known = ends.filter((end) => end !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function numberOf(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}
