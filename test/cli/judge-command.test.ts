import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { judgeCommand } from "../../src/cli/judge-command.ts";
import { replayCommand } from "../../src/cli/replay-command.ts";
import { textOf } from "../../src/text/index.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-"));
  const made = folder;
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
});

type Line = Readonly<Record<string, unknown>>;
const plan = `phases: 5/20/100\nhold: 1m\nprometheus: { url: 'https://p.example.com', bearer: '\${TOKEN}' }\n`;

/** Ten minutes at 50 requests a second; `bad` of a thousand of the canary's fail. */
const recording = (bad: number): Line[] => [
  { t: 0, phase: { weight: 5 } },
  ...Array.from({ length: 41 }, (_, i) => ({
    t: i * 15_000,
    series: [
      {
        arm: "canary",
        target: "a",
        total: 38 * i,
        bad: Math.floor((38 * i * bad) / 1000),
        le: { "100": 30 * i, "+Inf": 38 * i },
      },
      {
        arm: "stable",
        target: "a",
        total: 712 * i,
        bad: Math.floor((712 * i * 2) / 1000),
        le: { "100.0": 570 * i, "+Inf": 712 * i },
      },
    ],
  })),
];
const jsonOf = (lines: readonly Line[]) => lines.map((line) => JSON.stringify(line)).join("\n");

async function command(
  run: (words: readonly string[], host: Parameters<typeof judgeCommand>[1]) => Promise<number>,
  words: readonly string[],
  input: readonly string[] = [],
) {
  let out = "";
  const said: string[] = [];
  const code = await run(words, {
    workspace: folder,
    stdin: Readable.from(input.map((text) => Buffer.from(text))),
    write: async (text) => {
      out += text;
    },
    warn: (line) => void said.push(line),
  });
  const lines = out.split("\n").filter((line) => line !== "");
  return { code, said, lines: lines.map((line) => JSON.parse(line)) };
}

async function judged(counts: string, written: string = plan) {
  writeFileSync(join(folder, "plan.yml"), written);
  writeFileSync(join(folder, "counts.jsonl"), counts);
  return command(judgeCommand, ["--plan", "plan.yml", "--counts", "counts.jsonl"]);
}

describe("judge", () => {
  test("prints a line a look, with counts over all looks so far, and needs no secret", async () => {
    const { code, said, lines } = await judged(jsonOf(recording(2)));
    expect([code, said, lines.length]).toEqual([0, [], 40]);
    expect(lines[0]).toMatchObject({
      t: 15_000,
      phase: 1,
      weight: 5,
      verdict: "inconclusive",
      act: "wait",
      reasonCode: "too-little-traffic",
      culprit: null,
      lacking: "traffic",
    });
    expect(lines.at(-1).evidence).toMatchObject({
      errors: { canary: { n: 1520, x: 3 }, stable: { n: 28_480, x: 56 } },
      latency: { boundaries: { "100": { canary: { n: 1520, x: 320 } } } },
    });
  });

  test("finds harm and says by which comparison, and goes on after it", async () => {
    const { lines } = await judged(jsonOf(recording(60)));
    const first = lines.findIndex(({ verdict }) => verdict === "fail");
    expect(lines[first]).toMatchObject({ act: "rollback", culprit: "errors", reasonCode: "canary-worse" });
    expect(first).toBeLessThan(20);
    expect(lines).toHaveLength(40);
  });

  test("judges what comes in through standard input, however it is cut, as it judges a file", async () => {
    const text = jsonOf(recording(20)).replaceAll("\n", "\r\n\n");
    const file = await judged(jsonOf(recording(20)));
    const pieces = text.match(/[\s\S]{1,97}/g) ?? [];
    const piped = await command(judgeCommand, ["--plan=plan.yml", "--counts=-"], pieces);
    expect(piped).toEqual({ code: 0, said: [], lines: file.lines });
  });

  test("names a malformed line by its number, after the looks that were complete", async () => {
    const lines = jsonOf(recording(2)).split("\n");
    const spoil = (line: string) => judged([...lines.slice(0, 5), "", line, ...lines.slice(5)].join("\n"));
    for (const [line, words] of [
      ["{", "line 7 is not JSON"],
      ['{"t": 1}', "line 7 has neither"],
      ['{"t": 1, "series": []}', "line 7 goes back in time, from 45000 to 1"],
      ['{"t": 50000, "phase": {"weight": 50}}', "line 7 enters weight 50, but the plan's next phase has 20"],
    ] as const) {
      const { code, said, lines: printed } = await spoil(line);
      expect([code, printed.length > 0]).toEqual([2, true]);
      expect(said).toEqual([expect.stringContaining(words)]);
    }
  });

  test("takes the plan's own words: margin, weights, scrape interval", async () => {
    const own = `${plan.replace("bearer", "scrape-interval: 30s, bearer")}compare: { weights: { latency: 0 }, errors: { margin: 5% } }\n`;
    const { lines } = await judged(jsonOf(recording(2)), own);
    expect(lines[0].t).toBe(30_000);
    expect(Object.keys(lines[0].evidence)).toEqual(["errors"]);
    expect(lines.at(-1)).toMatchObject({ verdict: "pass", act: "promote" });
    const without = await judged(jsonOf(recording(2)), "phases: 5/100\n");
    expect([without.code, without.lines.length]).toEqual([0, 40]);
  });

  test.each([
    ["compare: off\n", "compare is off"],
    ["phases: 50/20/100\n", "Weights must rise"],
    ["compare: { false-rollback: 2 }\n", "compare.false-rollback"],
  ])("refuses the plan %j with its place", async (written, words) => {
    const { code, said, lines } = await judged("", written);
    expect([code, lines, said.length]).toEqual([2, [], 1]);
    expect(said[0]).toContain(words);
    expect(said[0]).toMatch(/^plan\.yml:1:/);
  });

  test.each([
    [[], "--plan is missing"],
    [["--plan", "plan.yml"], "--counts is missing"],
    [["--plan", "plan.yml", "--counts"], "--counts needs a value"],
    [["--plan", "plan.yml", "--cuonts", "a"], "--cuonts is unknown"],
    [["--plan", "plan.yml", "--counts", "nowhere"], "(ENOENT)"],
    [["--plan", "nowhere.yml", "--counts", "-"], "was not found"],
  ])("refuses %j", async (words, told) => {
    writeFileSync(join(folder, "plan.yml"), plan);
    const { code, said, lines } = await command(judgeCommand, words);
    expect([code, lines, said.length]).toEqual([2, [], 1]);
    expect(said[0]).toContain(told);
  });
});

describe("replay", () => {
  const numbers = async () => {
    const { defaultPlan } = await import("../../src/judge/judge-plan.ts");
    const { judgeWithNumbers } = await import("../../src/judge/verdict-with-numbers.ts");
    const frozen = { phi: { errors: 1 }, rate: {}, phiFrom: "history", boundariesMs: [] } as const;
    const record = { rollout: "r", phases: [{ weight: 5, enteredAt: 0 }], frozen };
    const pair = { canary: { n: 500, x: 20 }, stable: { n: 9500, x: 20 } };
    const looks = [1, 2].map((index) => {
      const from = (index - 1) * 15_000;
      const pairs = new Map([["errors", pair]]);
      return { phase: 1, index, from, to: from + 15_000, weight: 5, settling: false, seen: true, resets: [], pairs };
    });
    return judgeWithNumbers(defaultPlan, record, looks, new Map(), 90_000);
  };

  test("makes the verdict on record again from the result alone", async () => {
    const { verdict, numbers: made } = await numbers();
    writeFileSync(join(folder, "result.json"), JSON.stringify({ outcome: "rolled-back", verdict, numbers: made }));
    const { code, lines } = await command(replayCommand, ["result.json"]);
    expect(code).toBe(0);
    expect(lines).toEqual([{ verdict: "fail", reason: textOf(verdict.reason), same: true, recomputed: verdict }]);
    const piped = await command(replayCommand, ["-"], [JSON.stringify(made)]);
    expect([piped.code, piped.lines]).toEqual([0, lines]);
  });

  test("another version may word it otherwise and say more of it: kind, culprit and numbers count", async () => {
    const { verdict, numbers: made } = await numbers();
    const told = async (recorded: object, written: object = made) => {
      const text = JSON.stringify({ verdict: { ...verdict, ...recorded }, numbers: written });
      return (await command(replayCommand, ["-"], [text])).code;
    };
    expect(await told({ reason: "the canary is worse", reasonCode: "worse", reasonData: { since: 1 } })).toBe(0);
    expect(await told({ culprit: "latency" })).toBe(1);
    expect(await told({ kind: "pass" })).toBe(1);
    const { errors } = made.evidence;
    expect(await told({}, { ...made, evidence: { errors: { ...errors, logE: 1 } } })).toBe(1);
  });

  test("says so where the numbers lead to another verdict", async () => {
    const { verdict, numbers: made } = await numbers();
    const doctored = { ...made, looks: made.looks.map((look) => ({ ...look, pairs: { errors: [500, 1, 9500, 20] } })) };
    const text = JSON.stringify({ verdict, numbers: doctored });
    const { code, lines, said } = await command(replayCommand, ["-"], [text]);
    expect([code, lines[0].verdict, lines[0].same]).toEqual([1, "inconclusive", false]);
    expect(said[0]).toContain("canary-worse");
  });

  test.each([
    ["{", "is not JSON"],
    ["[]", "holds no result"],
    ['{"numbers": null}', "holds no `numbers`"],
    ['{"numbers": {"looks": []}}', "no verdict can be made of"],
  ])("refuses %s", async (text, words) => {
    const { code, said, lines } = await command(replayCommand, ["-"], [text]);
    expect([code, lines]).toEqual([2, []]);
    expect(said[0]).toContain(words);
  });

  test("refuses a file that is not there", async () => {
    expect((await command(replayCommand, ["nowhere.json"])).code).toBe(2);
    expect((await command(replayCommand, [])).code).toBe(2);
  });
});
