/** Log pages of a unit (SPC-6, 7.3), as bytes: those that are true of it. Nothing is saved (DS, TSD). */
import { PAGE_KIND } from '../memory/scsi.js';
import type { ScsiPage } from '../runtime/machine/scsi-config.js';

const WRITE_ERRORS = 0x02;
const READ_ERRORS = 0x03;
const EXCEPTIONS = 0x2f;
const SUBPAGES = 0xff;
const SUBPAGE_FORMAT = 0x40;
const DISABLE_SAVE = 0x80;
/** Control byte of a parameter: TSD; and of one that no arithmetic is for. */
const COUNTER = 0x20;
const BINARY_LIST = 0x23;
const UNKNOWN = 0xff;
/** Parameters of error counters: all bytes, and the errors that nothing could mend. Microcode fills them in. */
const TOTAL_BYTES = 0x0005;
const UNCORRECTED = 0x0006;

const half = (n: number): number[] => [(n >> 8) & 255, n & 255];
const parameter = (code: number, control: number, bytes: readonly number[]): number[] => [
  ...half(code),
  control,
  bytes.length,
  ...bytes,
];
const zeroes = (n: number): number[] => new Array<number>(n).fill(0);

const COUNTERS = [...parameter(TOTAL_BYTES, COUNTER, zeroes(8)), ...parameter(UNCORRECTED, COUNTER, zeroes(4))];
/** Informational exceptions: none, and a temperature that nobody measures. */
const NO_EXCEPTIONS = parameter(0x0000, BINARY_LIST, [0, 0, UNKNOWN, 0]);
const PAGES: readonly (readonly [code: number, parameters: readonly number[]])[] = [
  [WRITE_ERRORS, COUNTERS],
  [READ_ERRORS, COUNTERS],
  [EXCEPTIONS, NO_EXCEPTIONS],
];

/** Which there are, with subpages and without, and each. */
export function logsOf(volume: number): ScsiPage[] {
  const codes = PAGES.map(([code]) => code);
  const list = [0x00, ...codes];
  const sublist = [0x0000, SUBPAGES, ...codes.map((code) => code << 8)].flatMap(half);
  const page = (code: number, bytes: readonly number[]): ScsiPage => ({ volume, kind: PAGE_KIND.LOG, code, bytes });
  return [
    page(0x0000, [DISABLE_SAVE, 0x00, ...half(list.length), ...list]),
    page(SUBPAGES, [DISABLE_SAVE | SUBPAGE_FORMAT, SUBPAGES, ...half(sublist.length), ...sublist]),
    ...PAGES.map(([code, bytes]) => page(code << 8, [DISABLE_SAVE | code, 0x00, ...half(bytes.length), ...bytes])),
  ];
}
