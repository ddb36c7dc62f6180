/** Parts that several sentences share. */

export const listed = (names: readonly string[]): string => names.join(", ");

/** Who put the weights of Git back. */
export const restored = (tools: readonly string[]): string =>
  `${tools.join(" and ")} ${tools.length > 1 ? "put" : "puts"} back what Git holds`;
