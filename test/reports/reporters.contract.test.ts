import { afterEach, beforeEach, expect, test } from "vitest";
import { gitHub } from "../../src/github/rest-client.ts";
import { makeReporters, type ReporterName, reporters } from "../../src/reports/index.ts";
import { pageOf } from "../../src/reports/page/render-page.ts";
import type { ReporterContext } from "../../src/reports/reporter-context.ts";
import { type GitHubDouble, gitHubDouble } from "../servers/github.ts";
import { HandClock, hostileProgress, situations } from "./samples.ts";

let server: GitHubDouble;
beforeEach(async () => {
  server = await gitHubDouble();
});
afterEach(async () => {
  await server.close();
  expect(server.violations).toEqual([]);
});

const every = Object.keys(reporters) as ReporterName[];
const never = new AbortController().signal;

const means = (): ReporterContext => ({
  clock: new HandClock(),
  write: () => {},
  inAction: true,
  terminal: { write: () => {}, isInteractive: true, hasColour: true },
  writeTurn: () => {},
  appendSummary: () => {},
  github: gitHub({ token: "t-secret-1", apiUrl: server.url, clock: new HandClock(), waitUnitMs: 0 }),
  repository: { owner: "octo", name: "shop" },
  pullRequest: 12,
  environment: "production",
  commit: "2".repeat(40),
  writePage: async (_file, told) => {
    pageOf({ ...told, version: "0.1.0" }, { script: "", styles: "" });
    return undefined;
  },
});

test.each(every)(
  "%s tells every situation, also with hostile text in every field, and throws at none",
  async (name) => {
    const [reporter] = makeReporters([name], means());
    expect(reporter?.name).toBe(name);
    for (const progress of [...Object.values(situations), ...hostileProgress]) {
      await reporter?.tell({ ...progress, report: "report.html" }, never);
    }
  },
);

test.each(every)("%s stays quiet when the same is told twice at the end", async (name) => {
  const [reporter] = makeReporters([name], means());
  const end = situations["promoted"];
  if (end !== undefined) await reporter?.tell(end, never);
  const before = server.writes().length;
  if (end !== undefined) await reporter?.tell(end, never);
  expect(server.writes().length).toBe(before);
});

test("where there is nothing to report to there is no reporter", () => {
  const bare: ReporterContext = { clock: new HandClock(), write: () => {}, inAction: false };
  expect(makeReporters(every, bare).map(({ name }) => name)).toEqual(["log"]);
});
