/** Log pages of a unit (SPC-6, 7.3), as bytes: those that are true of it. */
import { PAGE_KIND } from '../memory/scsi.js';
import type { ScsiPage } from '../runtime/machine/scsi-config.js';

const EXCEPTIONS = 0x2f;
const SUBPAGES = 0xff;
const SUBPAGE_FORMAT = 0x40;
const DISABLE_SAVE = 0x80;
const BINARY_LIST = 0x03;
const UNKNOWN = 0xff;

const half = (n: number): number[] => [(n >> 8) & 255, n & 255];

/** Which there are, with subpages and without; informational exceptions: none, and a temperature that nobody measures. */
export function logsOf(volume: number): ScsiPage[] {
  const exceptions = [...half(0), BINARY_LIST, 4, 0, 0, UNKNOWN, 0];
  const list = [0x00, EXCEPTIONS];
  const sublist = [...half(0x0000), ...half(SUBPAGES), ...half(EXCEPTIONS << 8)];
  const page = (code: number, bytes: readonly number[]): ScsiPage => ({ volume, kind: PAGE_KIND.LOG, code, bytes });
  return [
    page(0x0000, [0x00, 0x00, ...half(list.length), ...list]),
    page(SUBPAGES, [SUBPAGE_FORMAT, SUBPAGES, ...half(sublist.length), ...sublist]),
    page(EXCEPTIONS << 8, [DISABLE_SAVE | EXCEPTIONS, 0x00, ...half(exceptions.length), ...exceptions]),
  ];
}
