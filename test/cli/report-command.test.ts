import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { AtEnd } from "../action/scene.ts";
import { openSeat as openFolder } from "./terminal.ts";

async function openSeat(atEnd: AtEnd) {
  const seat = await openFolder(atEnd);
  writeFileSync(join(seat.folder, "occupied"), "");
  return {
    ...seat,
    sluice: (...words: readonly string[]) => seat.sluice(words),
    page: (name: string) => readFileSync(join(seat.folder, name), "utf8"),
  };
}

const route = "shop/virtualservice/reviews";

describe.concurrent("the page about a rollout, from a terminal", () => {
  test("is left by the run itself, and made again by anybody from the record alone", async ({ onTestFinished }) => {
    const seat = await openSeat(onTestFinished);
    const run = await seat.sluice("run", "--plan", "rollout.yml", "--revision", "v2.0.0", "--html", "run.html");
    expect([run.code, run.err]).toEqual([0, ""]);
    expect(seat.page("run.html")).toContain("<h1>Promoted</h1>");

    const later = await seat.sluice("report", "--route", route, "--html=deep/down/later.html");
    expect([later.code, later.out]).toEqual([0, "The page: deep/down/later.html\n"]);
    expect(later.err).toMatch(/^Note: no plan with a metric source was given, .* add --plan FILE/);
    const page = seat.page("deep/down/later.html");
    expect(page).toContain("<h1>Promoted</h1>");
    expect(page).toContain("On to 100%");
    expect(page).toContain(seat.state()?.rollout);
    expect(seat.writes().filter(({ query }) => query.get("dryRun") !== "All").length).toBe(3);
  });

  test("is refused where there is no rollout, or no place for it", async ({ onTestFinished }) => {
    const seat = await openSeat(onTestFinished);
    const none = await seat.sluice("report", "--route", route);
    expect([none.code, none.err]).toEqual([
      1,
      "The page sluice-report.html was not written: The route carries no rollout.\n",
    ]);
    await seat.sluice("run", "--plan", "rollout.yml", "--revision", "v2.0.0");
    const blocked = await seat.sluice("report", "--plan", "rollout.yml", "--html", "occupied/page.html");
    expect(blocked.code).toBe(1);
    expect(blocked.err).toMatch(/^The page occupied\/page\.html was not written: /);
    const unnamed = await seat.sluice("report", "--route", route, "--html");
    expect([unnamed.code, unnamed.err]).toEqual([2, expect.stringContaining("--html needs a value")]);
  });

  test("is left by a rehearsal too, with its scenario in it", async ({ onTestFinished }) => {
    const seat = await openSeat(onTestFinished);
    const words = ["rehearse", "--plan", "rollout.yml", "--scenario", "traffic 50 rps; <b>", "--html", "r.html"];
    expect((await seat.sluice(...words)).code).toBe(2);
    const played = await seat.sluice(...words.with(4, "traffic 50 rps"));
    expect([played.code, played.err]).toEqual([0, expect.stringContaining("The page: r.html\n")]);
    expect(seat.page("r.html")).toContain("Nothing of this has happened");
    const all = await seat.sluice("rehearse", "--plan", "rollout.yml", "--all", "--html", "r.html");
    expect([all.code, all.err]).toEqual([2, expect.stringContaining("A page tells one rehearsal")]);
  });
});
