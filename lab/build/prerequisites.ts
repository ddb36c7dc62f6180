import { spawnSync } from "node:child_process";

/** Something that the machine lacks, and the command that provides it. */
export type Missing = {
  readonly what: string;
  readonly remedy: string;
  /** A machine without it is none for the lab; what else is missing is soon installed. */
  readonly isBasic?: true;
};

/** Found to be missing only when it was to be fetched. */
export class Lacking extends Error {
  readonly missing: Missing;
  constructor(missing: Missing) {
    super(missing.what);
    this.missing = missing;
  }
}

const works = (program: string, ...args: readonly string[]): boolean =>
  spawnSync(program, args, { stdio: "ignore", timeout: 30_000 }).status === 0;

/** Whether Go is there, and new enough for the control planes: they are built with the toolchain of the machine. */
function goIsNew(): boolean {
  const { status, stdout } = spawnSync("go", ["env", "GOVERSION"], { encoding: "utf8", timeout: 30_000 });
  const [, major = "0", minor = "0"] = /^go(\d+)\.(\d+)/.exec(stdout?.trim() ?? "") ?? [];
  return status === 0 && (Number(major) > 1 || Number(minor) >= 26);
}

export const hasPrometheus = (): boolean => works("prometheus", "--version");
export const hasDebian = (): boolean => works("apt-get", "--version") && works("dpkg-deb", "--version");

const namespaces = ["unshare", "-rn", "-p", "-f", "--kill-child", "--mount-proc", "true"] as const;

/** Which of the needs are not met. Nothing of it is ever installed by the lab. */
const needs: readonly (Missing & { readonly isThere: () => boolean })[] = [
  {
    what: "Linux on x64 is needed",
    remedy: "run it on such a machine",
    isBasic: true,
    isThere: () => process.platform === "linux" && process.arch === "x64",
  },
  {
    what: "Go 1.26 or newer is missing",
    remedy: "apt-get install golang-1.26, or see go.dev/doc/install",
    isBasic: true,
    isThere: goIsNew,
  },
  {
    what: "unprivileged user namespaces are not allowed",
    remedy: "sysctl -w user.max_user_namespaces=10000 kernel.apparmor_restrict_unprivileged_userns=0",
    isBasic: true,
    isThere: () => works(...namespaces),
  },
  {
    what: "pip is missing",
    remedy: "apt-get install python3-pip",
    isThere: () => works("python3", "-m", "pip", "--version"),
  },
  { what: "ip is missing", remedy: "apt-get install iproute2", isThere: () => works("ip", "-V") },
  { what: "git is missing", remedy: "apt-get install git", isThere: () => works("git", "--version") },
  {
    what: "Prometheus is missing",
    remedy: "apt-get install prometheus",
    isThere: () => hasPrometheus() || hasDebian(),
  },
];

export const missing = (): readonly Missing[] => needs.filter(({ isThere }) => !isThere());
