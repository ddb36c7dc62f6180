/** Parts that several sentences share. */

export const listed = (names: readonly string[]): string => names.join(", ");

/** `a, b have`, `a has`. */
export const withVerb = (names: readonly string[], one: string, several: string): string =>
  `${listed(names)} ${names.length > 1 ? several : one}`;

/** Who put the weights of Git back. */
export const restored = (tools: readonly string[]): string =>
  `${tools.join(" and ")} ${tools.length > 1 ? "put" : "puts"} back what Git holds`;
