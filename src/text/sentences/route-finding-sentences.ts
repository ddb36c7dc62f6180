import { patchCommand } from "../../base/kubectl-command.ts";
import type { routeFindings } from "../../base/reasons/finding-reasons.ts";
import type { DataOf } from "../../base/reasons/reason-shape.ts";
import type { NewDestination } from "../../base/reasons/route-shapes.ts";
import { yamlWord } from "../../base/yaml-word.ts";
import { percent } from "../format.ts";
import { listed, weightsListed } from "../listed.ts";
import type { SentencesOf, Telling } from "../sentences-of.ts";

type Of<C extends keyof typeof routeFindings> = DataOf<(typeof routeFindings)[C]>;

/** Findings on the route itself. */
export const routeFindingSentences: SentencesOf<typeof routeFindings> = {
  "object-malformed": ({ path, expected, largest }, { name }) =>
    `${name(path)} is not ${kinds[expected]}${largest === undefined ? "" : ` from 0 to ${largest}`}. Sluice does not edit what it cannot read; correct the object first.`,
  "route-not-found": ({ why, selector, list, kind, rules }, { name, code }) => {
    const labels = listed(rules.map(name));
    if (why === "several")
      return `${name(selector)} is a server of several rules: ${labels}. Name each rule by all of its servers, joined by ${code("+")}.`;
    const present = `Rules present: ${labels}.`;
    return why === "no-match"
      ? `No ${list} rule matches ${name(selector)}. ${present}`
      : `No rule can be selected by ${name(selector)}: a ${kind ?? "route of this kind"} has no ${list} rules. ${present}`;
  },
  "duplicate-route-name": ({ same, list, word, indexes }, { name }) => {
    const which = `${indexes.slice(0, -1).join(", ")} and ${indexes.at(-1)}`;
    const all = indexes.length > 2 ? "all" : "both";
    return same === "name"
      ? `Rules ${which} are ${all} named ${name(word)}. Rename one or select by index.`
      : `Rules ${which} of spec.${list} ${all} match ${list === "tcp" ? "port " : ""}${name(word)}, so no selector tells them apart. Join them or change the match of one.`;
  },
  "canary-destination-missing": canaryMissing,
  "stable-destination-missing": ({ stable, canary, rules, destinations }, { name }) => {
    const labels = listed(rules.map(name));
    const there = `Destinations there: ${listed(destinations.map(name))}.`;
    return stable === undefined
      ? `${labels} sends to ${canary === undefined ? "one destination" : name(canary)} alone, so nothing there can be stable. ${there}`
      : `${name(stable)} is not a destination of ${labels}. ${there}${dotted(stable)}`;
  },
  "canary-ambiguous": ambiguous,
  "ambiguous-scope": unclearScope,
  "inconsistent-weights": ({ rules }, { name, code }) =>
    `Rules differ: ${listed(rules.map(({ rule, share }) => `${name(rule)} ${percent(share)}`))}. Make them equal, select one with ${code("rule")}, or force it with ${code("force: inconsistent-weights")}.`,
  "rule-not-weighted": ({ rule, weighted }, { name }) =>
    `${name(rule)} has no weighted destinations. Select one of ${listed(weighted.map(name))}.`,
  "unreachable-rule": ({ rule, takers, path, host }, { name }) => {
    const others = listed(takers.map(name));
    const where = `${path === undefined ? "" : ` on ${name(path)}`}${host === undefined ? "" : ` for ${name(host)}`}`;
    return `${name(rule)} never gets traffic${where}: ${others} takes it. Reorder or remove ${others}, or select it.`;
  },
  "fault-injected": ({ rule, root }, { name, code }) => {
    const where = root === undefined ? "injects faults" : `of ${name(root)} injects faults into its delegate`;
    return `${name(rule)} ${where}, which spoil the metrics. Remove them or set ${code("allow-fault: true")}.`;
  },
  delegated: delegatedElsewhere,
  "multiple-virtualservices": ({ host, others, deciders }, { name }) => {
    const who = deciders.map(({ object, paths }) => `${name(object)} decides for ${listed(paths.map(name))}`);
    return `Also routing ${name(host)}: ${listed(others.map(name))}. ${who.join("; ")}. Name every object that must move, or remove the ineffective one.`;
  },
  "weights-do-not-fit": ({ rule, held, weight }, { name, code }) =>
    `Third destinations of ${name(rule)} hold ${percent(held)}; ${percent(weight)} does not fit. Lower them or use ${code("others: scale")}.`,
  "zero-total-weight": ({ rule }, { name }) => `${name(rule)} sends no traffic at all. Give stable a weight first.`,
  "fractional-weight": ({ kind, weight, lower, upper, steps }) =>
    `A ${kind} takes ${steps === "whole" ? "whole percents" : "tenths of a percent"}: ${weight}. Use ${lower} or ${upper}.`,
  "owned-by-controller": ({ object, owner }, { name }) =>
    `${name(object)} is managed by ${name(owner)}, which overwrites foreign weights or takes them for its own. Roll out through ${name(owner)}, or detach the object from it.`,
  "corrupt-record": ({ why, says, kind, weight, total, carries }, { code, sentence }) =>
    why === "unreadable"
      ? `The record on this route cannot be read. ${says === undefined ? "" : `${sentence(says)} `}Check its weights, then remove the annotation ${code("sluice.dev/rollout")} by hand.`
      : `The record asks for ${weight}% of ${total}; a ${kind} carries 0 to 100% of ${carries}.`,
  "foreign-record": ({ rollout, status, weight }, { name }) =>
    `This is the first route of rollout ${name(rollout)}, which is ${status} at ${percent(weight)}. Let that end or roll it back, or name this route first, so that it is taken over.`,
  drifted: ({ lost }, { sentence }) => `${sentence(lost)} Its weights cannot be written.`,
  "rollback-target-changed": ({ lost, command }, { sentence }) =>
    `${sentence(lost)} Check where its traffic goes now; the command restores the original weights that are left and removes the record. Run: ${patchCommand(command)}`,
};

const kinds: Readonly<Record<Of<"object-malformed">["expected"], string>> = {
  rules: "a list with at least one rule",
  rule: "a rule",
  list: "a list",
  map: "a map",
  text: "a text",
  destination: "a destination with a host, and a subset and a port where it has them",
  destinations: "a list of destinations",
  backend: "a backend with a name, and a port, a kind, a group and a namespace where it has them",
  weight: "a whole number",
};

/** The mesh completes only names without a dot, which surprises people once. */
const dotted = (word: string): string =>
  word.includes(".") && !word.includes(".svc.")
    ? " A name with a dot is taken as it stands: write it in full, as NAME.NAMESPACE.svc.cluster.local."
    : "";

function canaryMissing(
  { canary, where, rules, add }: Of<"canary-destination-missing">,
  { name, code }: Telling,
): string {
  const labels = listed(rules.map(name));
  const what = canary === undefined ? "a second destination" : name(canary);
  if (where === "follower")
    return `${labels} does not send to ${what}. Add it there with weight 0: of several routes ${code("create-destination")} adds it to the first one only.`;
  const start = where === "rule" ? `${labels} does not send traffic to ${what}.` : `No rule sends traffic to ${what}.`;
  const members = add?.form === "backend" ? "backendRefs" : "route";
  const example =
    add === undefined ? "" : `: ${exampleOf(add)}${rules.length === 0 ? "" : ` under ${code(members)} of ${labels}`}`;
  const byItself = canary === undefined ? "" : `; or set ${code("create-destination: true")}`;
  return `${start} Add it with weight 0${example}${byItself}.${dotted(canary ?? "")}`;
}

/** One line of YAML to add to a rule. */
function exampleOf({ form, host, subset, port, namespace, group, kind }: NewDestination): string {
  if (form === "destination") {
    const fields = [
      `host: ${yamlWord(host)}`,
      ...(subset === undefined ? [] : [`subset: ${yamlWord(subset)}`]),
      ...(port === undefined ? [] : [`port: {number: ${port}}`]),
    ];
    return `- {destination: {${fields.join(", ")}}, weight: 0}`;
  }
  const fields = [
    ...(group === undefined ? [] : [`group: ${yamlWord(group)}`]),
    ...(kind === undefined ? [] : [`kind: ${kind}`]),
    `name: ${yamlWord(host)}`,
    ...(namespace === undefined ? [] : [`namespace: ${yamlWord(namespace)}`]),
    ...(port === undefined ? [] : [`port: ${port}`]),
  ];
  return `- {${fields.join(", ")}, weight: 0}`;
}

function ambiguous(
  { unclear, word = "", rules, destinations }: Of<"canary-ambiguous">,
  { name, code }: Telling,
): string {
  const labels = listed(rules.map(({ rule }) => name(rule)));
  const [only, ...more] = rules;
  const isOne = only !== undefined && more.length === 0;
  const shown = isOne
    ? ` in ${labels}: ${weightsListed(only.destinations, name)}`
    : `: ${listed(rules.map((one) => `${name(one.rule)} (${weightsListed(one.destinations, name)})`))}`;
  switch (unclear) {
    case "word":
      return `${destinations.length} destinations in ${labels} match ${name(word)}: ${listed(destinations.map(name))}. Name host, subset and port in full.`;
    case "twins": {
      const entries = only?.destinations.filter(({ id }) => id === word).length ?? 0;
      return `${entries} destinations in ${labels} match ${name(word)}: they have the same host, subset and port. Keep one of them.`;
    }
    case "same":
      return `${code("stable")} and ${code("canary")} both mean ${name(word)}. Name two different destinations.`;
    case "both":
      return `It is not clear which destinations are stable and canary${shown}. Name them with ${code("stable")} and ${code("canary")}.`;
    case "beside":
      return `It is not clear which destination is stable, beside which the canary would be added: ${listed(rules.map((one) => `${name(one.rule)} (${weightsListed(one.destinations, name)})`))}. Name it with ${code("stable")}.`;
    case "stable":
    case "canary":
      return `It is not clear which destination is ${unclear}${shown}. Name it with ${code(unclear)}.`;
  }
}

const delegatesListed = (delegates: Of<"delegated">["delegates"], name: Telling["name"]): string =>
  listed(delegates.map(({ rule, to }) => `${name(rule)} to ${name(to)}`));

function unclearScope(
  { unclear, object = "", rules, selectors, delegates, named, indexed }: Of<"ambiguous-scope">,
  { name, code }: Telling,
): string {
  const labels = listed(rules.map(name));
  switch (unclear) {
    case "rules":
      return `It is not clear which rules carry the rollout: ${labels}. Set ${code("rule")} to one of them: ${selectors.map(code).join(", ")}.`;
    case "selector":
      return `It is not clear which rule ${listed(selectors.map(name))} means: it is the name of rule ${named} and the index of rule ${indexed}. Rename rule ${named}.`;
    case "delegates":
      return `${name(object)} delegates to several objects: ${delegatesListed(delegates, name)}. Set ${code("rule")} to one of its rules, or name the delegate as ${code("route")}.`;
    case "places":
      return `The weights of ${labels} live in ${name(object)} itself, those of ${listed(selectors.map(name))} in a delegate. Select the rules of one object.`;
  }
}

function delegatedElsewhere(
  { why, delegate, route, root = "", rules, delegates }: Of<"delegated">,
  { name, code }: Telling,
): string {
  switch (why) {
    case "elsewhere": {
      const called = route === undefined ? "" : ` As a route it is called ${name(route)}.`;
      return `The weights live in ${name(delegate)}. Name that object, or set ${code("follow-delegates: true")} and grant patch there.${called}`;
    }
    case "itself":
      return `${listed(rules.map(name))} of ${name(delegate)} delegates to ${name(delegate)} itself, so nothing there holds weights. Name another object in the rule.`;
    case "further": {
      const round = delegates.some(({ to }) => to === root) ? ", in a circle" : "";
      return `VirtualService ${name(delegate)}, the delegate of ${name(root)}, delegates itself${round}: ${delegatesListed(delegates, name)}. The mesh follows one level only; put the weights into ${name(delegate)}, or delegate to that object from the root.`;
    }
  }
}
