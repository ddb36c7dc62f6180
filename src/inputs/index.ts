import type { RouteRef } from "../base/kube-object.ts";
import type { Problem, Surface } from "../base/problem.ts";
import type { Percent } from "../base/units.ts";
import type { Command } from "../rollout/command-names.ts";
import type { Plan } from "../rollout/plan.ts";
import { broken, type Stated, valueOr } from "../schema/shape.ts";
import type { Tell } from "../schema/source-value.ts";
import { describePlace } from "../text/describe-problems.ts";
import { keep, type Secrets, scrubbed } from "./collected-secrets.ts";
import { checkCommand, needsPlan, rescues, stopsRescue } from "./command-rules.ts";
import type { StepFields } from "./input-schema.ts";
import { type Locate, type PlanFile, readPlanFile } from "./plan-file.ts";
import { type Given, readStep } from "./raw-inputs.ts";
import type { CheckUrl } from "./resolve-metric-source.ts";
import { overlay, type Resolved, resolvePlan, type Settings } from "./resolve-plan.ts";
import { sign } from "./rollout-id.ts";
import { resolveRoutes } from "./routes-and-destinations.ts";
import type { FileText } from "./text-file-reader.ts";

/** What reading the inputs needs of the world. None of it throws, and none of it contacts anything. */
export type InputEnvironment = {
  /** Where the plan's references lead. Absent where the plan may be a stranger's: then none of them is followed. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Reads a text file; in an action one of the workspace and no other. `because` goes on after "The plan file NAME …". */
  readFile(path: string): FileText;
  /** The namespace of the kubeconfig's context. Asked only where nobody names one. */
  contextNamespace(chosen: Chosen): string | undefined | Promise<string | undefined>;
  /** Whether a metric source may be asked at this URL. */
  readonly checkMetricsUrl: CheckUrl;
  /** The commit of the event, or of the checkout at a terminal. */
  readonly revision: string | undefined;
  /** A runner that GitHub takes away after six hours. */
  readonly hostedRunner: boolean;
};
export type Chosen = { readonly kubeconfig?: string; readonly context?: string };

/** Everything that was asked for, checked once: nothing behind this type looks at the text again. */
export type Inputs = {
  readonly command: Command;
  /** There for `run`, `promote`, `resume` and `preflight`; the other commands go by the record alone. */
  readonly plan: Plan | undefined;
  readonly routes: readonly RouteRef[];
  /** The rules by which the delegate of a root is found, where it is to be followed: every command has to find it. */
  readonly followDelegates?: { readonly rules: readonly string[] };
  /** Absent where it is the last weight, which means the same as none. */
  readonly until?: Percent;
  readonly turns?: number;
  readonly rollout?: string;
  readonly revision?: string;
  /** Whether `revision` was given as an input and not taken from the event. */
  readonly revisionGiven: boolean;
  readonly dryRun: boolean;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly execAllow: readonly string[];
  readonly execEnv: readonly string[];
  readonly allowInsecureTls: boolean;
  readonly expectedCluster?: string;
  readonly githubToken?: string;
  readonly pullRequest?: number;
  readonly environment?: string;
  /** For the metric source's own origin alone. Secret. */
  readonly metricHeaders: Readonly<Record<string, string>>;
  readonly planFile?: { readonly path: string; readonly locate: Locate };
};

export type InputsRead = {
  readonly inputs: Inputs | undefined;
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
  /** Every text that has to be masked before anything is printed. */
  readonly secrets: readonly string[];
};

/** Reads inputs and plan file into one clean type, or names every problem in them. Contacts nothing, throws nothing. */
export async function readInputs(given: Given, world: InputEnvironment): Promise<InputsRead> {
  const found: Problem[] = [];
  const warnings: string[] = [];
  const secrets: Secrets = new Set();
  const tell: Tell = (place, message, code = "input") => void found.push({ code, message, place });
  const warn = (message: string) => void warnings.push(message);

  const step = await readStep(given, tell);
  keep(secrets, valueOr(step["github-token"], ""));
  const file = await readPlanFile(step.config, (path) => world.readFile(path), tell);
  const settings = overlay(step, file.fields);
  const command = valueOr<Command>(step.command, "run");
  checkCommand(command, step, tell);
  const routes = await resolveRoutes(settings, async () => world.contextNamespace(chosenBy(step)), tell);
  const revision = valueOr<string | undefined>(step.revision, world.revision);
  const { env, checkMetricsUrl: checkUrl, hostedRunner } = world;
  const read = { settings, step, plan: file.fields, routes, revision, checkUrl, hostedRunner, secrets };
  const sought = env === undefined ? read : { ...read, env };
  const resolved = needsPlan(command) ? await resolvePlan(sought, tell, warn) : undefined;

  const stopping = rescues(command) ? found.filter((problem) => stopsRescue(problem, step)) : [...found];
  const spared = found.filter((problem) => !stopping.includes(problem)).sort(byPlace);
  const complete = routes !== undefined && (resolved !== undefined || !needsPlan(command));
  if (!complete && stopping.length === 0) {
    stopping.push({ code: "internal", message: "The inputs were refused without a reason. Report this as a bug." });
  }
  const accepted = complete && stopping.length === 0;
  if (spared[0] !== undefined) warnings.push(sparedWarning(spared[0], spared.length, command, given.surface));
  return {
    inputs: accepted ? await build({ command, step, settings, file, routes, revision, resolved }) : undefined,
    problems: stopping.sort(byPlace).map((problem) => ({ ...problem, message: scrubbed(problem.message, secrets) })),
    warnings: accepted ? warnings.map((text) => scrubbed(text, secrets)) : [],
    secrets: [...secrets],
  };
}

/** Inputs first, then the plan file from top to bottom. */
function byPlace({ place: one = {} }: Problem, { place: other = {} }: Problem): number {
  const files = Number(one.file !== undefined) - Number(other.file !== undefined);
  if (files !== 0 || one.file === undefined) return files;
  return (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0);
}

function sparedWarning({ place = {}, message }: Problem, count: number, command: Command, surface: Surface): string {
  const problems = count === 1 ? "a problem" : `${count} problems`;
  const first = `${describePlace(place, surface)} ${message}`;
  return `The plan file has ${problems} that ${command} does not wait for. ${count === 1 ? "It is" : "The first is"}: ${first}`;
}

function chosenBy({ kubeconfig, context }: StepFields): Chosen {
  return { ...stated("kubeconfig", kubeconfig), ...stated("context", context) };
}

type Parts = {
  readonly command: Command;
  readonly step: StepFields;
  readonly settings: Settings;
  readonly file: PlanFile;
  readonly routes: readonly RouteRef[];
  readonly revision: string | undefined;
  readonly resolved: Resolved | undefined;
};

async function build({ command, step, settings, file, routes, revision, resolved }: Parts): Promise<Inputs> {
  const until = valueOr<Percent | undefined>(step.until, undefined);
  const toTheEnd = until === undefined || until === resolved?.plan.phases.at(-1)?.weight;
  return {
    command,
    plan: resolved === undefined ? undefined : await sign(resolved.plan, resolved.revision),
    routes,
    ...(valueOr(settings["follow-delegates"], false) ? { followDelegates: { rules: valueOr(settings.rule, []) } } : {}),
    ...(toTheEnd ? {} : { until }),
    ...stated("turns", step.turns),
    ...stated("rollout", step.rollout),
    ...(revision === undefined ? {} : { revision }),
    revisionGiven: step.revision !== undefined,
    dryRun: valueOr(step["dry-run"], false),
    ...chosenBy(step),
    execAllow: valueOr(step["exec-allow"], []),
    execEnv: valueOr(step["exec-env"], []),
    allowInsecureTls: valueOr(step["allow-insecure-tls"], false),
    ...stated("expectedCluster", step["expected-cluster"]),
    ...stated("githubToken", step["github-token"]),
    ...stated("pullRequest", step["pull-request"]),
    ...stated("environment", step.environment),
    metricHeaders: resolved?.metricHeaders ?? {},
    ...(file.path === undefined ? {} : { planFile: { path: file.path, locate: file.locate } }),
  };
}

/** An optional field, left out where nothing was stated. */
function stated<K extends string, T>(name: K, from: Stated<T> | undefined): { readonly [P in K]?: T } {
  // The type of a computed key is not kept by the compiler; it is the one name that was given.
  return from === undefined || from.value === broken ? {} : ({ [name]: from.value } as { readonly [P in K]: T });
}
