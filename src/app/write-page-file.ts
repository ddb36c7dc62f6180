import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { PageInput } from "../reports/page/page-data.ts";

/** What is known of a rollout; what only the page needs is added here. */
export type ReportInput = Omit<PageInput, "course" | "version">;

/** Loaded when a page is written and not before: nobody else pays for it. */
async function pageFrom(told: ReportInput): Promise<string> {
  const [{ pageOf }, assets, { courseOf }] = await Promise.all([
    import("../reports/page/render-page.ts"),
    import("../reports/page/assets.ts"),
    import("../judge/evidence-by-interval.ts"),
  ]);
  const numbers = (told.progress.judged ?? told.lastJudged)?.numbers;
  const course = numbers === undefined ? {} : { course: courseOf(numbers) };
  return pageOf({ ...told, ...course, version: assets.version }, assets);
}

const sayings: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EACCES: "the folder may not be written to",
  EPERM: "the folder may not be written to",
  EROFS: "the file system is read-only",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is a file",
  EDQUOT: "the disk quota is used up",
};

/** Writes the page, whole or not at all. Never throws: gives why it could not be written, in a few words. */
export async function writePage(file: string, told: ReportInput): Promise<string | undefined> {
  const draft = `${file}.part`;
  try {
    const page = await pageFrom(told);
    mkdirSync(dirname(resolve(file)), { recursive: true });
    writeFileSync(draft, page);
    renameSync(draft, file);
    return undefined;
  } catch (error) {
    forget(draft);
    const code = (error as { code?: unknown }).code;
    if (typeof code === "string") return sayings[code] ?? code;
    return `it could not be made (${error instanceof Error ? error.name : typeof error}): report this as a bug`;
  }
}

function forget(draft: string): void {
  try {
    rmSync(draft, { force: true });
  } catch {
    // What cannot be written cannot be removed either.
  }
}
