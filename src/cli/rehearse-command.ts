import { extraPreflightChecks } from "../app/extra-preflight-checks.ts";
import { reachAlong } from "../app/follower-ports.ts";
import { systemClock } from "../base/clock.ts";
import type { Problem } from "../base/problem.ts";
import type { Inputs } from "../inputs/index.ts";
import { readerFrom } from "../inputs/text-file-reader.ts";
import type { Progress } from "../ports/reporter.ts";
import type { RouteAdapter } from "../ports/route-adapter.ts";
import { type RehearsalObserver, type Rehearsed, rehearse } from "../rehearsal/index.ts";
import {
  commentLines,
  curveLines,
  momentLine,
  noteLines,
  storyHead,
  titleLines,
  verdictLines,
} from "../rehearsal/narrative.ts";
import type { GivenObject } from "../rehearsal/objects/plan-routes.ts";
import { type NamedRehearsal, rehearsalResult, spanWords, tableLines } from "../rehearsal/result-json-and-table.ts";
import type { ErrorRates } from "../reports/error-sparkline.ts";
import { refusalResult } from "../reports/refusal-report.ts";
import type { Terminal } from "../reports/reporter-context.ts";
import type { Plan } from "../rollout/plan.ts";
import { driverFor } from "../routes/index.ts";
import { scenarios } from "../simulator/scenario/built-in-scenarios.ts";
import { describeProblems } from "../text/describe-problems.ts";
import { readRouteFiles } from "./manifest-files.ts";
import { type RehearseFlags, rehearseFlags } from "./rehearse-flags.ts";
import { allReady, oneScenario, readPlan, type Wanted } from "./rehearse-inputs.ts";
import { rehearsalPage } from "./rehearse-page.ts";

type RehearseHost = {
  readonly workspace: string;
  /** Where the story goes, and the JSON. */
  readonly terminal: Terminal;
  /** One line to standard error. */
  readonly warn: (line: string) => void;
};

/** `sluice rehearse`: the user's plan under a scenario, in virtual time. It contacts nothing and needs no secret. */
export async function rehearseCommand(words: readonly string[], host: RehearseHost): Promise<0 | 2> {
  const flags = rehearseFlags(words);
  const readFile = readerFrom(host.workspace);
  const files = await readRouteFiles(flags.routeFiles, readFile);
  const reading = await readPlan(flags.given, files.objects, readFile);
  const wanted = flags.all ? allReady() : [oneScenario(flags.scenario ?? "good", readFile)];
  const problems = [
    ...flags.problems,
    ...files.problems,
    ...reading.problems,
    ...wanted.flatMap((one) => (one.kind === "refused" ? one.problems : [])),
  ];
  const staged = wanted.flatMap((one) => (one.kind === "wanted" ? [one] : []));
  const plan = reading.inputs?.plan;
  const kind = plan?.target.routes[0]?.kind ?? "";
  const known = driverFor(kind);
  if (known.kind === "unknown" && plan !== undefined) problems.push(known.problem);
  if (problems.length > 0 || plan === undefined || reading.inputs === undefined || known.kind === "unknown") {
    return refuse(host, flags, problems);
  }
  for (const warning of reading.warnings) host.warn(`Warning: ${warning}`);
  const act: Act = {
    plan,
    inputs: reading.inputs,
    warnings: reading.warnings,
    driver: known.driver,
    given: files.objects,
    flags,
    host,
    after: [],
  };
  const code = await (flags.all ? showAll(act, staged) : showOne(act, staged[0]));
  for (const text of act.after) host.warn(text);
  return code;
}

type Act = {
  readonly plan: Plan;
  readonly inputs: Inputs;
  readonly warnings: readonly string[];
  readonly driver: RouteAdapter;
  readonly given: readonly GivenObject[];
  readonly flags: RehearseFlags;
  readonly host: RehearseHost;
  /** What is to be said when all else has been. */
  readonly after: string[];
};

/** Plays it, and leaves the page about it where one is wanted. */
async function perform(act: Act, wanted: Wanted, watch: RehearsalObserver) {
  const { flags, host } = act;
  if (flags.html === undefined) return play(act, wanted, watch);
  const page = rehearsalPage(flags.html, host.workspace);
  const told = (progress: Progress) => {
    page.told(progress);
    watch.told?.(progress);
  };
  const rehearsal = await play(act, wanted, { ...watch, told });
  if (rehearsal.kind === "refused") return rehearsal;
  const trouble = await page.write(rehearsal, wanted.name ?? wanted.words, flags.seed);
  act.after.push(
    trouble === undefined ? `The page: ${flags.html}` : `The page ${flags.html} was not written: ${trouble}`,
  );
  return rehearsal;
}

function play({ plan, inputs, warnings, driver, given, flags }: Act, { scenario }: Wanted, watch: RehearsalObserver) {
  const { until, turns, rollout, dryRun } = inputs;
  const order = {
    dryRun,
    ...(until === undefined ? {} : { until }),
    ...(turns === undefined ? {} : { turns }),
    ...(rollout === undefined ? {} : { rollout }),
  };
  return rehearse({
    plan,
    driver,
    scenario,
    seed: flags.seed,
    given,
    order,
    further: extraPreflightChecks,
    along: { lensOf: driverFor, reach: reachAlong },
    warnings,
    watch,
  });
}

/** How it goes, while it goes: on a screen that leaves nothing behind, for the story is told when it is over. */
async function liveOn(terminal: Terminal): Promise<{ readonly watch: RehearsalObserver; readonly close: () => void }> {
  if (!terminal.isInteractive) return { watch: {}, close: () => {} };
  const { openView } = await import("../reports/live/live-view.ts");
  const view = openView(terminal, {
    clock: systemClock,
    scrub: (text) => text,
    title: "Rehearsal",
    onInterrupt: "in virtual time; Ctrl-C ends it",
    ticks: false,
  });
  const rates: ErrorRates[] = [];
  return {
    watch: { point: (point) => void rates.push(point), told: (progress) => view.show(progress, rates) },
    close: () => view.close(),
  };
}

async function showOne(act: Act, wanted: Wanted | undefined): Promise<0 | 2> {
  if (wanted === undefined) return 2;
  const { host, plan, flags } = act;
  const { terminal } = host;
  if (flags.json) {
    const rehearsed = await perform(act, wanted, { opened: (notes) => warnAll(host, notes) });
    if (rehearsed.kind === "refused") return refuse(host, flags, rehearsed.problems);
    terminal.write(`${JSON.stringify(rehearsalResult(rehearsed))}\n`);
    return 0;
  }
  const width = terminal.columns ?? 100;
  const live = await liveOn(terminal);
  const story: string[] = [];
  const line = (text: string) => {
    if (terminal.isInteractive) story.push(text);
    else terminal.write(`${text}\n`);
  };
  let startMs = 0;
  const rehearsed = await perform(act, wanted, {
    ...live.watch,
    opened: (notes, at) => {
      startMs = at;
      for (const text of titleLines({ plan, ...wanted, seed: flags.seed })) line(text);
      for (const note of notes) line(note);
      if (notes.length > 0) line("");
      line(storyHead());
    },
    note: (note) => {
      for (const text of noteLines(note)) line(text);
    },
    moment: (moment) => line(momentLine(moment, startMs)),
  }).finally(live.close);
  for (const text of story.splice(0)) terminal.write(`${text}\n`);
  if (rehearsed.kind === "refused") return refuse(host, flags, rehearsed.problems);
  for (const text of [
    ...curveLines(rehearsed, width),
    ...verdictLines(rehearsed, plan),
    ...commentLines(rehearsed),
    ...hintLines(wanted),
  ])
    terminal.write(`${text}\n`);
  return 0;
}

function warnAll(host: RehearseHost, notes: readonly string[]): void {
  for (const note of notes) host.warn(note);
}

function refuse({ warn, terminal }: RehearseHost, { json }: RehearseFlags, problems: readonly Problem[]): 2 {
  warn(describeProblems(problems, "cli"));
  if (json) terminal.write(`${JSON.stringify(refusalResult(problems))}\n`);
  return 2;
}

function hintLines({ name }: Wanted): readonly string[] {
  const others = Object.keys(scenarios).filter((other) => other !== name);
  return [
    "",
    `Other scenarios: ${others.join(", ")}. All of them in a table: --all.`,
    'Or in words: --scenario "traffic 3 rps; canary errors 0.2% until phase 20, then 4%". What can be said: sluice help rehearse.',
  ];
}

async function showAll(act: Act, all: readonly Wanted[]): Promise<0 | 2> {
  const { host, plan, flags } = act;
  const named: NamedRehearsal[] = [];
  for (const wanted of all) {
    const rehearsed = await perform(act, wanted, named.length > 0 ? {} : { opened: (notes) => warnAll(host, notes) });
    if (rehearsed.kind === "refused") return refuse(host, flags, rehearsed.problems);
    named.push({ scenario: wanted.name ?? wanted.words, rehearsed });
  }
  const { terminal } = host;
  if (flags.json) {
    const results = named.map(({ scenario, rehearsed }) => ({ scenario, ...rehearsalResult(rehearsed as Rehearsed) }));
    terminal.write(`${JSON.stringify(results)}\n`);
    return 0;
  }
  const width = terminal.isInteractive ? (terminal.columns ?? 100) : 400;
  const [, ...title] = titleLines({
    plan,
    name: undefined,
    words: `all ${named.length} ready ones, the longest ${spanWords(named)}`,
    shows: undefined,
    seed: flags.seed,
  });
  for (const text of [`Rehearsals of one plan, in virtual time`, ...title, ...tableLines(named, width)])
    terminal.write(`${text}\n`);
  terminal.write("\nOne of them in full: --scenario NAME.\n");
  return 0;
}
