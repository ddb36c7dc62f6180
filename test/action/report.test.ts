import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { newMachine } from "../runner/machine.ts";
import { openScene } from "./scene.ts";

describe.concurrent("the page about a rollout", () => {
  test("is where the output says, and the summary names it", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const machine = newMachine();
    onTestFinished(() => machine.dispose());
    const { outputs, main, log, conclusion } = await scene.run({ machine });
    const path = outputs["report"] ?? "";
    expect(conclusion, outputs["reason"]).toBe("success");
    expect(path).toBe(join(machine.temp, `sluice-report-${outputs["rollout"]}.html`));
    const page = readFileSync(path, "utf8");
    expect(page).toContain("<h1>Promoted</h1>");
    expect(page).toContain(outputs["reason"]);
    expect(log).toContain(`Report: ${path}`);
    expect(main.summary).toContain(`**The whole rollout on one page:** \`sluice-report-${outputs["rollout"]}.html\``);
    expect(main.summary).toMatch(/\(https?:[^)]+#artifacts\)/);
    expect(readdirSync(machine.temp).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  test("that cannot be written is a warning, and changes nothing else", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const machine = newMachine();
    onTestFinished(() => machine.dispose());
    const first = await scene.run({ machine });
    const path = first.outputs["report"] ?? "";
    // A folder where the file should be: no right that a runner may have makes a file of it.
    rmSync(path);
    mkdirSync(path);
    const { outputs, log, conclusion, main } = await scene.run({ machine });
    expect([conclusion, main.exitCode, outputs["outcome"]]).toEqual(["success", 0, "promoted"]);
    expect(outputs["report"] ?? "").toBe("");
    expect(log).toContain(`Warning: the report ${path} was not written: it is a folder`);
  });

  test("is not made where nothing was rolled out", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const machine = newMachine();
    onTestFinished(() => machine.dispose());
    const { outputs } = await scene.run({ machine, inputs: { command: "status" } });
    expect(outputs["report"] ?? "").toBe("");
    expect(readdirSync(machine.temp).filter((name) => name.endsWith(".html"))).toEqual([]);
  });
});
