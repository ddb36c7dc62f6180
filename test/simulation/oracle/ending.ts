import type { Outcome } from "../../../src/rollout/outcome.ts";
import type { Life } from "../process-life.ts";
import { isRec, type Rec } from "./record.ts";

type Wrong = { readonly invariant: string; readonly words: string };

/** Whether a run's last word fits what it had seen: its outcome, its weight, its exit code. */
export function ending(life: Life, outcome: Outcome): readonly Wrong[] {
  const wrong: Wrong[] = [];
  const record = life.lastKnown !== undefined && isRec(life.lastKnown) ? life.lastKnown : undefined;
  const say = (invariant: string, words: string) => wrong.push({ invariant, words: `${life.name}: ${words}` });
  if (outcome.weight !== undefined && outcome.weight !== record?.weight)
    say("I23", `ends at ${outcome.weight}%, the record said ${record?.weight}%`);
  if (life.lastReadFailed && outcome.weight !== undefined && life.turn.read === undefined && outcome.exitCode === 0)
    say("I23", "ends well although its last read failed");
  const state = stateFor(outcome.name);
  if (state !== undefined && life.command !== "preflight" && record?.status !== state)
    say("I23", `ends ${outcome.name}, the record was ${record?.status ?? "none"}`);
  const zero = mayExitWell(life, outcome, record);
  if (outcome.exitCode === 0 && !zero) say("I24", `${life.command} exits 0 as ${outcome.name}`);
  if (outcome.exitCode !== 0 && mustExitWell(life, outcome, record))
    say("I24", `${life.command} exits ${outcome.exitCode} as ${outcome.name}, which was asked for`);
  if (outcome.exitCode === 2 && life.wrote) say("I24", "exits 2 although it has written");
  return wrong;
}

function stateFor(name: Outcome["name"]): Rec["status"] | undefined {
  switch (name) {
    case "promoted":
    case "rolled-back":
    case "paused":
    case "held":
      return name;
    case "reached":
      return "paused";
    default:
      return undefined;
  }
}

const reading = ["status", "preflight"];

/** Exit code 0 is for what was asked for and came true. */
function mayExitWell(life: Life, { name }: Outcome, record: Rec | undefined): boolean {
  if (reading.includes(life.command) || life.spec.dryRun) return true;
  switch (life.command) {
    case "run": {
      if (name === "promoted" || name === "reached") return true;
      if (name === "paused") return record?.cause === "schedule" || record?.cause === "until";
      if (name !== "in-progress") return false;
      return life.spec.turns !== null || (life.signalAt !== undefined && record?.onCancel === "leave");
    }
    case "rollback":
      return name === "rolled-back" || name === "none";
    case "pause":
      return name === "paused" || life.landed;
    case "promote":
    case "resume":
      if (name === "paused") return record?.cause === "schedule";
      return name === "promoted" || name === "in-progress" || name === "reached";
    case "sweep":
      return ["rolled-back", "none", "promoted", "paused", "in-progress"].includes(name);
    default:
      return false;
  }
}

function mustExitWell(life: Life, { name }: Outcome, record: Rec | undefined): boolean {
  if (name === "promoted") return true;
  if (name === "rolled-back") return life.command === "rollback" || life.command === "sweep";
  if (name === "paused") return life.command === "pause" || record?.cause === "schedule";
  return name === "reached";
}
