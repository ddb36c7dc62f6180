export const verdictReasons = {} as const;
