import { describe, expect, test } from "vitest";
import { plain } from "../simulation/followers/scenarios.ts";
import { simulateTogether, type TogetherReport, type TogetherScene } from "../simulation/followers/world.ts";
import { wordsOf } from "./world.ts";

/** `web` in one namespace holds the record, `edge` and `inner` in another follow it. Phases of 20, 50 and 100 %. */

const [main] = plain.runs;
if (main === undefined) throw new Error("no run");
const live = (more: Partial<TogetherScene>) => simulateTogether({ ...plain, ...more });
const ended = ({ outcomes }: TogetherReport, run = "a") => outcomes.find((one) => one.run === run)?.outcome;
/** Who was written to what, in order, without the times. */
const steps = ({ writes }: TogetherReport) => writes.map((line) => line.split(" ").slice(2).join(" "));
const home = { web: 0, edge: 0, inner: 0 };

describe("the order of writes", () => {
  test("up after the first route, which alone is signed and promoted", async () => {
    const report = await live({});
    expect(steps(report)).toEqual(
      [20, 50, 100]
        .flatMap((weight) => ["web", "edge", "inner"].map((route) => `${route} ${weight}`))
        .concat("web 100"),
    );
    expect(ended(report)?.name).toBe("promoted");
    expect(report.violations).toEqual([]);
  });

  test("down before it, home weights as they were", async () => {
    const report = await live({ badAtMs: 5_000 });
    expect(steps(report)).toEqual(["web 20", "edge 20", "inner 20", "edge 0", "inner 0", "web 0"]);
    const edge = report.final.get("edge")?.spec as { rules: { backendRefs: { weight: number }[] }[] };
    expect(edge.rules[0]?.backendRefs.map(({ weight }) => weight)).toEqual([7, 0]);
  });

  test("one route alone asks no more than it ever did", async () => {
    const report = await live({ runs: [{ ...main, routes: ["web"] }] });
    expect(report.calls.get("a")).toBe(15);
    expect(Object.keys(report.final.get("web")?.metadata.annotations ?? {})).toEqual(["team", "sluice.dev/rollout"]);
  });

  test("a follower carries no record, but who it follows and how far it is", async () => {
    const report = await live({ badAtMs: 5_000 });
    const annotations = report.final.get("edge")?.metadata.annotations ?? {};
    expect(Object.keys(annotations)).toEqual(["sluice.dev/follows"]);
    expect(JSON.parse(annotations["sluice.dev/follows"] ?? "")).toMatchObject({
      route: "shop/virtualservice/web",
      rollout: "r1",
      phase: 0,
    });
  });
});

describe("a follower that is no more what it was", () => {
  test("deleted: the others go home", async () => {
    const report = await live({ deleted: { route: "inner", atMs: 18_000, again: false } });
    expect(report.shares).toEqual(home);
    expect(ended(report)).toMatchObject({ name: "rolled-back", exitCode: 1 });
    expect(ended(report)?.reason).toMatchObject({
      code: "follower-lost",
      data: { follower: "edge/virtualservice/inner", says: { code: "follower-gone" } },
    });
  });

  test("deleted and created again: the new object is left alone", async () => {
    const report = await live({ deleted: { route: "inner", atMs: 18_000, again: true } });
    expect(ended(report)?.reason).toMatchObject({
      code: "follower-lost",
      data: { says: { code: "follower-recreated" } },
    });
    expect(Object.keys(report.final.get("inner")?.metadata.annotations ?? {})).toEqual(["team"]);
  });

  test("moved by somebody: drift, and only a commanded rollback takes it home", async () => {
    const edited = { moved: { route: "inner" as const, atMs: 18_000 } };
    const left = await live(edited);
    expect(ended(left)).toMatchObject({ name: "drifted", code: "drifted", exitCode: 1 });
    expect(wordsOf({ outcome: ended(left) })).toContain("kubectl-edit");
    expect(steps(left)).toHaveLength(6);
    const back = { ...main, name: "b", startMs: 30_000, command: "rollback" as const, routes: ["web"] as const };
    const report = await live({ ...edited, runs: [main, back] });
    expect(report.shares).toEqual(home);
    expect(ended(report, "b")).toMatchObject({ name: "rolled-back", exitCode: 0 });
    expect(ended(report, "b")?.reason).toMatchObject({
      code: "rollback-requested",
      data: { found: [{ destinations: [{ weight: 33 }, { weight: 67 }] }] },
    });
  });

  test("silent for a while: no phase begins, and its hold is counted from when all agree", async () => {
    const report = await live({ silence: { route: "edge", fromMs: 12_000, toMs: 40_000 } });
    expect(ended(report)?.name).toBe("promoted");
    expect(Number(report.writes[3]?.split(" ")[0])).toBeGreaterThan(40_000);
    expect(report.violations).toEqual([]);
  });

  test("silent while the canary fails: the others go home, and the outcome says what is not known", async () => {
    const report = await live({ badAtMs: 20_000, silence: { route: "edge", fromMs: 20_000, toMs: 9_000_000 } });
    expect(report.shares).toEqual({ web: 0, edge: 50, inner: 0 });
    expect(ended(report)).toMatchObject({ name: "rolled-back", exitCode: 1 });
    expect(ended(report)?.reason).toMatchObject({
      code: "not-all-restored",
      data: { followers: ["edge/httproute/edge"] },
    });
    expect(ended(report, "sweep1web")).toMatchObject({ name: "rolled-back", exitCode: 1 });
  });

  test("and comes home with whoever looks once it answers", async () => {
    const silence = { route: "edge" as const, fromMs: 20_000, toMs: 60_000 };
    expect((await live({ badAtMs: 20_000, silence })).shares).toEqual(home);
    const cancelled = { ...main, signalAtMs: 20_500, afterDeath: "post" as const };
    const report = await live({ silence, runs: [cancelled] });
    expect(report.shares).toEqual(home);
    expect(ended(report)).toMatchObject({ name: "rolled-back", exitCode: 1 });
    expect(report.violations).toEqual([]);
  });

  test("whose record is removed: all go home from memory, followers first", async () => {
    const report = await live({ recordGoneAtMs: 18_000 });
    expect(report.shares).toEqual(home);
    expect(steps(report).slice(-3)).toEqual(["edge 0", "inner 0", "web 0"]);
    expect(ended(report)).toMatchObject({ name: "rolled-back", exitCode: 1 });
    expect(report.violations).toEqual([]);
  });

  test("moved by hand while the record is removed: nothing is written from memory", async () => {
    const report = await live({ recordGoneAtMs: 18_000, moved: { route: "inner", atMs: 17_990 } });
    expect(report.shares).toEqual({ web: 50, edge: 50, inner: 67 });
    expect(ended(report)).toMatchObject({ name: "drifted", code: "record-missing", exitCode: 1 });
  });

  test("silent from the beginning: nothing is written", async () => {
    const report = await live({ silence: { route: "edge", fromMs: 0, toMs: 9_000_000 } });
    expect(ended(report)).toMatchObject({ name: "refused", exitCode: 2, code: "permission-missing" });
    expect(report.writes).toEqual([]);
  });
});

describe("two rollouts that name each other's routes", () => {
  const other = { ...main, name: "b", rollout: "r2", routes: ["inner", "web"] as const };

  test("begun together, both go back", async () => {
    const report = await live({ runs: [main, other] });
    expect(report.shares).toEqual(home);
    const taken = (follower: string, rollout: string) => ({
      code: "follower-lost",
      data: { follower, says: { code: "foreign-record", data: { rollout } } },
    });
    expect(ended(report)?.reason).toMatchObject(taken("edge/virtualservice/inner", "r2"));
    expect(ended(report, "b")?.reason).toMatchObject(taken("shop/virtualservice/web", "r1"));
  });

  test("begun later, the second is refused and writes nothing", async () => {
    const report = await live({ runs: [main, { ...other, startMs: 15_000 }] });
    expect(ended(report, "b")).toMatchObject({ name: "refused", exitCode: 2, code: "foreign-record" });
    expect(ended(report)?.name).toBe("promoted");
  });

  test("a route that follows is not begun on its own", async () => {
    const report = await live({ runs: [main, { ...other, startMs: 15_000, routes: ["inner"] }] });
    expect(ended(report, "b")).toMatchObject({ name: "refused", code: "unexpected-start-weight" });
    expect(ended(report, "b")?.reason).toMatchObject({
      code: "unexpected-start-weight",
      data: { follows: "shop/virtualservice/web (rollout r1)" },
    });
  });
});
