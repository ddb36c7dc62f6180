import { expect, test } from "vitest";
import { addToLedger, enterPhase, evidencesOf, openLedger } from "../../../src/judge/evidence-ledger.ts";
import { figuresOf } from "../../../src/judge/offline/comparison-figures.ts";
import { frozen, looksOfPhase, plan } from "../support.ts";

const rows = [
  { errors: [1000, 4, 19000, 40], "latency>100": [1000, 130, 19000, 2375], "latency>250": [1000, 19, 19000, 210] },
  { errors: [1000, 44, 19000, 38], "latency>100": [1000, 171, 19000, 2402], "latency>250": [1000, 61, 19000, 205] },
] as const;

function ledgerOf() {
  const ledger = openLedger(plan, { ...frozen, boundariesMs: [100, 250] });
  enterPhase(ledger, { phase: 1, weight: 5, evidenceFrom: 0 });
  for (const look of looksOfPhase(1, 5, 0, rows)) addToLedger(ledger, look);
  return ledger;
}

test("a line tells what the evidence is, to a billionth", () => {
  const ledger = ledgerOf();
  const { errors, latency } = evidencesOf(ledger);
  const shown = figuresOf(ledger);
  for (const [told, whole] of [
    [shown["errors"], errors],
    [shown["latency"], latency],
    [shown["latency"]?.boundaries?.["100"], latency?.boundaries?.["100"]],
    [shown["latency"]?.boundaries?.["250"], latency?.boundaries?.["250"]],
  ] as const) {
    expect(told).toMatchObject({ logE: whole?.logE, logSafe: whole?.logSafe, canary: whole?.canary });
    expect(told?.stable).toEqual(whole?.stable);
    expect(told?.lower).toBeCloseTo(whole?.lower ?? Number.NaN, 8);
    expect(told?.upper).toBeCloseTo(whole?.upper ?? Number.NaN, 8);
  }
  for (const name of ["errors", "latency"]) {
    const { weight, peakLogE, peakAt, phi } = evidencesOf(ledger)[name] ?? {};
    expect(shown[name]).toMatchObject({ weight, peakLogE, peakAt, phi });
  }
  expect(Object.keys(shown["latency"]?.boundaries ?? {})).toEqual(["100", "250"]);
  expect(shown["errors"]?.boundaries).toBeUndefined();
});

test("figures stay as they were told when more looks come", () => {
  const ledger = ledgerOf();
  const before = figuresOf(ledger);
  const copy = structuredClone(before);
  for (const look of looksOfPhase(1, 5, 30_000, rows)) addToLedger(ledger, look);
  expect(before).toEqual(copy);
  expect(figuresOf(ledger)).not.toEqual(copy);
});
