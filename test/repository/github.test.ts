import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { pagesIn, workflowsOf } from "../../scripts/workflow-files.ts";

/** What actionlint and zizmor (`make lint-workflows`) do not ask, of our own workflows and of what people copy. */

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");

type Job = { readonly permissions?: object; readonly uses?: string; readonly "timeout-minutes"?: number };
type Workflow = { readonly permissions?: object; readonly jobs: Record<string, Job> };
const filesIn = (folder: string) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`);
const own = filesIn(".github/workflows");
const examples = filesIn("examples/workflows");
const texts = [
  ...[...own, ...examples].map((path) => ({ path, text: read(path) })),
  ...pagesIn(root).flatMap((path) => workflowsOf(read(path)).map((text) => ({ path, text }))),
];

test("there are the five workflows, and pages with workflows in them", () => {
  expect(own.map((path) => path.split("/").at(-1))).toEqual([
    "ci.yml",
    "codeql.yml",
    "nightly.yml",
    "release.yml",
    "scorecard.yml",
  ]);
  expect(texts.length).toBeGreaterThan(own.length + examples.length);
});

test("every action is pinned to one commit everywhere, and its version stands behind it", () => {
  const pins = texts.flatMap(({ path, text }) =>
    [...text.matchAll(/uses: ([\w.-]+\/[\w.-]+)(?:\/[\w/-]+)?@(\S+)(?: # (.*))?/g)].map(
      ([, name = "", ref = "", version = ""]) => ({
        path,
        name,
        ref,
        version,
      }),
    ),
  );
  const foreign = pins.filter(({ name }) => name !== "owner/sluice");
  expect(foreign.length).toBeGreaterThan(20);
  const loose = foreign.filter(
    ({ ref, version }) => !/^(?!0{40})[0-9a-f]{40}$/.test(ref) || !/^v\d+\.\d+\.\d+$/.test(version),
  );
  expect(loose).toEqual([]);
  const commits = Map.groupBy(foreign, ({ name }) => name);
  const split = [...commits].filter(
    ([, list]) => new Set(list.map(({ ref, version }) => `${ref} ${version}`)).size > 1,
  );
  expect(
    split.map(([name]) => name),
    "raise them together: `grep -rn NAME .github examples docs`",
  ).toEqual([]);
});

test.each([...own, ...examples])("%s gives no right to the whole workflow, and each job its own", (path) => {
  const { permissions, jobs } = parse(read(path)) as Workflow;
  expect(permissions).toEqual({});
  const without = Object.entries(jobs).filter(([, job]) => job.permissions === undefined);
  expect(without.map(([name]) => name)).toEqual([]);
});

test.each(own)("%s lets no job run for ever", (path) => {
  const { jobs } = parse(read(path)) as Workflow;
  const endless = Object.entries(jobs).filter(
    ([, job]) => job.uses === undefined && job["timeout-minutes"] === undefined,
  );
  expect(endless.map(([name]) => name)).toEqual([]);
});

test("CI runs what a developer can run, and the release runs CI", () => {
  const steps = (read(".github/workflows/ci.yml").match(/^ +run: .*$/gm) ?? []).map((line) => line.trim());
  expect(steps).toEqual(["run: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0", "run: .ci/run"]);
  const { jobs } = parse(read(".github/workflows/release.yml")) as Workflow;
  expect(jobs["gate"]?.uses).toBe("./.github/workflows/ci.yml");
});

test("the job that publishes checks nothing out and runs nothing of this repository", () => {
  const { jobs } = parse(read(".github/workflows/release.yml")) as {
    jobs: Record<string, { steps: { uses?: string; run?: string }[] }>;
  };
  const steps = jobs["publish"]?.steps ?? [];
  expect(steps.flatMap(({ uses = "" }) => (uses.startsWith("actions/checkout@") ? [uses] : []))).toEqual([]);
  expect(steps.flatMap(({ run = "" }) => (/\b(make|npm|npx|node|scripts)\b/.test(run) ? [run] : []))).toEqual([]);
});

type Field = {
  readonly type: string;
  readonly id?: string;
  readonly attributes: {
    readonly label?: string;
    readonly value?: string;
    readonly options?: readonly string[];
    readonly description?: string;
  };
  readonly validations?: { readonly required: boolean };
};
type Form = { readonly name: string; readonly description: string; readonly body: readonly Field[] };
const forms = filesIn(".github/ISSUE_TEMPLATE").filter((path) => !path.endsWith("config.yml"));

describe.each(forms)("%s", (path) => {
  const form = parse(read(path)) as Form;

  test("is a form as GitHub takes it", () => {
    expect(Object.keys(form).filter((key) => !["name", "description", "labels", "body"].includes(key))).toEqual([]);
    expect([form.name, form.description].every((text) => text.length > 3)).toBe(true);
    const fields = form.body.filter(({ type }) => type !== "markdown");
    expect(fields.map(({ type }) => type).filter((type) => !["input", "textarea", "dropdown"].includes(type))).toEqual(
      [],
    );
    expect(new Set(fields.map(({ id }) => id)).size).toBe(fields.length);
    expect(new Set(fields.map(({ attributes }) => attributes.label)).size).toBe(fields.length);
    for (const { type, attributes } of fields) {
      const { options } = attributes;
      expect(type === "dropdown" ? new Set(options).size : 0).toBe(options?.length ?? 0);
    }
  });
});

test("what is reported as wrong comes with the version and the result", () => {
  for (const path of [".github/ISSUE_TEMPLATE/bug.yml", ".github/ISSUE_TEMPLATE/verdict.yml"]) {
    const { body } = parse(read(path)) as Form;
    const required = body.filter(({ validations }) => validations?.required === true);
    expect(required.map(({ id }) => id)).toEqual(expect.arrayContaining(["version", "result"]));
    expect(body.find(({ id }) => id === "version")?.attributes.description).toContain("`sluice --version`");
    expect(body.find(({ id }) => id === "result")?.attributes.description).toContain("`result-json`");
  }
});
