import { describe, expect, test } from "vitest";
import { validating } from "../../src/simulator/cluster/admission.ts";
import { shop, virtualService } from "../servers/shop.ts";
import { type AtEnd, openScene, quick, type StepOptions } from "./scene.ts";

const withPlugin = `apiVersion: v1
kind: Config
current-context: x
contexts: [{ name: x, context: { cluster: x, user: ci } }]
clusters: [{ name: x, cluster: { server: "https://127.0.0.1:1" } }]
users: [{ name: ci, user: { exec: { apiVersion: client.authentication.k8s.io/v1, command: aws } } }]
`;

/** Runs a step that is refused, and returns what it told where. Nothing at all was asked of any server. */
async function refusedUnheard(atEnd: AtEnd, step: StepOptions) {
  const scene = await openScene(atEnd);
  const { main, post, outputs, annotations, log } = await scene.run(step);
  expect([main.exitCode, outputs["outcome"], post?.exitCode, post?.raw]).toEqual([2, "refused", 0, ""]);
  expect([scene.api.log, scene.api.sockets.opened, scene.github.requests]).toEqual([[], 0, []]);
  for (const { level } of annotations) expect(level).toBe("error");
  expect(main.summary).toContain("Sluice cannot start");
  const result: unknown = JSON.parse(outputs["result-json"] ?? "");
  expect(result).toMatchObject({ outcome: "refused", weight: null, reason: outputs["reason"] });
  expect(result).toHaveProperty("problems.length", annotations.length);
  for (const { message } of annotations) {
    expect(main.summary).toContain(message);
    expect(outputs["reason"]).toContain(message);
  }
  return { annotations, text: log.join("\n"), outputs };
}

describe.concurrent("unusable input is refused before anything is contacted", () => {
  test("every problem of the plan file at once, each at its place", async ({ onTestFinished }) => {
    const plan = [
      "route: virtualservice/reviews",
      "namespace: shop",
      "phases:",
      "  - weight: 50",
      "  - weight: 20",
      "  - pause",
      "hold: 10",
      "erors: 1",
      "on-cancel: hold",
      "on-cancel: leave",
    ];
    const { annotations, text } = await refusedUnheard(onTestFinished, { plan: plan.join("\n") });
    expect(annotations.map(({ file, line, col }) => [file, line, col])).toEqual([
      ["rollout.yml", 5, 13],
      ["rollout.yml", 5, 13],
      ["rollout.yml", 6, 5],
      ["rollout.yml", 7, 7],
      ["rollout.yml", 8, 1],
      ["rollout.yml", 9, 12],
      ["rollout.yml", 10, 1],
    ]);
    expect(annotations[0]?.message).toBe(
      "phases[1].weight is 20 but follows 50. Weights must rise; move 20 before 50.",
    );
    expect(text).toContain("Sluice cannot start: 7 problems. Nothing was written.");
    expect(text).toMatch(/\n {2}1\. rollout\.yml:5:13 +phases\[1\]\.weight is 20/);
  });

  test("problems of inputs, plan file and kubeconfig in one list", async ({ onTestFinished }) => {
    const { annotations } = await refusedUnheard(onTestFinished, {
      plan: { ...quick, phases: "50/20" },
      inputs: { command: "launch", until: "33", kubeconfig: "apiVersion: v1\nkind: Config\n" },
    });
    expect(annotations.map(({ title }) => title)).toEqual([
      "Sluice: input command",
      "Sluice: input until",
      "Sluice: input",
      "Sluice: input",
      "Sluice: input kubeconfig",
    ]);
  });

  test("more than ten problems are counted, and told in the log", async ({ onTestFinished }) => {
    const unknown = Object.fromEntries(Array.from({ length: 14 }, (_, at) => [`key-${at}`, 1]));
    const scene = await openScene(onTestFinished);
    const { annotations, main, log } = await scene.run({ plan: { ...quick, ...unknown } });
    expect([main.exitCode, annotations.length]).toEqual([2, 10]);
    expect(annotations.at(-1)?.message).toBe("5 further problems stand in the log and on the summary page.");
    expect(log.filter((line) => /^ +\d+\. /.test(line)).length).toBe(14);
    expect(scene.api.log).toEqual([]);
  });

  const single: readonly (readonly [string, StepOptions, string])[] = [
    ["no route", { plan: "hold: 5m\n" }, "route"],
    ["no such plan file", { inputs: { config: "missing.yml" } }, "missing.yml"],
    ["a plan file outside of the workspace", { inputs: { config: "../../temp/event.json" } }, "outside"],
    ["no kubeconfig", { inputs: { kubeconfig: "" } }, "No kubeconfig was found"],
    ["a plugin that is not allowed", { inputs: { kubeconfig: withPlugin } }, 'Add "exec-allow: aws"'],
    ["a metric source on the web without TLS", { inputs: { prometheus: "http://prometheus.example.com" } }, "https"],
    ["a metadata address", { inputs: { prometheus: "https://169.254.169.254" } }, "169.254.169.254"],
    [
      "a secret that is not set",
      { plan: { ...quick, prometheus: { url: "https://p.example.com", bearer: "$" + "{NO_SUCH}" } } },
      "NO_SUCH",
    ],
    ["a schedule longer than the job", { plan: { ...quick, hold: "5h" } }, "a job on a hosted runner ends after 6h"],
  ];
  test("a variable that a kubeconfig may not set, with its place", async ({ onTestFinished }) => {
    const env = "env: [{ name: AWS_PROFILE, value: dev }, { name: AWS_CONFIG_FILE, value: /planted }]";
    const kubeconfig = withPlugin.replace("command: aws", `command: touch, ${env}`);
    const { text } = await refusedUnheard(onTestFinished, { inputs: { kubeconfig, "exec-allow": "touch" } });
    const column = (kubeconfig.split("\n")[5]?.indexOf("AWS_CONFIG_FILE") ?? 0) + 1;
    expect(text).toContain(
      `input kubeconfig:6:${column}  kubeconfig user "ci": its exec plugin sets AWS_CONFIG_FILE, which`,
    );
    expect(text).not.toContain("/planted");
  });

  test.for(single)("%s", async ([, step, words], { onTestFinished }) => {
    const { annotations } = await refusedUnheard(onTestFinished, step);
    expect(annotations.map(({ message }) => message).join("\n")).toContain(words);
  });
});

describe.concurrent("preflight refuses before the first request is moved", () => {
  const rights = (verbs: readonly string[]) => [
    { name: "ci", token: "ci-token-1234567890", rights: [{ groups: ["*"], plurals: ["*"], verbs }] },
  ];
  const cases: readonly (readonly [string, Parameters<typeof openScene>[1], string, RegExp])[] = [
    [
      "no such route",
      { objects: shop().filter(({ kind }) => kind !== "VirtualService") },
      "object-not-found",
      /reviews/,
    ],
    ["no pod of the canary is ready", { objects: shop({ v2: [false] }) }, "subset-empty", /Start it|no ready/],
    ["no right to patch", { users: rights(["get", "list"]) }, "permission-missing", /patch/],
    ["no right to read", { users: rights([]) }, "permission-missing", /get/],
  ];
  test.for(cases)("%s", async ([, options, code, words], { onTestFinished }) => {
    const scene = await openScene(onTestFinished, options);
    const { main, post, outputs, annotations } = await scene.run();
    expect([main.exitCode, outputs["outcome"], post?.raw]).toEqual([2, "refused", ""]);
    expect(annotations.map(({ level, title }) => [level, title])).toEqual([["error", `Sluice: ${code}`]]);
    expect(annotations[0]?.message).toMatch(words);
    expect(main.summary).toContain(annotations[0]?.message.slice(0, 40));
    expect([scene.writes(), scene.steps()]).toEqual([[], []]);
  });

  test("a subset that no DestinationRule defines", async ({ onTestFinished }) => {
    const objects = shop().map((object) =>
      object.kind === "DestinationRule"
        ? { ...object, spec: { host: "reviews", subsets: [{ name: "v1", labels: { version: "v1" } }] } }
        : object,
    );
    const scene = await openScene(onTestFinished, { objects });
    const { main, annotations } = await scene.run();
    expect([main.exitCode, annotations[0]?.title, scene.steps()]).toEqual([2, "Sluice: subset-missing", []]);
  });

  test("a webhook that refuses a phase says so in its own words", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const denial = 'admission webhook "fridays.example.com" denied the request: no halves on Fridays';
    scene.api.store.admissions.push(
      validating(({ object, dryRun }) => {
        const text = JSON.stringify(object.spec);
        const isHalf = text.includes('"weight":50');
        return isHalf && dryRun ? { kind: "denied", code: 403, message: denial } : { kind: "admitted" };
      }),
    );
    const { main, annotations, outputs } = await scene.run();
    expect([main.exitCode, annotations[0]?.title]).toEqual([2, "Sluice: dry-run-rejected"]);
    expect(outputs["reason"]).toContain(denial);
    expect([scene.writes(), scene.steps()]).toEqual([[], []]);
  });

  test("a route that somebody else moves has its notes shown, with what to put into Git", async ({
    onTestFinished,
  }) => {
    const objects = shop().map((object) =>
      object.kind === "VirtualService"
        ? { ...object, metadata: { ...object.metadata, labels: { "kustomize.toolkit.fluxcd.io/name": "apps" } } }
        : object,
    );
    const scene = await openScene(onTestFinished, { objects });
    const { main, log, conclusion } = await scene.run({ inputs: { command: "preflight" } });
    expect(conclusion).toBe("success");
    expect(log.filter((line) => line.startsWith("Note: "))).toEqual([expect.stringContaining("is managed by Flux")]);
    expect(main.summary).toContain("#### Also worth knowing");
    expect(main.summary).toContain("is managed by Flux");
  });

  test("a start that is not the one expected", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    scene.api.store.edit(
      scene.api.now(),
      virtualService,
      (draft) => {
        draft.spec["http"] = JSON.parse(
          JSON.stringify(draft.spec["http"])
            .replace('"weight":100', '"weight":70')
            .replace('"weight":0', '"weight":30'),
        );
      },
      "kubectl-edit",
    );
    const before = scene.steps().length;
    const { main, annotations } = await scene.run({ plan: { ...quick, stable: "v1", canary: "v2" } });
    expect([main.exitCode, annotations[0]?.title]).toEqual([2, "Sluice: unexpected-start-weight"]);
    expect(annotations[0]?.message).toContain("The canary already has 30%, not the expected 0%");
    expect([scene.writes(), scene.steps().length]).toEqual([[], before]);
  });
});
