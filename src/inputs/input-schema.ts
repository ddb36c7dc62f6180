import { allowableEvents } from "../github/event-names.ts";
import { type Blocks, providers } from "../metrics/index.ts";
import { commands } from "../rollout/command-names.ts";
import { forcible } from "../rollout/forcible.ts";
import { boolean, choice, duration, number, scalar, textOf } from "../schema/scalars.ts";
import { mapping, oneOrMany, type ReadFields, type Shape, said } from "../schema/shape.ts";
import { checks } from "./check-schema.ts";
import { compare } from "./compare-schema.ts";
import { destination, namespace, routes, rules } from "./routes-and-destinations.ts";
import { phases } from "./schedule-schema.ts";

const share = number({ min: 0, max: 100, expected: "a share from 0 to 100" });

/** One key for each kind of metric source; a plan has one of them at most. */
const metricSources = Object.fromEntries(
  providers.map(([name, { block, description }]) => [name, said(block, description)]),
) as Blocks;

/** What a plan file may say. All of it, resolved, is what the rollout's id is made from. */
export const planKeys = {
  route: said(
    routes,
    "The route whose weights move, such as virtualservice/reviews or shop/virtualservice/reviews. Several routes move together; the first holds the record. Required, here or as an input.",
  ),
  namespace: said(namespace, "The namespace of the route. By default that of the kubeconfig's context, else default."),
  stable: said(
    destination,
    "The version that has the traffic now: a subset, a Service, or HOST[/SUBSET][:PORT]. By default the only destination with traffic.",
  ),
  canary: said(
    destination,
    "The new version: a subset, a Service, or HOST[/SUBSET][:PORT]. By default the only other destination.",
  ),
  rule: said(
    rules,
    "The rules to move: http/NAME, http/INDEX, tcp/PORT, tls/SNI-HOST. By default every rule that sends to both versions.",
  ),
  phases: said(
    phases,
    "Weights in rising order up to 100. A weight may have its own hold; `pause` waits for an approval.",
    "5/20/50/100",
  ),
  hold: said(duration, "How long Sluice observes each phase at least.", "5m"),
  "max-hold": said(duration, "How long a phase may stay inconclusive. By default four times its hold."),
  settle: said(
    duration,
    "How long the proxies have to apply a new weight before Sluice observes the phase. By default 15s, at least one scrape.",
  ),
  "write-allowance": said(duration, "How long after its decision a write may still take effect.", "15s"),
  ...metricSources,
  compare: said(
    compare,
    "How Sluice compares canary and stable, or off. By default on if there is a metric source and the route allows it.",
  ),
  checks: said(
    checks,
    "Limits on single numbers. By default none beside a comparison, but for coarse limits at 100%; with a metric source and without a comparison, success rate and latency.",
  ),
  "on-inconclusive": said(
    choice(["pause", "rollback", "promote"]),
    "What Sluice does when a phase is still inconclusive at max-hold.",
    "pause",
  ),
  "on-cancel": said(
    choice(["rollback", "leave"]),
    "What Sluice does when the job is cancelled: roll back, or leave the weights.",
    "rollback",
  ),
  "start-weight": said(share, "The share in percent that the canary must have when a rollout begins.", 0),
  others: said(
    choice(["scale", "fixed"]),
    "What happens to third destinations: they share what the canary leaves, or keep their weight.",
    "scale",
  ),
  "create-destination": said(
    boolean,
    "Whether Sluice adds a canary that no rule sends to, beside stable and with the first weight. A rollback leaves it there with weight 0.",
    false,
  ),
  "follow-delegates": said(
    boolean,
    "Whether Sluice moves the weights in the object to which a VirtualService delegates. Hosts and metrics stay those of the root.",
    false,
  ),
  gitops: said(
    choice(["warn", "pause-flux"]),
    "What Sluice does about a GitOps tool that would undo the weights: print the remedy, or keep Flux from the route during the rollout.",
    "warn",
  ),
  "allow-fault": said(
    boolean,
    "Whether Sluice may move a rule that injects faults, although they spoil the metrics.",
    false,
  ),
  force: said(
    oneOrMany(choice(forcible)),
    "Refusals to override, by their codes. The report names each override. By default none.",
  ),
};

/** The whole plan file. */
export const planFile = mapping(planKeys, {
  instead: (name) => {
    if (Object.hasOwn(planKeys, name) || !Object.hasOwn(stepInputs, name)) return undefined;
    return `\`${name}\` belongs to the step and not to the plan. Give it as an input of the step.`;
  },
  check(entries, tell) {
    const [first, second] = entries.filter(({ name }) => Object.hasOwn(metricSources, name));
    if (first === undefined || second === undefined) return;
    const both = [first, second].map(({ name, at }) => `\`${name}\` (line ${at.line})`).join(" and ");
    tell(second.at, `Name one metric source; ${both} are both there. Remove one of them.`);
  },
});
export type PlanFields = ReadFields<typeof planKeys>;

/** Text that is passed on as it is. Nothing of it is shown, since most of it is secret. */
const opaque: Shape<string> = scalar({
  schema: { type: "string" },
  takes: ["text"],
  expected: "a text",
  secret: true,
  parse: (text) => ({ value: text }),
});

const line = (expected: string, longest: number) =>
  textOf("[^\\u0000-\\u001f\\u007f]+", expected, "It is one line of text.", longest);
const word = (pattern: string, expected: string, rule: string) => oneOrMany(textOf(pattern, expected, rule, 100));

/** The inputs of the action, which are the flags of the command line too. */
export const stepInputs = {
  command: choice(commands),
  config: line("the path of a plan file", 1000),
  route: planKeys.route,
  namespace: planKeys.namespace,
  stable: planKeys.stable,
  canary: planKeys.canary,
  rule: planKeys.rule,
  phases: planKeys.phases,
  hold: planKeys.hold,
  "max-hold": planKeys["max-hold"],
  until: number({ min: 0, max: 100, expected: "a weight of the schedule, as 20" }),
  rollout: textOf("[0-9a-f]{12}", "the id of a rollout", "Ids are 12 hexadecimal digits, as in the output `rollout`."),
  turns: number({ min: 1, max: 1_000_000, whole: true, expected: "a number of turns, 1 or more" }),
  prometheus: planKeys.prometheus,
  checks: planKeys.checks,
  "on-inconclusive": planKeys["on-inconclusive"],
  "on-cancel": planKeys["on-cancel"],
  kubeconfig: opaque,
  context: line("the name of a context", 253),
  "exec-allow": word(
    "[A-Za-z0-9][A-Za-z0-9._-]*",
    "names of commands",
    "Name the command alone, as aws, without path and arguments.",
  ),
  "exec-env": word(
    "[A-Za-z_][A-Za-z0-9_]*",
    "names of environment variables",
    "Name environment variables, as AWS_PROFILE.",
  ),
  "allow-insecure-tls": boolean,
  // Whoever reads the kubeconfig compares the digest, and says what is wrong with one.
  "expected-cluster": line("a digest", 200),
  "github-token": opaque,
  "pull-request": number({ min: 1, max: 2_000_000_000, whole: true, expected: "the number of a pull request, as 128" }),
  environment: line("the name of an environment", 255),
  revision: textOf(
    "[A-Za-z0-9][A-Za-z0-9._+:@/-]*",
    "a revision",
    "It takes a commit, a tag or a version, in letters, digits and ._+:@/-.",
    100,
  ),
  "start-weight": planKeys["start-weight"],
  others: planKeys.others,
  "create-destination": planKeys["create-destination"],
  "follow-delegates": planKeys["follow-delegates"],
  gitops: planKeys.gitops,
  "allow-fault": planKeys["allow-fault"],
  force: planKeys.force,
  "dry-run": boolean,
  "allow-event": oneOrMany(choice(allowableEvents)),
} as const;
export type StepFields = ReadFields<typeof stepInputs>;
