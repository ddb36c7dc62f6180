import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const quietMs = 20_000;

/** Says on the terminal's last line, or every twenty seconds in a log, how far a long step is. */
export function progress(title: string): { say(text: string): void; done(text: string): void } {
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  const live = process.stderr.isTTY;
  let last = started;
  process.stderr.write(live ? `  ${title} …` : `  ${title} …\n`);
  return {
    say(text) {
      if (live) process.stderr.write(`\r\x1b[K  ${title}: ${text}, ${seconds()}`.slice(0, process.stderr.columns + 4));
      else if (Date.now() - last > quietMs) {
        last = Date.now();
        process.stderr.write(`  ${title}: ${text}, ${seconds()}\n`);
      }
    },
    done: (text) => void process.stderr.write(`${live ? "\r\x1b[K" : ""}  ${title}: ${text}, ${seconds()}\n`),
  };
}

export type Command = {
  readonly words: readonly [string, ...string[]];
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Sees each line of the standard error, where tools say what they do. */
  readonly onLine?: (line: string) => void;
};

/** Runs a command to its end and gives what it printed; where it fails, its last words are the error. */
export function run({ words: [program, ...args], folder, env, onLine }: Command): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...(folder === undefined ? {} : { cwd: folder }),
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const out: string[] = [];
    const words: string[] = [];
    child.stdout.setEncoding("utf8").on("data", (text: string) => out.push(text));
    createInterface({ input: child.stderr }).on("line", (line) => {
      words.push(line);
      if (words.length > 30) words.shift();
      onLine?.(line);
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(out.join(""));
      else reject(new Error(`${program} ${args.slice(0, 3).join(" ")} … ended with ${code}:\n${words.join("\n")}`));
    });
  });
}
