import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where Debian and others put the store that they ship. */
const places = ["/usr/bin/victoria-metrics", "/usr/local/bin/victoria-metrics"];

export const executable: string | undefined = [process.env["VICTORIA_METRICS"], ...places].find(
  (place) => place !== undefined && place !== "" && existsSync(place),
);

export const why =
  "SKIPPED: no VictoriaMetrics was found, so nothing was asked of a real store that aligns ranges to the step. Install it (apt-get install -y victoria-metrics) or name it in VICTORIA_METRICS.";

/** Samples of one series, as VictoriaMetrics imports them. */
export type Written = {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly number[];
  readonly timestamps: readonly number[];
};

export type Store = {
  readonly url: string;
  /** What was written can be asked for when this returns. */
  write(series: readonly Written[]): Promise<void>;
  close(): Promise<void>;
};

/** The store ends with its standard input, so that it does not outlive a test that was killed. */
const untilClosed = '"$@" 2>&1 & store=$!; cat >/dev/null; kill "$store"; wait "$store"';

/** A VictoriaMetrics of its own on loopback, at its own defaults but for how long it keeps what it was given. */
export async function openStore(): Promise<Store> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-store-"));
  const address = `127.0.0.1:${await freePort()}`;
  const options = [`-httpListenAddr=${address}`, `-storageDataPath=${folder}`, "-retentionPeriod=100y"];
  const child = spawn("sh", ["-c", untilClosed, "sh", executable ?? "", ...options], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await started(child);
  const url = `http://${address}`;
  const call = async (path: string, body: string) => {
    const answer = await fetch(`${url}${path}`, { method: "POST", body });
    if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}: ${await answer.text()}`);
  };
  return {
    url,
    async write(series) {
      await call("/api/v1/import", series.map((one) => `${JSON.stringify(one)}\n`).join(""));
      await call("/internal/force_flush", "");
    },
    async close() {
      const ended = new Promise((resolve) => child.on("close", resolve));
      child.stdin?.end();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** It says so itself when it can be asked. */
function started(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      said += chunk.toString("utf8");
      if (/started VictoriaMetrics in/.test(said)) resolve();
    });
    child.on("error", reject);
    child.on("close", (code) => reject(new Error(`VictoriaMetrics ended with ${code}: ${said.slice(-2000)}`)));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
