import { expect } from "vitest";
import { packReason, type Reason, type ReasonCode, readReason, reason } from "../../../src/base/reasons/index.ts";
import { textOf } from "../../../src/text/index.ts";

/** Whole messages of others, which they end as they like, and a head above lines to copy. */
const openEnded: readonly string[] = [
  "said",
  "cluster-warns",
  "preflight-findings",
  "dry-run-patch",
  "restore-by-hand",
];

/** Each code with its sentence, as a file of the fixtures has them, and each reason through a record and back. */
export async function expectSentences(
  examples: Readonly<Partial<Record<ReasonCode, object>>>,
  file: string,
): Promise<void> {
  const reasons = Object.entries(examples).map(([code, data]) => reason(code as ReasonCode, data as never) as Reason);
  for (const one of reasons) {
    expect(readReason(JSON.parse(JSON.stringify(packReason(one)))), one.code).toEqual(one);
    const text = textOf(one);
    expect(text, one.code).not.toMatch(/undefined|NaN|\[object|\.\.|\. ?[a-z]\w* ?:/);
    if (openEnded.includes(one.code)) continue;
    expect(text, `${one.code} begins as a sentence does, or with a name`).toMatch(
      /^[A-Z0-9`]|^(edge|inner|reviews|shop|v0)\b/,
    );
    expect(text, `${one.code} ends as a sentence does`).toMatch(/[.…]$/);
  }
  const lines = reasons.map((one) => `${one.code}\n  ${textOf(one).replaceAll("\n", "\n  ")}`);
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot(`../../fixtures/${file}.txt`);
}
