import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Fails when the committed bundle is not, to the byte, what its sources build. */

const root = fileURLToPath(new URL("..", import.meta.url));
const fresh = mkdtempSync(join(tmpdir(), "sluice-dist-"));
try {
  execFileSync(process.execPath, [join(root, "scripts/build.ts"), fresh], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const names = [...new Set([...readdirSync(join(root, "dist")), ...readdirSync(fresh)])].sort();
  const bytes = (folder: string, name: string) => {
    try {
      return readFileSync(join(folder, name));
    } catch {
      return undefined;
    }
  };
  const different = names.filter((name) => {
    const committed = bytes(join(root, "dist"), name);
    const built = bytes(fresh, name);
    return committed === undefined || built === undefined || !committed.equals(built);
  });
  if (different.length > 0) {
    console.error(
      `dist/ is not what the sources build: ${different.join(", ")}. Run 'make dist' and commit dist/ with the change.`,
    );
    process.exitCode = 1;
  } else {
    console.log(`dist/ is what the sources build: ${names.length} files`);
  }
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
