import { closeSync, fstatSync, openSync, readSync, realpathSync } from "node:fs";
import { isAbsolute, relative, resolve, sep } from "node:path";

export type FileText = { readonly text: string } | { readonly because: string };

const mostBytes = 256 * 1024;

/**
 * Reads text files of one folder and of nothing outside it, symbolic links followed first. The reason of a refusal goes
 * on after "FILE …".
 */
export function readerIn(folder: string): (path: string) => FileText {
  return (path) => {
    try {
      const home = realpathSync(folder);
      const real = realpathSync(resolve(home, path));
      const inner = relative(home, real);
      if (inner === ".." || inner.startsWith(`..${sep}`) || isAbsolute(inner)) {
        return { because: "lies outside the workspace. Move it into the repository." };
      }
      return readText(real);
    } catch (error) {
      return { because: reasonOf(error) };
    }
  };
}

/** Reads any text file, named from a folder on: at a terminal a person reads with the rights that he has anyway. */
export function readerFrom(folder: string): (path: string) => FileText {
  return (path) => {
    try {
      return readText(realpathSync(resolve(folder, path)));
    } catch (error) {
      return { because: reasonOf(error) };
    }
  };
}

function readText(real: string): FileText {
  const file = openSync(real, "r");
  try {
    if (!fstatSync(file).isFile()) return { because: "is not a file. Name a file." };
    // One byte more than is allowed: a file may grow between a look at its size and the read.
    const bytes = new Uint8Array(mostBytes + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(file, bytes, length, bytes.length - length, null);
    }
    if (length > mostBytes) return { because: "is larger than 256 KiB. Shorten it." };
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, length)) };
  } finally {
    closeSync(file);
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT" || code === "ENOTDIR") {
    return "was not found. Check the path, and check out the repository in an earlier step.";
  }
  if (code === "EACCES" || code === "EPERM") return "may not be read. Allow this user to read it.";
  if (code === "ELOOP") return "is a symbolic link that leads back to itself. Name the file itself.";
  if (error instanceof TypeError) return "is not UTF-8 text. Save it as UTF-8.";
  return "cannot be read. Check the path.";
}
