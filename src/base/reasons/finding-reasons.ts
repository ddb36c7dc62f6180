export const findingReasons = {} as const;
