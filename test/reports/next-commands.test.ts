import { expect, test } from "vitest";
import { said } from "../../src/base/reasons/said.ts";
import type { Progress } from "../../src/ports/reporter.ts";
import { nextSteps } from "../../src/reports/next-commands.ts";
import { forLog } from "../../src/text/escape.ts";
import { promoted, situations } from "./samples.ts";

test.each([
  ["progressing", ["promote", "pause", "rollback"]],
  ["paused-person", ["resume", "promote", "rollback"]],
  ["paused-evidence", ["resume", "promote", "rollback"]],
  ["paused-schedule", ["promote", "rollback"]],
  ["reached", [undefined, "promote", "rollback"]],
  ["held", ["rollback"]],
  ["promoted", ["rollback"]],
  ["rolled-back", []],
  ["drifted", ["rollback", undefined]],
  ["superseded", ["status"]],
  ["unknown", ["status", "rollback"]],
  ["trouble", ["status", "rollback"]],
])("what can be done when %s", (name, commands) => {
  expect(nextSteps(situations[name] as Progress, forLog).map(({ command }) => command)).toEqual(commands);
});

test("every line for a terminal names the route, and the rollout that it is bound to", () => {
  const [promote] = nextSteps(situations["progressing"] as Progress, forLog);
  expect(promote).toEqual({
    to: "Go on to 50% now",
    command: "promote",
    line: "sluice promote --route shop/virtualservice/reviews --rollout r-5f2c9a",
  });
});

test("drift names the command that forgets the rollout", () => {
  expect(nextSteps(situations["drifted"] as Progress, forLog)[1]?.line).toBe(
    "kubectl annotate --namespace shop virtualservice reviews sluice.dev/rollout-",
  );
});

test("without a record no command is offered: none of them could act", () => {
  const drifted = situations["drifted"] as Progress;
  const outcome = { name: "drifted", exitCode: 1, code: "record-missing", reason: said("the record is gone") } as const;
  expect(nextSteps({ ...drifted, state: undefined, outcome }, forLog)).toEqual([]);
});

test("in the last phase going on means to finish", () => {
  const last = { ...(situations["progressing"] as Progress), state: { ...promoted, status: "progressing" as const } };
  expect(nextSteps(last as Progress, forLog)[0]?.to).toBe("Declare the rollout finished at 100%");
  expect(nextSteps({ ...last, plan: undefined } as Progress, forLog)[0]?.to).toBe("Go on to the next weight now");
});
