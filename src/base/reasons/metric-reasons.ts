export const metricReasons = {} as const;
