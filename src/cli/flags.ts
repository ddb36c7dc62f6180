import type { Given } from "../inputs.ts";

/** Flags that stand alone: `--dry-run` means `--dry-run=true`. */
const switches = new Set(["dry-run", "allow-insecure-tls"]);

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
    else if (switches.has(name)) put(name, "true");
    else {
      at += 1;
      put(flagName(name), words[at] ?? "");
    }
  }
  return { surface: "cli", value: (name) => values.get(name), names: [...values.keys()] };
}

/** On a command line one would sooner say `--plan FILE` than `--config FILE`. */
const flagName = (name: string): string => (name === "plan" ? "config" : name);
