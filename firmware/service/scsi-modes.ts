/** Mode pages of a unit (SPC-6, 7.5; SBC-4, 6.5), as bytes: what is so at power on, and which bits hosts may change. */
import { PAGE_KIND } from '../memory/scsi.js';
import type { ScsiPage } from '../runtime/machine/scsi-config.js';

export interface ModeDefaults {
  /** WCE: a write has its status when it is in cache. */
  readonly writeCache: boolean;
  /** D_SENSE: sense data are descriptors. */
  readonly descriptorSense: boolean;
}

interface ModePage {
  readonly page: number;
  readonly subpage: number;
  readonly bytes: readonly number[];
  /** Bits that may be changed, by byte. */
  readonly changeable: Readonly<Record<number, number>>;
}

const zeroes = (n: number): number[] => new Array<number>(n).fill(0);
const SUBPAGE_FORMAT = 0x40;

/** With its header; so many bytes in all. */
function page(page: number, length: number, set: Readonly<Record<number, number>>, changeable: ModePage['changeable']) {
  const bytes = [page, length - 2, ...zeroes(length - 2)];
  for (const [at, value] of Object.entries(set)) bytes[Number(at)] = value;
  return { page, subpage: 0, bytes, changeable };
}

const WCE = 0x04;
const D_SENSE = 0x04;
const GLTSD = 0x02;
const UNRESTRICTED_REORDERING = 0x10;
const SWP = 0x08;
const TAS = 0x40;
const REASSIGNS = 0xc0;
const NO_EXCEPTIONS = 0x08;
const NO_LIMIT = 0xff;

function modePages({ writeCache, descriptorSense }: ModeDefaults): ModePage[] {
  const control = { 2: GLTSD | (descriptorSense ? D_SENSE : 0), 3: UNRESTRICTED_REORDERING, 8: NO_LIMIT, 9: NO_LIMIT };
  const extension = [SUBPAGE_FORMAT | 0x0a, 0x01, 0x00, 0x1c, ...zeroes(28)];
  return [
    // Read-write error recovery: what cannot be read comes from the other side, and is written anew (AWRE, ARRE).
    page(0x01, 12, { 2: REASSIGNS }, {}),
    page(0x08, 20, { 2: writeCache ? WCE : 0 }, { 2: WCE }),
    page(0x0a, 12, control, { 2: D_SENSE, 4: SWP, 5: TAS }),
    { page: 0x0a, subpage: 0x01, bytes: extension, changeable: {} },
    // Informational exceptions: none is told (DEXCPT).
    page(0x1c, 12, { 2: NO_EXCEPTIONS }, {}),
  ];
}

/** Of each mode page three pages, in ascending order: as it is, what may be changed, as it is at power on. */
export function modesOf(volume: number, defaults: ModeDefaults): ScsiPage[] {
  return modePages(defaults).flatMap(({ page, subpage, bytes, changeable }) => {
    const code = (page << 8) | subpage;
    const header = subpage === 0 ? 2 : 4;
    const mask = bytes.map((byte, at) => (at < header ? byte : (changeable[at] ?? 0)));
    return [
      { volume, kind: PAGE_KIND.MODE, code, bytes },
      { volume, kind: PAGE_KIND.MODE_CHANGEABLE, code, bytes: mask },
      { volume, kind: PAGE_KIND.MODE_DEFAULT, code, bytes },
    ];
  });
}
