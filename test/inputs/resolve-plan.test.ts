import { describe, expect, test } from "vitest";
import { accepted, problemsOf, read, route } from "./reading.ts";

describe("bad input, every problem once and with its place", () => {
  test("the inputs themselves", async () => {
    const given = {
      command: "rolback",
      route: "virtualservice",
      "on-cancle": "leave",
      settle: "5s",
      "dry-run": "yes",
      turns: "0",
      "pull-request": "#7",
      rollout: "latest",
      "exec-allow": "aws, /usr/local/bin/kubelogin",
      "start-weight": "0x10",
      stable: "v1 ",
      canary: "v1",
      "max-hold": "20",
    };
    expect(await problemsOf(given)).toEqual([
      expect.stringMatching(/^on-cancle on-cancle is unknown\. Known: command, .*\. Did you mean "on-cancel"\?$/),
      "settle `settle` belongs to the plan file and not to the step. Write it there.",
      'command command is "rolback", which is unknown. Known: run, promote, rollback, pause, resume, status, preflight, ' +
        'sweep. Did you mean "rollback"?',
      'route route is "virtualservice". Write KIND/NAME, as virtualservice/reviews, or NAMESPACE/KIND/NAME.',
      'max-hold max-hold is "20", which has no unit. Write 20s, 20m or 20ms, whichever is meant.',
      'rollout rollout is "latest". Ids are 12 hexadecimal digits, as in the output `rollout`.',
      'turns turns is "0". It takes a number of turns, 1 or more.',
      'exec-allow exec-allow is "/usr/local/bin/kubelogin". Name the command alone, as aws, without path and arguments.',
      'pull-request pull-request is "#7". It takes the number of a pull request, as 128.',
      'start-weight start-weight is "0x10". It takes a share from 0 to 100.',
      'dry-run dry-run is "yes". It takes true or false.',
      'canary canary is "v1", and so is stable. Traffic moves between two: name the new version.',
    ]);
  });

  test("the plan file: duplicate, unknown and misplaced keys, aliases, tags, anchors and merges", async () => {
    const plan = [
      "route: virtualservice/reviews",
      "hold: &five 5m",
      "max-hold: *five",
      "canary: !!str v2",
      "<<: { stable: v1 }",
      "phasez: 5/100",
      "until: 20",
      "namespace: shop",
      "namespace: shop",
      "__proto__: { polluted: 1 }",
      "on-cancel:",
      "stable: 1",
    ].join("\n");
    expect(await problemsOf({}, { plan })).toEqual([
      "rollout.yml:2:13 hold has an anchor. Anchors are not read: remove the word that begins with &.",
      "rollout.yml:3:11 max-hold is an alias. Aliases are not read: write the value out.",
      "rollout.yml:4:15 canary has a tag. Tags are not read: remove the word that begins with !.",
      "rollout.yml:5:1 `<<` merges another mapping. Merge keys are not read: write the keys out.",
      expect.stringMatching(/^rollout\.yml:6:1 phasez is unknown\. Known: route, .*Did you mean "phases"\?$/),
      "rollout.yml:7:1 `until` belongs to the step and not to the plan. Give it as an input of the step.",
      "rollout.yml:9:1 namespace stands here and in line 8. Remove one of them.",
      expect.stringMatching(/^rollout\.yml:10:1 __proto__ is unknown\./),
      "rollout.yml:11:11 on-cancel is empty. Write one of rollback, leave or remove the key.",
      'rollout.yml:12:9 stable is 1, which is a number here. Put it in quotes: "1".',
    ]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  test("the plan file: invalid YAML is told with its places, and nothing is called missing for it", async () => {
    const plan = 'route: virtualservice/reviews\nphases: [5, 20\nchecks:\n\t- name: "x\n';
    const problems = await problemsOf({ hold: "5" }, { plan });
    expect(problems[0]).toBe('hold hold is "5", which has no unit. Write 5s, 5m or 5ms, whichever is meant.');
    expect(problems.length).toBeGreaterThan(1);
    for (const problem of problems.slice(1)) expect(problem).toMatch(/^rollout\.yml:\d+:\d+ [A-Z]/);
  });

  test("the plan file: too large, empty, no mapping, two documents, another version, too deep", async () => {
    const large = `route: ${route}\n${"# x\n".repeat(70_000)}`;
    expect(await problemsOf({}, { plan: large })).toEqual([
      "rollout.yml The plan file is larger than 256 KiB. Shorten it.",
    ]);
    expect(await problemsOf({}, { plan: "# nothing\n" })).toEqual([
      "rollout.yml The plan file is empty. Write at least one key, or leave it out.",
    ]);
    expect(await problemsOf({}, { plan: "- route\n" })).toEqual([
      expect.stringMatching(/^rollout\.yml:1:1 The plan is a list\. It takes the keys route, /),
    ]);
    expect(await problemsOf({}, { plan: "route: a\n---\nroute: b\n" })).toEqual([
      "rollout.yml:2:1 A second document begins here. A plan is one document: remove what follows `---`.",
    ]);
    expect(await problemsOf({}, { plan: "%YAML 1.1\n---\nroute: a\n" })).toEqual([
      expect.stringMatching(/^rollout\.yml:1:1 The file asks for another version of YAML\./),
    ]);
    expect(
      await problemsOf({}, { plan: `route: ${route}\nphases: ${"[".repeat(30)}${"]".repeat(30)}\n` }),
    ).toContainEqual(expect.stringMatching(/nested too deeply/));
    expect((await problemsOf({}, { plan: "[".repeat(100_000) })).length).toBeGreaterThan(0);
    expect(await problemsOf({ config: "gone.yml" })).toEqual(["config The plan file gone.yml was not found."]);
  });

  test("the schedule as a list", async () => {
    const plan = [
      "route: virtualservice/reviews", // 1
      "prometheus: https://prometheus.example.com",
      "phases:",
      "  - pause",
      "  - weight: 10",
      "    hold: 59s", // 6
      "  - weight: 50",
      "  - pause",
      "  - pause",
      "  - weight: 20", // 10
      "    hold: 10m",
      "    max-hold: 9m",
      "  - weight: 20.5",
      "  - weight: 60",
      "    hold: 7h", // 15
      "  - pause",
    ].join("\n");
    expect(await problemsOf({ until: "30" }, { plan, hosted: true })).toEqual([
      "until until is 30, which is no weight of the schedule. Use one of 10, 50, 20, 20.5, 60.",
      "rollout.yml:4:5 The schedule begins with a pause. Put it behind the first weight, or start by hand.",
      "rollout.yml:6:11 The hold of 59s at 10 is shorter than 4 scrapes of 15s. Hold at least 1m, or lower " +
        "`prometheus.scrape-interval`.",
      "rollout.yml:9:5 The schedule has two pauses in a row. Remove one of them.",
      "rollout.yml:10:13 phases[5].weight is 20 but follows 50. Weights must rise; move 20 before 50.",
      "rollout.yml:12:15 The max-hold of 9m is below the hold of 10m at 20. Raise max-hold or lower hold.",
      "rollout.yml:13:13 A VirtualService takes whole percents: 20.5. Use 20 or 21.",
      "rollout.yml:14:13 The schedule ends at 60. The last weight must be 100: add 100 at the end.",
      "rollout.yml:16:5 The schedule ends with a pause. Put it before the last weight, or remove it.",
    ]);
    const { problems } = await read({}, { plan, hosted: true });
    expect(problems.map(({ message }) => message)).toContain(
      "The schedule takes 7h16m30s, and a job on a hosted runner ends after 6h. Shorten the holds, put a pause between " +
        "them, or take one phase a job with `until`.",
    );
    expect(problems.find(({ message }) => message.includes("whole percents"))?.code).toBe("fractional-weight");
  });

  test("the schedule as a text", async () => {
    expect(await problemsOf({ route, phases: "pause/5@10/5/x/30@1h 5m/101/20//50%" })).toEqual([
      'phases phases has the hold "10" at 5, which has no unit. Write 10s, 10m or 10ms, whichever is meant.',
      'phases phases has the step "x", which is no weight. Write it as 5@10m/20/pause/50/100.',
      'phases phases has the hold "1h 5m" at 30, which is not a duration. Write it as 500ms, 15s, 5m or 1h30m.',
      'phases phases has the step "101". Weights go from 1 to 100.',
      'phases phases has the step "", which is no weight. Write it as 5@10m/20/pause/50/100.',
      'phases phases has the step "50%". Write the number alone, without %.',
      "phases phases: 5 follows 5. Weights must rise; remove one of them.",
      "phases phases: 20 follows 30. Weights must rise; move 20 before 30.",
      "phases The schedule begins with a pause. Put it behind the first weight, or start by hand.",
    ]);
    const many = Array.from({ length: 21 }, (_, index) => (index === 20 ? 100 : index + 1)).join("/");
    expect(await problemsOf({ route, phases: many })).toEqual([
      "phases The schedule has 21 phases, 20 at most. Leave some out.",
    ]);
    expect(await problemsOf({ route, phases: "5/20", hold: "10m", "max-hold": "5m" })).toEqual([
      "phases The schedule ends at 20. The last weight must be 100: add 100 at the end.",
      "max-hold The max-hold of 5m is below the hold of 10m at 5. Raise max-hold or lower hold.",
    ]);
    expect(await problemsOf({ route, "start-weight": "20" })).toEqual([
      "start-weight start-weight is 20, and the schedule begins at 5. Weights must rise: begin at 20 or above.",
    ]);
  });

  test("the total is held against the job only where one job has to hold it", async () => {
    const long = { route, phases: "5@2h/20@2h/50@2h/100@2h" };
    const total =
      "phases The schedule takes 8h2m, and a job on a hosted runner ends after 6h. Shorten the holds, put a " +
      "pause between them, or take one phase a job with `until`.";
    expect(await problemsOf(long, { hosted: true })).toEqual([total]);
    expect(await problemsOf(long)).toEqual([]);
    expect(await problemsOf({ ...long, turns: "5" }, { hosted: true })).toEqual([]);
    expect(await problemsOf({ ...long, until: "20" }, { hosted: true })).toEqual([]);
    expect(await problemsOf({ route, phases: "5@2h/20@2h/pause/50@2h/100@2h" }, { hosted: true })).toEqual([]);
    const { warnings } = await read({ route, phases: "5@30m/50@30m/100@1h" }, { hosted: true });
    expect(warnings).toContainEqual(expect.stringContaining("max-hold the schedule takes 8h1m30s"));
  });

  test("checks", async () => {
    const plan = [
      "route: virtualservice/reviews", // 1
      "prometheus: { url: https://prometheus.example.com, scrape-interval: 30s }",
      "hold: 5m",
      "max-hold: 10m",
      "checks:", // 5
      "  - name: erors",
      '    query: sum(rate(errors{v="{{canry}}"}[{{window}}]))',
      "    max: .inf",
      "  - name: queue",
      "    query: queue", // 10
      "    min: 5",
      "    max: 3",
      "    every: 90s",
      "  - preset: sucess-rate",
      "    min: 99%", // 15
      "  - preset: success-rate",
      "    min: 99",
      "    requests: 100",
      "  - preset: latency",
      "    max: 500", // 20
      "    quantile: 99",
      "    fail-after: { consecutive: 6, total: 5 }",
      "  - preset: latency",
      "    max: 500ms",
      "    evry: 60s", // 25
      "    every: 11m",
      "  - query: up",
    ].join("\n");
    expect(await problemsOf({}, { plan })).toEqual([
      'rollout.yml:7:12 checks[0].query is "sum(rate(errors{v=\\"{{canry}}\\"}[{{window}}]))". The placeholder "{{canry}}" is ' +
        'unknown. Known: {{canary}}, {{stable}}, {{namespace}}, {{window}}. Did you mean "{{canary}}"?',
      "rollout.yml:8:10 checks[0].max is .inf. It takes a finite number, written plainly.",
      "rollout.yml:9:5 checks[1] has min 5 above max 3. No value can keep both: swap them.",
      'rollout.yml:14:13 checks[2].preset is "sucess-rate", which is unknown. Known: success-rate, latency, connections. Did you mean ' +
        '"success-rate"?',
      "rollout.yml:16:5 checks[3] has `requests` without `count`. Add `count`, or remove `requests`.",
      "rollout.yml:17:10 checks[3].min is 99. Write a share such as 99% or 0.99.",
      "rollout.yml:20:10 checks[4].max is 500, which has no unit. Write 500s, 500m or 500ms, whichever is meant.",
      "rollout.yml:21:15 checks[4].quantile is 99. It takes a number between 0 and 1.",
      "rollout.yml:22:32 checks[4].fail-after.consecutive is 6, above the total of 5. Lower it, or raise total.",
      'rollout.yml:23:13 A second check is called "latency". Give each its own `name`.',
      expect.stringMatching(/^rollout\.yml:25:5 checks\[5\]\.evry is unknown\. .*Did you mean "every"\?$/),
      'rollout.yml:26:12 Window 11m of check "latency" does not fit: at least 2m, at most 10m. Set its `every`.',
      "rollout.yml:27:5 checks[6] has no `name`. Add it.",
      "rollout.yml:27:5 checks[6] has neither `min` nor `max`. Add the limit that the value must keep.",
    ]);
  });

  test("checks as an input are YAML with places of their own", async () => {
    const metrics = { route, prometheus: "https://prometheus.example.com" };
    const { inputs } = await read({
      ...metrics,
      checks: "- {name: a, query: up, min: 1}\n- preset: latency\n  max: 1s\n",
    });
    expect(inputs?.plan?.checks.map(({ name, min, max }) => [name, min, max])).toEqual([
      ["a", 1, undefined],
      ["latency", undefined, 1000],
    ]);
    expect(await problemsOf({ ...metrics, checks: "- name: a\n  query: up\n  min: no\n" })).toEqual([
      'checks:3:8 checks[0].min is "no". It takes a finite number, written plainly.',
    ]);
    expect(await problemsOf({ ...metrics, checks: "[]" })).toEqual([
      "checks:1:1 checks is an empty list. Remove the key or fill the list.",
    ]);
    expect(await problemsOf({ route, checks: "- {name: a, query: up, min: 1}" })).toEqual([
      "checks:1:1 There are checks, and no metric source to ask. Set `prometheus`, or remove the checks.",
    ]);
    const short = await read({ ...metrics, "max-hold": "5m", checks: "- {name: a, query: up, min: 1, every: 2m}" });
    expect(short.problems).toEqual([]);
    expect(short.warnings).toEqual([
      expect.stringMatching(/^Check "a" takes a value every 2m and needs three, .* 5m at most: it cannot pass there\./),
    ]);
    // The first value may come up to one step late, since all stand at multiples of the step.
    const tight = { ...metrics, checks: "- {name: a, query: up, min: 1, every: 1m}" };
    expect((await read({ ...tight, hold: "1m", "max-hold": "269s" })).warnings).toEqual([
      expect.stringContaining("whether it can pass there depends on the second in which it begins"),
    ]);
    expect((await read({ ...tight, hold: "1m", "max-hold": "270s" })).warnings).toEqual([]);
  });

  test("the target", async () => {
    const plan = [
      "route: [virtualservice/a, shop/virtualsrevice/b, virtualservice/shop/c, virtualservice/A]",
      "rule: [http/x, htp/y, tcp/http, '']",
      "stable: a b",
      "namespace: Shop",
    ].join("\n");
    expect(await problemsOf({}, { plan })).toEqual([
      'rollout.yml:1:27 route[1] is "shop/virtualsrevice/b", whose kind is unknown. Known: virtualservice, httproute, grpcroute, tcproute, tlsroute. Did you mean ' +
        '"virtualservice"?',
      'rollout.yml:1:50 route[2] is "virtualservice/shop/c". The namespace stands first: write shop/virtualservice/c.',
      'rollout.yml:1:73 route[3] is "virtualservice/A", whose name is no name of an object. Names are lower-case letters, ' +
        "digits and hyphens.",
      'rollout.yml:2:16 rule[1] is "htp/y". Write http/NAME, http/INDEX, tcp/PORT or tls/SNI-HOST. Known: http, tcp, tls, rules. ' +
        'Did you mean "http"?',
      'rollout.yml:2:23 rule[2] is "tcp/http", which names no port. Write tcp/PORT, as tcp/9000.',
      'rollout.yml:2:33 rule[3] is "". Write http/NAME, http/INDEX, tcp/PORT or tls/SNI-HOST.',
      'rollout.yml:3:9 stable is "a b". Name a subset (v2), a Service (reviews-v2) or both in full: HOST[/SUBSET][:PORT].',
      'rollout.yml:4:12 namespace is "Shop". Names are lower-case letters, digits and hyphens.',
    ]);
    const nine = Array.from({ length: 9 }, (_, place) => `virtualservice/r${place}`).join(", ");
    expect(await problemsOf({ route: nine })).toEqual([
      "route route names 9 routes. At most 8 move together: name fewer, or roll the others out on their own.",
    ]);
    const several = await accepted({ route: "virtualservice/a, edge/httproute/b" });
    expect(several.routes).toEqual([
      { kind: "virtualservice", namespace: "default", name: "a" },
      { kind: "httproute", namespace: "edge", name: "b" },
    ]);
    expect(several.plan?.target.routes).toEqual(several.routes);
    expect(await problemsOf({ route: "virtualservice/a, default/virtualservice/a" })).toEqual([
      "route route names default/virtualservice/a twice. Remove one of them.",
    ]);
    expect((await accepted({ route, rule: "http/x, 1, tls/db.example.com\nreviews" })).plan?.target.rules).toEqual([
      "http/x",
      "1",
      "tls/db.example.com",
      "reviews",
    ]);
  });
});
