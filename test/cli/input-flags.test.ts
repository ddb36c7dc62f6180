import { describe, expect, test } from "vitest";
import { givenToCli, misplaced } from "../../src/cli/input-flags.ts";

const read = (line: string) => {
  const given = givenToCli(line.split(" "));
  return Object.fromEntries(given.names.map((name) => [name, given.value(name)]));
};

describe("flags", () => {
  test("are the inputs of the action, with a value behind them or after an equals sign", () => {
    expect(read("run --route virtualservice/reviews --hold=5m --phases 5@10m/20/100")).toEqual({
      command: "run",
      route: "virtualservice/reviews",
      hold: "5m",
      phases: "5@10m/20/100",
    });
  });

  test("that stand alone mean yes, and may be told otherwise", () => {
    expect(read("run --dry-run --route a/b")).toEqual({ command: "run", "dry-run": "true", route: "a/b" });
    expect(read("run --dry-run=false")).toEqual({ command: "run", "dry-run": "false" });
    expect(read("run --dry-run false --hold 5m")).toEqual({ command: "run", "dry-run": "false", hold: "5m" });
    expect(read("--dry-run true run")).toEqual({ command: "run", "dry-run": "true" });
    for (const name of ["create-destination", "follow-delegates", "allow-fault"]) {
      expect(read(`run --${name} --hold 5m`)).toEqual({ command: "run", [name]: "true", hold: "5m" });
    }
  });

  test("given twice are a list, and `--plan` is `--config`", () => {
    expect(read("run --rule http/a --rule http/b --plan x.yml")).toEqual({
      command: "run",
      rule: "http/a,http/b",
      config: "x.yml",
    });
  });
});

describe("words that mean nothing", () => {
  test.each([
    ["run --route", ["--route needs a value, as --route VALUE or --route=VALUE."]],
    ["run --route --hold 5m", ["--route needs a value, as --route VALUE or --route=VALUE."]],
    [
      "run -r a/b",
      [
        "-r is not understood. Flags have two hyphens and a name, as --route.",
        '"a/b" follows the command run. Give one command, and flags.',
      ],
    ],
    ["run status", ['"status" follows the command run. Give one command, and flags.']],
    ["run --dry-run --until=20 --hold 5m", []],
    ["run --dry-run false --hold 5m", []],
    ["--dry-run run", []],
    ["run --rule -1", []],
  ])("%s", (line, messages) => {
    expect(misplaced(line.split(" ")).map(({ message }) => message)).toEqual(messages);
  });
});
