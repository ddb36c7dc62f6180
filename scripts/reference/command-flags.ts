/** Flags that are no input of the action: which commands take them, and what they mean. */
export const commandFlags: readonly { readonly flag: string; readonly of: string; readonly meaning: string }[] = [
  {
    flag: "--plan",
    of: "every command with a plan",
    meaning: "The plan file: the same as `--config`.",
  },
  {
    flag: "--html",
    of: "`run`, `promote`, `resume`, `rollback`, `rehearse`, `report`",
    meaning: "Also write the whole rollout to this HTML page. `report` writes to `sluice-report.html` by default.",
  },
  {
    flag: "--json",
    of: "every command but `judge`, `replay` and `report`",
    meaning:
      "Write JSON lines to standard output: one per reconcile, the result as the last. `rehearse` writes one object, with `--all` a list.",
  },
  {
    flag: "--watch",
    of: "`status`",
    meaning: "Read the route every 10 s and draw its state until the rollout is over or Ctrl-C.",
  },
  {
    flag: "--scenario",
    of: "`rehearse`",
    meaning: "A built-in scenario, a scenario in words, or a file with one. By default `good`.",
  },
  { flag: "--all", of: "`rehearse`", meaning: "Rehearse every built-in scenario and print a table." },
  {
    flag: "--seed",
    of: "`rehearse`",
    meaning: "Another seed gives other random numbers; the same seed gives the same rehearsal. By default 1.",
  },
  {
    flag: "--counts",
    of: "`judge`",
    meaning: "Raw counters as JSON lines in order of time, or `-` for standard input.",
  },
  { flag: "--version", of: "`sluice`", meaning: "Print version, commit and Node." },
  { flag: "--help", of: "every command", meaning: "Print how to use the command, like `sluice help COMMAND`." },
];
