/**
 * Coverage as an lcov tracefile (geninfo(1)), which genhtml and editors read: a record for each source file with functions
 * (FN, FNDA), lines (DA) and the ways of branches (BRDA; `-`: the branch never ran), and their sums.
 */
import { linesOf, type MeasuredFile, type Share, sharesOf } from './measure.js';

/** @param placeOf the path under which whoever reads it finds a file. */
export function lcovOf(files: readonly MeasuredFile[], placeOf: (path: string) => string): string {
  return files.map((file) => record(file, placeOf(file.path))).join('');
}

function record(file: MeasuredFile, place: string): string {
  const { lines, branches, scopes } = sharesOf(file);
  const sums = (name: string, { found, hit }: Share): string[] => [`${name}F:${found}`, `${name}H:${hit}`];
  const all = linesOf(file);
  return [
    'TN:',
    `SF:${place}`,
    ...file.scopes.map(({ line, title }) => `FN:${line},${title}`),
    ...file.scopes.map(({ calls, title }) => `FNDA:${calls},${title}`),
    ...sums('FN', scopes),
    ...all.flatMap(({ line, runs, ways }) =>
      ways.map(({ count }, way) => `BRDA:${line},0,${way},${runs === 0 ? '-' : count}`),
    ),
    ...sums('BR', branches),
    ...all.map(({ line, runs }) => `DA:${line},${runs}`),
    ...sums('L', lines),
    'end_of_record',
    '',
  ].join('\n');
}
