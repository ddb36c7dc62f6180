export const noticeReasons = {} as const;
