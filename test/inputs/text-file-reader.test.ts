import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readerFrom, readerIn } from "../../src/inputs/text-file-reader.ts";

const base = mkdtempSync(join(tmpdir(), "sluice-files-"));
const workspace = join(base, "workspace");
mkdirSync(join(workspace, "inner"), { recursive: true });
writeFileSync(join(base, "outside.yml"), "route: outside");
writeFileSync(join(workspace, "plan.yml"), "route: é");
writeFileSync(join(workspace, "..plan.yml"), "dots");
writeFileSync(join(workspace, "latin.yml"), Buffer.from([0x72, 0xe9]));
writeFileSync(join(workspace, "full.yml"), "x".repeat(256 * 1024));
writeFileSync(join(workspace, "large.yml"), "x".repeat(256 * 1024 + 1));
symlinkSync(join(base, "outside.yml"), join(workspace, "leak.yml"));
symlinkSync(base, join(workspace, "up"));
symlinkSync(join(workspace, "plan.yml"), join(workspace, "inner", "link.yml"));
symlinkSync("loop.yml", join(workspace, "loop.yml"));
symlinkSync(workspace, join(base, "alias"));
afterAll(() => rmSync(base, { recursive: true }));
const read = readerIn(workspace);

test.each(["plan.yml", "./plan.yml", "inner/../plan.yml", "inner/link.yml", join(workspace, "plan.yml")])(
  "%s is a file of the workspace",
  (path) => {
    expect(read(path)).toEqual({ text: "route: é" });
  },
);

test("the workspace itself may be a link, and a name may begin with dots", () => {
  expect(readerIn(join(base, "alias"))("plan.yml")).toEqual({ text: "route: é" });
  expect(read("..plan.yml")).toEqual({ text: "dots" });
});

test.each(["../outside.yml", "leak.yml", "up/outside.yml", "/etc/passwd", "inner/../../outside.yml"])(
  "%s lies outside",
  (path) => {
    expect(read(path)).toEqual({ because: "lies outside the workspace. Move it into the repository." });
  },
);

test.each(["../outside.yml", "leak.yml", join(base, "outside.yml"), "inner/../../outside.yml"])(
  "at a terminal %s may be named",
  (path) => {
    expect(readerFrom(workspace)(path)).toHaveProperty("text");
  },
);

test("what cannot be read is told in words", () => {
  const because = (path: string) => {
    const found = read(path);
    return "because" in found ? found.because : "";
  };
  expect(because("gone.yml")).toMatch(/^was not found\./);
  expect(because("inner")).toBe("is not a file. Name a file.");
  expect(because("latin.yml")).toBe("is not UTF-8 text. Save it as UTF-8.");
  expect(because("large.yml")).toBe("is larger than 256 KiB. Shorten it.");
  expect(because("loop.yml")).toMatch(/^is a symbolic link that leads back to itself/);
  expect(because("a\0b")).not.toBe("");
  expect(read("full.yml")).toHaveProperty("text");
});
