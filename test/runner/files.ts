/** What a process wrote into `GITHUB_OUTPUT`, `GITHUB_STATE` or `GITHUB_ENV`, or why the runner fails the step over it. */
export type Pairs =
  | { readonly kind: "pairs"; readonly pairs: Readonly<Record<string, string>> }
  | { readonly kind: "malformed"; readonly because: string };

export function pairsIn(text: string): Pairs {
  const pairs: Record<string, string> = {};
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    if (line === "") continue;
    const [equals, heredoc] = [line.indexOf("="), line.indexOf("<<")];
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      if (equals === 0) return malformed(`Invalid format '${line}'. Name must not be empty`);
      pairs[line.slice(0, equals)] = line.slice(equals + 1);
      continue;
    }
    if (heredoc < 0) return malformed(`Invalid format '${line}'`);
    const [name, delimiter] = [line.slice(0, heredoc), line.slice(heredoc + 2)];
    if (name === "" || delimiter === "") {
      return malformed(`Invalid format '${line}'. Name must not be empty and delimiter must not be empty`);
    }
    const end = lines.indexOf(delimiter, index + 1);
    if (end < 0) return malformed(`Invalid value. Matching delimiter not found '${delimiter}'`);
    pairs[name] = lines.slice(index + 1, end).join("\n");
    index = end;
  }
  return { kind: "pairs", pairs };
}

function malformed(because: string): Pairs {
  return { kind: "malformed", because };
}
