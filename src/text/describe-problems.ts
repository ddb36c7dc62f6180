import type { Problem, SourceLocation, Surface } from "../base/problem.ts";

/** Every problem with its place, one a line: what is printed when a run cannot begin. */
export function describeProblems(problems: readonly Problem[], surface: Surface = "action"): string {
  const places = problems.map(({ place }) => (place === undefined ? "" : describePlace(place, surface)));
  const width = Math.max(0, ...places.map((place) => place.length));
  const digits = String(problems.length).length;
  const lines = problems.map(({ message }, index) => {
    const number = String(index + 1).padStart(digits);
    const place = width === 0 ? "" : `${(places[index] ?? "").padEnd(width)}  `;
    return `  ${number}. ${place}${message}`;
  });
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return [`Sluice cannot start: ${count}. Nothing was written.`, ...lines].join("\n");
}

/** `plan.yml:7:13`, `input hold` or `--hold`. */
export function describePlace(place: SourceLocation, surface: Surface = "action"): string {
  const { file, input, line, column } = place;
  const name = file ?? (input === undefined ? "" : surface === "cli" ? `--${input}` : `input ${input}`);
  return [name, line, column].filter((part) => part !== undefined && part !== "").join(":");
}
