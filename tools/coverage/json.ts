/** Coverage as one JSON document, for programs. Fields stand in the same order each time. */
import { hotScopes } from './hot.js';
import { linesOf, type MeasuredFile, type Shares, sharesOf, totalOf } from './measure.js';

const VERSION = 1;

const sharesJson = ({ lines, branches, scopes }: Shares): object => ({ lines, branches, functions: scopes });

/** @param hot so many scopes at most; 0: none. */
export function coverageJson(
  files: readonly MeasuredFile[],
  crcs: Readonly<Record<string, string>>,
  hot: number,
): string {
  const document = {
    version: VERSION,
    microcode: crcs,
    total: sharesJson(totalOf(files)),
    files: files.map((file) => ({
      path: file.path,
      role: file.role,
      ...sharesJson(sharesOf(file)),
      lines_not_run: linesOf(file).flatMap(({ line, runs }) => (runs === 0 ? [line] : [])),
      ways_not_gone: linesOf(file).flatMap(({ line, runs, ways }) =>
        runs === 0 ? [] : ways.flatMap(({ name, count }) => (count === 0 ? [{ line, way: name }] : [])),
      ),
    })),
    ...(hot > 0 && { hot: hotScopes(files).slice(0, hot) }),
  };
  return `${JSON.stringify(document)}\n`;
}
