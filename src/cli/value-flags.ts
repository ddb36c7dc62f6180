/** The flags of a command that reads files: each takes a value, and there are no others. Or what is wrong with them. */
export function flagsIn<const Name extends string>(
  words: readonly string[],
  names: readonly Name[],
): { readonly flags: Readonly<Partial<Record<Name, string>>>; readonly others: readonly string[] } | string {
  const flags: Partial<Record<Name, string>> = {};
  const others: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (!word.startsWith("--")) {
      others.push(word);
      continue;
    }
    const [, text = "", written] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    const name = names.find((one) => one === text);
    if (name === undefined) return `${word} is unknown.`;
    if (flags[name] !== undefined) return `--${name} stands twice.`;
    if (written === undefined) at += 1;
    const value = written ?? words[at];
    if (value === undefined || value === "") return `--${name} needs a value.`;
    flags[name] = value;
  }
  return { flags, others };
}
