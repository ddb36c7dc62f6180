import { type Machine, newMachine, runnerVariables, type Situation } from "./machine.ts";
import { inputVariables, type Manifest, readManifest } from "./manifest.ts";
import { type Ended, type Patience, type RunnersTime, runnersPatience, type Step, startStep } from "./step.ts";

export type ActionOptions = Situation & {
  /** The folder that holds `action.yml`. */
  readonly action: string;
  /** The step's `with:`. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** The step's and the job's `env:`. */
  readonly env?: Readonly<Record<string, string>>;
  /** What the runner masks from the start, as the job's secrets. */
  readonly secrets?: readonly string[];
  /** The machine of an earlier step of the same job; otherwise a new one, which the result can dispose of. */
  readonly machine?: Machine;
  readonly patience?: Patience;
  /** What its processes and the runner go by. */
  readonly time: RunnersTime;
  /** Sees every line as it is printed, of main and post. */
  readonly onLine?: (line: string) => void;
};

export type Result = {
  readonly main: Ended;
  readonly post: Ended | undefined;
  /** What later steps see. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly conclusion: "success" | "failure" | "cancelled";
  readonly annotations: Ended["annotations"];
  /** Both logs, one after the other, masked. */
  readonly log: readonly string[];
  /** The runner's own warnings on inputs. */
  readonly warnings: readonly string[];
};

export type Action = {
  readonly machine: Machine;
  /** Cancels the job: the process that runs gets the runner's signals. */
  cancel(): void;
  /** Kills the process that runs, and its children, or sends them another signal. `post` comes after it. */
  kill(signal?: NodeJS.Signals): void;
  /** Loses the machine: everything is killed and no later step ever runs. */
  lose(): void;
  readonly done: Promise<Result>;
  readonly dispose: () => void;
};

/** Runs an action's main and then its post, as the runner of GitHub Actions does, without GitHub. */
export function startAction(options: ActionOptions): Action {
  const manifest = readManifest(options.action);
  const machine = options.machine ?? newMachine();
  const given = options.inputs ?? {};
  const context = contextOf(options);
  const { variables: inputs, warnings } = inputVariables(manifest, given, context);
  const variables = { ...options.env, ...runnerVariables(machine, options), ...inputs };
  const masks = new Set([...(options.secrets ?? []), context["github.token"] ?? ""].filter((secret) => secret !== ""));
  const fate = { isCancelled: false, isLost: false };
  let current: Step;

  const step = (script: string, state: Readonly<Record<string, string>>) => {
    const stateVariables = Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]);
    current = startStep({
      script,
      machine,
      variables: { ...variables, ...Object.fromEntries(stateVariables) },
      masks,
      patience: options.patience ?? runnersPatience,
      time: options.time,
      ...(options.onLine && { onLine: options.onLine }),
    });
    return current;
  };
  const first = step(manifest.main, {});
  return {
    machine,
    cancel() {
      fate.isCancelled = true;
      current.cancel();
    },
    kill: (signal) => current.kill(signal),
    lose() {
      fate.isLost = true;
      current.kill();
    },
    done: finish(manifest, first, step, fate, warnings),
    dispose: machine.dispose,
  };
}

async function finish(
  manifest: Manifest,
  first: Step,
  step: (script: string, state: Readonly<Record<string, string>>) => Step,
  fate: { readonly isCancelled: boolean; readonly isLost: boolean },
  warnings: readonly string[],
): Promise<Result> {
  const main = await first.ended;
  // Post runs whenever main has started, also after a failure, a cancel or a kill.
  const post = manifest.post === undefined || fate.isLost ? undefined : await step(manifest.post, main.state).ended;
  const ends = post === undefined ? [main] : [main, post];
  const failed = ends.some((end) => end.exitCode !== 0 || end.problems.length > 0);
  return {
    main,
    post,
    outputs: main.outputs,
    conclusion: fate.isCancelled ? "cancelled" : failed ? "failure" : "success",
    annotations: ends.flatMap((end) => end.annotations),
    log: ends.flatMap((end) => end.log),
    warnings,
  };
}

/** Runs an action to its end and clears up. */
export async function runAction(options: ActionOptions): Promise<Result> {
  const action = startAction(options);
  try {
    return await action.done;
  } finally {
    if (options.machine === undefined) action.dispose();
  }
}

/** What the defaults of inputs may name. */
function contextOf(situation: Situation): Readonly<Record<string, string>> {
  return {
    "github.token": situation.token ?? "ghs_0123456789abcdefghijklmnopqrstuvwxyz",
    "github.repository": situation.repository ?? "octo-org/shop",
    "github.sha": situation.sha ?? "0123456789abcdef0123456789abcdef01234567",
    "github.api_url": situation.apiUrl ?? "https://api.github.com",
    "github.server_url": situation.serverUrl ?? "https://github.com",
  };
}
