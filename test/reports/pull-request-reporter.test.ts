import { afterEach, beforeEach, expect, test } from "vitest";
import { said } from "../../src/base/reasons/said.ts";
import { gitHub } from "../../src/github/rest-client.ts";
import type { Progress } from "../../src/ports/reporter.ts";
import { comment, marker } from "../../src/reports/comment.ts";
import { pullRequestReporter } from "../../src/reports/pull-request-reporter.ts";
import type { ReporterContext } from "../../src/reports/reporter-context.ts";
import { forbidden, type GitHubDouble, gitHubDouble, secondaryLimit } from "../servers/github.ts";
import {
  ended,
  HandClock,
  links,
  minute,
  passed,
  plan,
  progressing,
  rolledBack,
  situations,
  start,
  watching,
} from "./samples.ts";

let server: GitHubDouble;
let clock: HandClock;
let lines: string[];
beforeEach(async () => {
  server = await gitHubDouble();
  clock = new HandClock();
  lines = [];
});
afterEach(async () => {
  await server.close();
  expect(server.violations).toEqual([]);
});

const never = new AbortController().signal;
const { routes } = watching;

/** One process that reports. Each has a memory of its own. */
function reporter(over: Partial<ReporterContext> = {}, pullRequest: number | null = 12) {
  const made = pullRequestReporter({
    clock,
    write: (line) => lines.push(line),
    inAction: true,
    github: gitHub({ token: "t-secret-1", apiUrl: server.url, clock: new HandClock(), waitUnitMs: 0 }),
    repository: { owner: "octo", name: "shop" },
    ...(pullRequest === null ? {} : { pullRequest }),
    ...over,
  });
  return (progress: Progress, signal = never) => made?.tell(progress, signal);
}

const rolledBackRun = situations["rolled-back"] as Progress;
const ours = () => server.comments.filter(({ body }) => body.startsWith(marker(plan.rollout, routes)));

test("one comment per rollout, written once and edited in place", async () => {
  const tell = reporter();
  await tell(watching);
  clock.advance(minute);
  await tell({ ...watching, at: start + 16 * minute });
  expect(server.comments.length).toBe(1);
  expect(server.comments[0]?.body).toContain("5 of 10 min");
  expect(server.writes().map(({ method }) => method)).toEqual(["POST", "PATCH"]);
});

test("a later run finds the comment behind the first page and edits it", async () => {
  server.pageSize = 30;
  for (let at = 0; at < 70; at += 1) server.addComment(12, `talk ${at}`, "octocat");
  const old = server.addComment(12, `${marker(plan.rollout, routes)}\nold`);
  for (let at = 0; at < 5; at += 1) server.addComment(12, `more ${at}`, "octocat");
  await reporter()(watching);
  expect(old.body).toBe(comment(watching, plan.rollout));
  expect(ours().length).toBe(1);
});

test("ten forged comments change nothing and none of them is edited", async () => {
  const forged = Array.from({ length: 10 }, (_, at) =>
    server.addComment(12, `${marker(plan.rollout, routes)}\nforged`, at % 2 === 0 ? "mallory" : "evil[bot]"),
  );
  server.addComment(12, `quoting ${marker(plan.rollout, routes)}`, server.login);
  await reporter()(watching);
  expect(forged.every(({ body }) => body.endsWith("forged"))).toBe(true);
  expect(server.writes().map(({ method }) => method)).toEqual(["POST"]);
  expect(ours().filter(({ author }) => author === server.login).length).toBe(1);
});

test("an older server names the app without [bot]: its comment is still ours, a user of that name is not", async () => {
  server.login = "sluice-app";
  server.addComment(12, `${marker(plan.rollout, routes)}\nold`, "sluice-app[bot]", true);
  server.fail({ method: "PATCH", fate: { status: 200, body: {} } });
  await reporter()(watching);
  expect(server.writes().map(({ method }) => method)).toEqual(["PATCH"]);
});

test("nothing is sent when nothing changed", async () => {
  const tell = reporter();
  await tell(watching);
  clock.advance(minute);
  await tell(watching);
  await reporter()(watching);
  expect(server.writes().length).toBe(1);
});

test("an edit every 30 s at most, but at once when the phase, the verdict or the outcome changes", async () => {
  const tell = reporter();
  await tell(watching);
  clock.advance(29_999);
  await tell({ ...watching, reason: said("new words") });
  expect(server.writes().length).toBe(1);
  clock.advance(1);
  await tell({ ...watching, reason: said("new words") });
  expect(server.writes().length).toBe(2);
  await tell({ ...watching, judged: passed, reason: said("good") });
  expect(server.writes().length).toBe(3);
  await tell({ ...watching, state: { ...progressing, phase: 3, weight: 50 } });
  expect(server.writes().length).toBe(4);
  await tell(rolledBackRun);
  expect(ours()[0]?.body).toContain("### Rolled back");
});

test("one turn that saw nothing does not alarm anyone", async () => {
  const tell = reporter();
  await tell(watching);
  await tell(situations["trouble"] as Progress);
  expect(server.writes().length).toBe(1);
  clock.advance(30_000);
  await tell(situations["trouble"] as Progress);
  expect(ours()[0]?.body).toContain("Nobody knows what serves now");
});

test("an unasked rollback is told once in a comment of its own, also by a second run", async () => {
  const tell = reporter();
  await tell(watching);
  await tell(rolledBackRun);
  const asked = server.requests.length;
  await tell(rolledBackRun);
  expect(server.requests.length).toBe(asked);
  await reporter()(rolledBackRun);
  const news = server.comments.filter(({ body }) => body.startsWith("<!-- sluice:taken-back="));
  expect(news.length).toBe(1);
  expect(news[0]?.body).toContain(`#issuecomment-${ours()[0]?.id}`);
  expect(ours().length).toBe(1);
});

test("a rollback that a person asked for is only edited in", async () => {
  const moment = {
    at: start,
    phase: 2,
    weight: 0,
    verdict: "none" as const,
    reason: said("rolled back"),
    committed: true,
  };
  const asked = ended(
    rolledBack,
    { name: "rolled-back", exitCode: 0, reason: said("rolled back by a person"), weight: 0, phase: 2 },
    { command: "rollback", plan: undefined, timeline: [moment] },
  );
  await reporter()(asked);
  expect(server.comments.length).toBe(1);
});

test("a comment that somebody deleted gives way to a new one", async () => {
  const tell = reporter();
  await tell(watching);
  server.comments.length = 0;
  clock.advance(minute);
  await tell({ ...watching, reason: said("new words") });
  expect(ours().length).toBe(1);
});

test("an edit that is refused because of the author gives way to a new comment, and only to one", async () => {
  const old = server.addComment(12, `${marker(plan.rollout, routes)}\nold`);
  server.locked.add(old.id);
  await reporter()(watching);
  expect(ours().length).toBe(2);
  const again = reporter();
  await again({ ...watching, reason: said("new words") });
  expect(ours().length).toBe(2);
  expect(ours()[1]?.body).toContain("new words");
});

test("a comment whose answer was lost is found again, not written twice", async () => {
  server.fail({ method: "POST", path: /comments$/, fate: "lose-answer", times: 1 });
  const tell = reporter();
  await tell(watching);
  expect(lines).toEqual(["The comment on the pull request was not updated. GitHub answered 502."]);
  clock.advance(minute);
  await tell({ ...watching, reason: said("new words") });
  expect(ours().length).toBe(1);
  expect(ours()[0]?.body).toContain("new words");
});

test("two runs that write the first comment at once end with one", async () => {
  const [one, other] = [reporter(), reporter()];
  await Promise.all([one(watching), other({ ...watching, reason: said("from the other") })]);
  clock.advance(minute);
  await one({ ...watching, reason: said("later") });
  await other({ ...watching, reason: said("later") });
  expect(ours().length).toBe(1);
});

test("a missing right switches the comment off with one warning that names it", async () => {
  server.fail({ method: "POST", path: /comments$/, fate: forbidden });
  const tell = reporter();
  for (let at = 0; at < 3; at += 1) {
    await tell({ ...watching, reason: said(`turn ${at}`) });
    clock.advance(minute);
  }
  expect(lines).toEqual([
    "::warning title=Sluice%3A reporting::The comment on the pull request is off for the rest of this run: GitHub answered 403: Resource not accessible by integration. If the job's token lacks the right, add `permissions: { pull-requests: write }` to the job.",
  ]);
  expect(server.writes().length).toBe(1);
});

test("a rate limit silences the comment until its time has passed, and no longer", async () => {
  server.fail({ method: "POST", path: /comments$/, fate: secondaryLimit(120), times: 1 });
  const tell = reporter();
  await tell(watching);
  expect(lines[0]).toMatch(
    /^The comment on the pull request is not updated for now\. .* It asks for 2 min without requests\.$/,
  );
  clock.advance(119_000);
  await tell({ ...watching, reason: said("too early") });
  expect(server.writes().length).toBe(1);
  clock.advance(1_000);
  await tell({ ...watching, reason: said("in time") });
  expect(ours()[0]?.body).toContain("in time");
});

test.each([
  ["an HTML page", "html" as const, 0],
  ["a server error", { status: 500 } as const, 0],
  ["a connection that breaks", "reset" as const, 0],
])("%s is one line of the log, and the next update gets through", async (_, fate, __) => {
  server.fail({ path: /comments$/, fate });
  const tell = reporter();
  await tell(watching);
  expect(lines.length).toBe(1);
  server.heal();
  clock.advance(minute);
  await tell({ ...watching, reason: said("new words") });
  expect(ours().length).toBe(1);
});

test("an update that was given up writes nothing any more", async () => {
  const giveUp = new AbortController();
  server.fail({ path: /graphql/, fate: "hang" });
  const tell = reporter();
  const telling = tell(watching, giveUp.signal);
  while (server.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
  giveUp.abort();
  await telling;
  expect(server.writes()).toEqual([]);
  expect(lines).toEqual([]);
});

test("the record's pull request is the one that is told, whatever commit the command was started on", async () => {
  const moment = { at: start, phase: 2, weight: 20, verdict: "none" as const, reason: said("paused"), committed: true };
  const paused = situations["paused-person"] as Progress;
  await reporter({}, 99)({ ...paused, command: "pause", plan: undefined, timeline: [moment] });
  expect(server.comments.map(({ issue }) => issue)).toEqual([12]);
});

test("a record that names another repository is not followed there", async () => {
  await reporter()({ ...watching, state: { ...progressing, repository: "mallory/trap" } });
  expect(server.requests).toEqual([]);
  expect(lines).toEqual([
    "The record names the repository mallory/trap; its pull request is not written to from here.",
  ]);
});

test("no pull request is one notice, not a warning a turn", async () => {
  const tell = reporter({}, null);
  const state = { ...progressing, pullRequest: null };
  await tell({ ...watching, state });
  await tell({ ...watching, state });
  expect(lines.length).toBe(1);
  expect(server.requests).toEqual([]);
});

test.each([
  [
    "status",
    { command: "status" as const, outcome: { name: "in-progress" as const, exitCode: 0 as const, reason: said("") } },
  ],
  ["preflight", { command: "preflight" as const }],
  [
    "a sweep with nothing to do",
    { command: "sweep" as const, outcome: { name: "in-progress" as const, exitCode: 0 as const, reason: said("") } },
  ],
  [
    "a rollback of something else",
    { command: "rollback" as const, outcome: { name: "none" as const, exitCode: 0 as const, reason: said("") } },
  ],
])("%s leaves the comment alone", async (_, over) => {
  await reporter()({ ...watching, ...over });
  expect(server.requests).toEqual([]);
});

test("a superseded run tells its own end, not the newer rollout's", async () => {
  await reporter()(situations["superseded"] as Progress);
  expect(ours().length).toBe(1);
  expect(ours()[0]?.body).toContain("### A newer rollout has taken over");
});

test("no secret that is known leaves in a comment", async () => {
  await reporter({ scrub: (text) => text.replaceAll("hunter2", "***") })({ ...watching, reason: said("said hunter2") });
  expect(ours()[0]?.body).toContain("said ***");
  expect(links.run).toBeDefined();
});
