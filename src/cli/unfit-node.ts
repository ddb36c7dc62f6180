/** The oldest Node that has everything the bundle calls. `engines` in package.json tells npm the same, which only warns. */
const oldest = 24;

/** What to tell a person whose Node is too old: the first function that it lacks would end the process in a wall of bundle. */
export function unfitNode(version: string): string | undefined {
  if (Number.parseInt(version, 10) >= oldest) return undefined;
  return `Sluice needs Node ${oldest} or newer, and this is Node ${version}. Install Node ${oldest} and run the command again.`;
}
