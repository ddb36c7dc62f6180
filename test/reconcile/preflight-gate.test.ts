import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/base/kube-object.ts";
import type { Progress } from "../../src/ports/reporter.ts";
import { comment } from "../../src/reports/comment.ts";
import { summaryText } from "../../src/reports/job-summary-reporter.ts";
import { logReporter } from "../../src/reports/log-reporter.ts";
import type { Plan } from "../../src/rollout/plan.ts";
import { HandClock } from "../reports/samples.ts";
import { plan } from "../rollout/samples.ts";
import { shop } from "../servers/shop.ts";
import { world } from "./world.ts";

const to = (subset: string, weight: number) => ({ destination: { host: "reviews", subset }, weight });
const path = (value: string) => ({ match: [{ uri: { prefix: value } }] });
const shopWith = (...http: readonly object[]): readonly KubeObject[] =>
  shop().map((object) =>
    object.kind === "VirtualService" ? { ...object, spec: { hosts: ["reviews"], http } } : object,
  );
const asking = (more: Partial<Plan["target"]>): Plan => plan({ target: { ...plan().target, ...more } });

/** What each place says of a whole run: the log all along, comment and summary at its end. */
async function told(objects: readonly KubeObject[], wanted: Plan) {
  const scene = world({ objects });
  const run = scene.start({ plan: wanted });
  await scene.pass();
  expect(run.outcome?.name).toBe("promoted");
  const progresses = run.tellings.map((telling): Progress => {
    return { ...telling, command: "run", routes: wanted.target.routes, plan: wanted, links: {} };
  });
  const log: string[] = [];
  const reporter = logReporter({ clock: new HandClock(), write: (line) => log.push(line), inAction: true });
  for (const progress of progresses) await reporter?.tell(progress, new AbortController().signal);
  const [last] = progresses.slice(-1);
  if (last === undefined) throw new Error("nothing was told");
  return { log: log.join("\n"), comment: comment(last, "ours"), summary: summaryText(last) };
}

const plain = [to("v1", 100), to("v2", 0)];
const cases: readonly {
  readonly what: string;
  readonly objects: readonly KubeObject[];
  readonly target: Partial<Plan["target"]>;
  readonly words: string;
}[] = [
  {
    what: "a refusal of the selection that is gone after the first patch",
    objects: shopWith({ ...path("/a"), route: plain }, { ...path("/b"), route: [to("v1", 90), to("v2", 10)] }),
    target: { force: ["inconsistent-weights"], stable: "v1", canary: "v2" },
    words: "Overridden by force (inconsistent-weights): Rules differ",
  },
  {
    what: "allow-fault",
    objects: shopWith({ fault: { delay: { fixedDelay: "1s", percentage: { value: 1 } } }, route: plain }),
    target: { force: ["fault-injected"] },
    words: "Overridden by force (fault-injected): http/0 injects faults",
  },
  {
    what: "a refusal of preflight",
    objects: [
      ...shop(),
      {
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: { name: "second", namespace: "shop" },
        spec: { hosts: ["reviews"], http: [{ route: [to("v1", 100)] }] },
      },
    ],
    target: { force: ["multiple-virtualservices"] },
    words: "Overridden by force (multiple-virtualservices): Also routing",
  },
  {
    what: "others: fixed",
    objects: shopWith({ route: [to("v1", 90), to("v2", 0), to("v0", 10)] }),
    target: { others: "fixed", stable: "v1", canary: "v2" },
    words: "v0 keeps its weight",
  },
  {
    what: "create-destination",
    objects: shopWith({ route: [to("v1", 100)] }),
    target: { createDestination: true, canary: "v2" },
    words: "was added to http/0 by this rollout",
  },
  {
    what: "gitops: pause-flux",
    objects: shop(),
    target: { pauseFlux: true },
    words: "Flux was kept from the route while the rollout ran",
  },
];

describe("what a person overrides or allows is named in the log, the comment and the summary, to the end", () => {
  it.each(cases)("$what", async ({ objects, target, words }) => {
    const places = await told(objects, asking(target));
    for (const [place, text] of Object.entries(places)) {
      const read = text.replaceAll("\\", "");
      expect(`${place}: ${read.includes(words) ? words : read.slice(0, 1500)}`).toBe(`${place}: ${words}`);
    }
  });

  it("and is not named where nothing was", async () => {
    const places = await told(shop(), asking({ force: ["inconsistent-weights", "subset-empty"] }));
    for (const text of Object.values(places)) expect(text).not.toContain("Overridden");
  });
});
