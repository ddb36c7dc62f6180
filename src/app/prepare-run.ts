import type { Problem } from "../base/problem.ts";
import type { Kubeconfig } from "../cluster/kubeconfig/index.ts";
import { nothingToRead } from "../cluster/kubeconfig/no-kubeconfig.ts";
import type { Access } from "../cluster/resolved-kubeconfig.ts";
import { type Rights, rightsOn } from "../github/event-permissions.ts";
import { type Inputs, readInputs } from "../inputs/index.ts";
import { readerFrom, readerIn } from "../inputs/text-file-reader.ts";
import { commands } from "../rollout/command-names.ts";
import { inAction, type ProcessContext } from "./process-context.ts";

export type PreparedRun = {
  readonly inputs: Inputs;
  readonly access: Access;
  readonly warnings: readonly string[];
  readonly secrets: readonly string[];
};

/** A plan that was read on an event whose plan may be a stranger's, and why nothing else was done. */
export type OnlyRead = {
  readonly kind: "only-read";
  readonly inputs: Inputs;
  readonly because: string;
  readonly problems: readonly [];
  readonly warnings: readonly string[];
};

type Preparation =
  | { readonly kind: "prepared"; readonly prepared: PreparedRun }
  | OnlyRead
  | {
      readonly kind: "refused";
      readonly problems: readonly Problem[];
      readonly warnings: readonly string[];
    };

const words = (text: string | undefined): readonly string[] =>
  (text ?? "").split(/[\s,]+/).filter((word) => word !== "");
const isYes = (text: string | undefined): boolean => /^(true|True|TRUE)$/.test(text?.trim() ?? "");

/** Reads everything that was given, contacts nothing, and finds every problem in one pass. */
export async function prepare(host: ProcessContext): Promise<Preparation> {
  const rights = rightsOf(host);
  const onlyReads = rights.kind === "only-read";
  const kubeconfig = onlyReads ? notRead : await loadKubeconfig(host);
  const reading = await readInputs(host.given, {
    ...(rights.kind === "all" ? { env: host.env } : {}),
    readFile: (inAction(host) ? readerIn : readerFrom)(host.workspace),
    contextNamespace: () => kubeconfig.access?.namespace,
    checkMetricsUrl: async (url, reach) => (await import("../metrics/http/url-policy.ts")).checkUrl(url, reach),
    revision: host.revision,
    hostedRunner: host.hostedRunner,
  });
  const secrets = [...reading.secrets, ...kubeconfig.secrets];
  for (const secret of secrets) host.mask(secret);
  const refusal = rights.kind === "refused" ? [rights.problem] : [];
  const problems = [...refusal, ...reading.problems, ...kubeconfig.problems];
  const warnings = [...reading.warnings, ...kubeconfig.warnings];
  const { inputs } = reading;
  const { access } = kubeconfig;
  if (inputs === undefined || problems.length > 0) return { kind: "refused", problems, warnings };
  if (onlyReads) return { kind: "only-read", inputs, because: rights.because, problems: [], warnings };
  if (access === undefined) return { kind: "refused", problems, warnings };
  return { kind: "prepared", prepared: { inputs, access, warnings, secrets } };
}

const notRead: Kubeconfig = { problems: [], warnings: [], secrets: [] };

function rightsOf({ given, circumstances }: ProcessContext): Rights {
  const word = given.value("command")?.trim() ?? "";
  const command = commands.find((one) => one === (word === "" ? "run" : word));
  // A command that is unknown is refused for that.
  if (command === undefined) return { kind: "all" };
  return rightsOn(command, circumstances, words(given.value("allow-event")));
}

/** The kubeconfig is read before the inputs are complete: its context may name the namespace, and its problems are told with theirs. */
async function loadKubeconfig({ given, env, home, workspace }: ProcessContext): Promise<Kubeconfig> {
  const text = (name: string) => {
    const value = given.value(name)?.trim() ?? "";
    return value === "" ? undefined : value;
  };
  const [input, context, expectedCluster] = [text("kubeconfig"), text("context"), text("expected-cluster")];
  const options = {
    ...(input === undefined ? {} : { input }),
    ...(context === undefined ? {} : { context }),
    ...(expectedCluster === undefined ? {} : { expectedCluster }),
    execAllow: words(given.value("exec-allow")),
    execEnv: words(given.value("exec-env")),
    allowInsecureTls: isYes(given.value("allow-insecure-tls")),
    env,
    home,
    workspace,
  };
  // The parser is loaded only when there is something to parse: the first error of a bad start must not wait for it.
  const absent = nothingToRead(options);
  if (absent !== undefined) return absent;
  const { readKubeconfig } = await import("../cluster/kubeconfig/index.ts");
  return readKubeconfig(options);
}
