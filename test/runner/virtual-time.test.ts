import { type ChildProcess, execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import { hold } from "./held.ts";
import { type VirtualTime, virtualTime } from "./virtual-time.ts";

const fixture = join(import.meta.dirname, "fixtures/waits.mjs");
const folder = import.meta.dirname;

function scene() {
  const time = virtualTime();
  onTestFinished(() => time.stop());
  return time;
}

async function serve(handle: http.RequestListener): Promise<string> {
  const server = http.createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const holding: http.RequestListener = (request) => hold(request.socket);

type Played = { readonly lines: readonly string[]; readonly endedAt: number };

/** Runs the fixture to its end. */
function played(time: VirtualTime, url: string, onLine?: (line: string) => void) {
  return new Promise<Played>((resolve) => {
    const child = time.start([fixture, url, "20"], { cwd: folder, env: {} });
    const lines: string[] = [];
    if (child.stdout === null) throw new Error("no output");
    createInterface({ input: child.stdout }).on("line", (line) => {
      lines.push(line);
      onLine?.(line);
    });
    child.on("close", () => resolve({ lines, endedAt: time.now() }));
  });
}

test("jumps over what a process waits for, and stands still while it works or loads", async () => {
  const time = scene();
  const { lines, endedAt } = await played(time, await serve(holding));
  expect(lines).toEqual(["1000 loaded", "1500000 tick", "3000000 tick", "3600000 given up"]);
  expect(endedAt).toBe(3_600_000);
});

test("waits for an answer that is under way, however long it takes", async () => {
  const time = scene();
  let rounds = 2_000;
  const url = await serve((_request, response) => {
    const later = () => {
      rounds -= 1;
      if (rounds === 0) response.end("at last");
      else setImmediate(later);
    };
    later();
  });
  const { lines } = await played(time, url);
  expect(lines.slice(0, 2)).toEqual(["0 answered", "1000 loaded"]);
});

test("is one for all processes: one that begins later has the same, and none runs ahead", async () => {
  const time = scene();
  const url = await serve(holding);
  const seen: string[] = [];
  const first = played(time, url, (line) => seen.push(`a ${line}`));
  await time.clock.sleep(2_000_000);
  const second = played(time, url, (line) => seen.push(`b ${line}`));
  await Promise.all([first, second]);
  expect(seen).toEqual([
    ...["a 1000 loaded", "a 1500000 tick", "b 1000 loaded", "a 3000000 tick", "b 1500000 tick"],
    ...["a 3600000 given up", "b 3000000 tick", "b 3600000 given up"],
  ]);
});

/** A place for files of the test, and whatever the fixture `busy.mjs` prints; `onReady` is called at its first line. */
async function busy(what: "reads" | "answers", onReady: (own: Busy) => Promise<void>): Promise<readonly string[]> {
  const time = scene();
  const place = mkdtempSync(join(tmpdir(), "virtual-time-"));
  onTestFinished(() => rmSync(place, { recursive: true, force: true }));
  const file = join(place, "file");
  if (what === "reads") execFileSync("mkfifo", [file]);
  const child = time.start([join(folder, "fixtures/busy.mjs"), what, file], { cwd: folder, env: {} });
  const lines: string[] = [];
  if (child.stdout === null) throw new Error("no output");
  const ready = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout as Readable }).on("line", (line) => {
      if (line === "ready") onReady({ time, file, child }).then(resolve, reject);
      else lines.push(line);
    });
  });
  await Promise.all([ready, new Promise((resolve) => child.on("close", resolve))]);
  return lines;
}
type Busy = { readonly time: VirtualTime; readonly file: string; readonly child: ChildProcess };

/** Longer than anybody needs who jumps too early. */
async function manyRounds(): Promise<void> {
  for (let round = 0; round < 2_000; round += 1) await new Promise((resolve) => setImmediate(resolve));
}

test("does not go on while a process reads a file", async () => {
  const lines = await busy("reads", async ({ time, file }) => {
    await manyRounds();
    expect(time.now()).toBe(0);
    writeFileSync(file, "at last");
  });
  expect(lines).toEqual(["0 read"]);
});

test("does not go on over a signal, whatever the process said before it arrived", async () => {
  const lines = await busy("answers", async ({ time, file, child }) => {
    // Its word that it rests has been sent, and is not read before this is through.
    while (!existsSync(`${file}.rests`));
    child.kill("SIGINT");
    time.stirred(child);
    await manyRounds();
    expect(time.now()).toBe(0);
    writeFileSync(`${file}.go-on`, "");
  });
  expect(lines).toEqual(["0 interrupted"]);
});
