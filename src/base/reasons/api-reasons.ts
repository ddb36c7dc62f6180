export const apiReasons = {} as const;
