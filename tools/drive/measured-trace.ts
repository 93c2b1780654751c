/**
 * Traces of real drives with measured times, as in DiskSim's `valid` folder. A request a line: R or W, what the drive's
 * buffer did, first sector, sectors of 512 bytes, response time (µs), µs from the response to the next request.
 */

export interface MeasuredRequest {
  readonly isWrite: boolean;
  readonly lba: number;
  readonly sectors: number;
  readonly response_ns: number;
  readonly gap_ns: number;
}

export class TraceError extends Error {}

const RIGHT = 'R or W, a word, first sector, sectors, response µs, gap µs';
const NUMBER = /^\d+(\.\d+)?$/;
const TIME_MOST_US = 1e12;

/**
 * @param file as errors call it. @param sectors that the drive has.
 * Errors: TraceError that names file, line, field, value and what would be right.
 */
export function parseMeasuredTrace(text: string, file: string, sectors: number): MeasuredRequest[] {
  const requests: MeasuredRequest[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    const words = line.trim().split(/\s+/);
    if (words.length === 1 && words[0] === '') continue;
    const wrong = (field: string, value: string, right: string): never => {
      throw new TraceError(`${file}:${i + 1}: ${field} is "${value.slice(0, 60)}"; it must be ${right}`);
    };
    if (words.length !== 6) wrong('the line', line.trim(), `six fields: ${RIGHT}`);
    const [kind, , lba, count, response, gap] = words;
    if (kind !== 'R' && kind !== 'W') wrong('the kind', kind, 'R or W');
    const whole = (field: string, value: string, least: number, most: number): number => {
      const n = NUMBER.test(value) ? Number(value) : Number.NaN;
      return Number.isSafeInteger(n) && n >= least && n <= most
        ? n
        : wrong(field, value, `a whole number from ${least} to ${most}`);
    };
    const time_ns = (field: string, value: string): number => {
      const us = NUMBER.test(value) ? Number(value) : Number.NaN;
      return us <= TIME_MOST_US ? Math.round(us * 1000) : wrong(field, value, `µs from 0 to ${TIME_MOST_US}`);
    };
    const first = whole('the first sector', lba, 0, sectors - 1);
    requests.push({
      isWrite: kind === 'W',
      lba: first,
      sectors: whole('the number of sectors', count, 1, sectors - first),
      response_ns: time_ns('the response time', response),
      gap_ns: time_ns('the gap', gap),
    });
  }
  if (requests.length === 0) throw new TraceError(`${file}: no requests; one a line is wanted: ${RIGHT}`);
  return requests;
}
