export const driftReasons = {} as const;
