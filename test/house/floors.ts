/**
 * The floors of the house, from the ground up. A room may import rooms of lower floors and itself, and nothing beside it: the rooms
 * of one floor can be understood, tested and replaced alone. A room that is missing here fails the rule: who adds one says where it stands.
 */
export const floors: readonly (readonly string[])[] = [
  ["base/"],
  ["rollout/", "judge/", "text/", "schema/", "network/"],
  ["ports/"],
  ["reconcile/", "routes/", "cluster/", "metrics/", "evidence/", "inspection/", "reports/", "github/", "simulator/"],
  ["inputs/", "rehearsal/"],
  ["app/"],
  ["main.ts", "cli/"],
];

export const floorOf = (room: string): number => floors.findIndex((rooms) => rooms.includes(room));
