import type { Problem } from "../base/problem.ts";
import type { Given } from "../inputs/raw-inputs.ts";

/** Flags that may stand alone: `--dry-run` means `--dry-run=true`. */
const switches = new Set(["dry-run", "allow-insecure-tls", "create-destination", "follow-delegates", "allow-fault"]);

/** `sluice COMMAND --name value --other=value`: the words of the action as flags. A flag given twice is a list. */
export function givenToCli(words: readonly string[]): Given {
  const values = new Map<string, string>();
  const put = (name: string, value: string) => {
    const before = values.get(name);
    values.set(name, before === undefined ? value : `${before},${value}`);
  };
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (!word.startsWith("--")) {
      put("command", word);
      continue;
    }
    const equals = word.indexOf("=");
    const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
    if (equals >= 0) put(flagName(name), word.slice(equals + 1));
    else if (switches.has(name) && !isAnswer(words[at + 1])) put(name, "true");
    else if (isMissing(words[at + 1])) put(flagName(name), "");
    else {
      at += 1;
      put(flagName(name), words[at] ?? "");
    }
  }
  return { surface: "cli", value: (name) => values.get(name), names: [...values.keys()] };
}

/** What may follow a flag that could stand alone; any other word would be a command. */
const isAnswer = (word: string | undefined): boolean => word === "true" || word === "false";

const isMissing = (word: string | undefined): boolean => word === undefined || word.startsWith("--");

/** Words that mean nothing as they stand: a flag without its value, a single hyphen, a second command. */
export function misplaced(words: readonly string[]): readonly Problem[] {
  const problems: Problem[] = [];
  const tell = (message: string, input?: string) =>
    void problems.push({ code: "input", message, ...(input === undefined ? {} : { place: { input } }) });
  let command: string | undefined;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (!word.startsWith("--")) {
      if (word.startsWith("-")) tell(`${word} is not understood. Flags have two hyphens and a name, as --route.`);
      else if (command !== undefined) tell(`"${word}" follows the command ${command}. Give one command, and flags.`);
      else command = word;
    } else if (word.includes("=")) continue;
    else if (switches.has(word.slice(2))) at += isAnswer(words[at + 1]) ? 1 : 0;
    else {
      if (isMissing(words[at + 1])) tell(`${word} needs a value, as ${word} VALUE or ${word}=VALUE.`, word.slice(2));
      else at += 1;
    }
  }
  return problems;
}

/** On a command line one would sooner say `--plan FILE` than `--config FILE`. */
const flagName = (name: string): string => (name === "plan" ? "config" : name);
