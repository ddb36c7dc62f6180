import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The run that a step believes itself to be in. */
export type Situation = {
  readonly event?: { readonly name: string; readonly payload: unknown };
  readonly repository?: string;
  readonly sha?: string;
  readonly ref?: string;
  readonly workflow?: string;
  readonly job?: string;
  readonly actor?: string;
  readonly runId?: number;
  readonly runNumber?: number;
  readonly runAttempt?: number;
  readonly token?: string;
  readonly apiUrl?: string;
  readonly serverUrl?: string;
  readonly selfHosted?: boolean;
  readonly debug?: boolean;
};

/** The folders of one job on one machine; all of them are gone with `dispose`. */
export type Machine = {
  readonly workspace: string;
  readonly home: string;
  readonly temp: string;
  readonly dispose: () => void;
};

export function newMachine(): Machine {
  const root = mkdtempSync(join(tmpdir(), "runner-"));
  const folder = (name: string) => {
    const path = join(root, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  return {
    workspace: folder("work/repository"),
    // A home of its own: whatever the developer's home holds, a kubeconfig above all, is no part of a test.
    home: folder("home"),
    temp: folder("temp"),
    dispose: () => rmSync(root, { recursive: true, force: true }),
  };
}

export const fileCommands = ["OUTPUT", "STATE", "ENV", "PATH", "STEP_SUMMARY"] as const;
export type FileCommand = (typeof fileCommands)[number];
export type CommandFiles = Readonly<Record<FileCommand, string>>;

/** New and empty for every process. */
export function newCommandFiles(machine: Machine): CommandFiles {
  const folder = mkdtempSync(join(machine.temp, "_runner_file_commands-"));
  const entries = fileCommands.map((name) => {
    const path = join(folder, name.toLowerCase());
    writeFileSync(path, "");
    return [name, path] as const;
  });
  return Object.fromEntries(entries) as CommandFiles;
}

export function contentOf(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** What a hosted runner tells a process of the run; nothing of the environment of this one comes along but PATH. */
export function runnerVariables(machine: Machine, situation: Situation): Record<string, string> {
  const { event = { name: "push", payload: {} } } = situation;
  const eventPath = join(machine.temp, "event.json");
  writeFileSync(eventPath, JSON.stringify(event.payload));
  const repository = situation.repository ?? "octo-org/shop";
  const [owner = ""] = repository.split("/");
  const ref = situation.ref ?? "refs/heads/main";
  const serverUrl = situation.serverUrl ?? "https://github.com";
  const apiUrl = situation.apiUrl ?? "https://api.github.com";
  return {
    CI: "true",
    GITHUB_ACTIONS: "true",
    GITHUB_ACTION: "__self",
    GITHUB_ACTOR: situation.actor ?? "octocat",
    GITHUB_API_URL: apiUrl,
    GITHUB_EVENT_NAME: event.name,
    GITHUB_EVENT_PATH: eventPath,
    GITHUB_GRAPHQL_URL: `${apiUrl}/graphql`,
    GITHUB_JOB: situation.job ?? "rollout",
    GITHUB_REF: ref,
    GITHUB_REF_NAME: ref.replace(/^refs\/(heads|tags|pull)\//, ""),
    GITHUB_REPOSITORY: repository,
    GITHUB_REPOSITORY_OWNER: owner,
    GITHUB_RUN_ATTEMPT: String(situation.runAttempt ?? 1),
    GITHUB_RUN_ID: String(situation.runId ?? 4242),
    GITHUB_RUN_NUMBER: String(situation.runNumber ?? 17),
    GITHUB_SERVER_URL: serverUrl,
    GITHUB_SHA: situation.sha ?? "0123456789abcdef0123456789abcdef01234567",
    GITHUB_WORKFLOW: situation.workflow ?? "Deploy",
    GITHUB_WORKSPACE: machine.workspace,
    HOME: machine.home,
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    RUNNER_ARCH: "X64",
    RUNNER_ENVIRONMENT: situation.selfHosted === true ? "self-hosted" : "github-hosted",
    RUNNER_NAME: "GitHub Actions 1",
    RUNNER_OS: "Linux",
    RUNNER_TEMP: machine.temp,
    RUNNER_TOOL_CACHE: machine.temp,
    ...(situation.debug === true ? { RUNNER_DEBUG: "1" } : {}),
  };
}
