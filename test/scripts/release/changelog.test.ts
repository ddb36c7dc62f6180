import { expect, test } from "vitest";
import { notesOf } from "../../../scripts/release/changelog.ts";

const changelog = `# Changelog

## [Unreleased]

### Added
- A thing to come.

## [0.2.0] - 2026-12-24

### Fixed
- A mend.

## [0.1.0] - 2026-12-01
`;

test("the notes of a release are its section, without the heading", () => {
  expect(notesOf(changelog, "0.2.0")).toEqual({ notes: "### Fixed\n- A mend." });
});

test.each([
  ["0.3.0", "CHANGELOG.md has no section `## [0.3.0] - YYYY-MM-DD`. Move what is unreleased into it."],
  ["0.1.0", "CHANGELOG.md says nothing of 0.1.0. Write what has changed for those who use Sluice."],
  ["0x2.0", "CHANGELOG.md has no section `## [0x2.0] - YYYY-MM-DD`. Move what is unreleased into it."],
])("a release that the changelog does not tell of is refused: %s", (version, problem) => {
  expect(notesOf(changelog, version)).toEqual({ problem });
});
