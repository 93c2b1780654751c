/** Instructions of the journal unit: registers in, registers out. */
import { MAX_SECTORS_PER_TRACK } from '../memory/constants.js';
import { type Journals, setWide, wide } from '../units/journals.js';

/** Undefined: done; else why the instruction is a fault. */
export function journalStep(
  journals: Journals,
  m: Int32Array,
  task: number,
  word: number,
  imm: number,
): string | undefined {
  const a = task + ((word >> 8) & 255);
  const b = m[task + ((word >> 16) & 255)] as number;
  const c = task + (word >>> 24);
  switch (word & 255) {
    case 0x80: // jnl.peek
      journals.peek(b, m[c] as number, a);
      return undefined;
    case 0x81: // jnl.learn
      if (!journals.hasRecord(m[a] as number)) return `there is no update ${m[a]}`;
      journals.learn(m[a] as number, b, m[c] as number);
      return undefined;
    case 0x83: // jnl.tell
      if (!journals.hasRecord(m[a] as number)) return `there is no update ${m[a]}`;
      journals.tell(m[a] as number, b, m[c] as number);
      return undefined;
    case 0x84: // copy
      journals.copy(m[a] as number, b, sectorsOf(m[c] as number));
      return undefined;
  }
  if (!journals.has(b)) return `there is no journal ${b}`;
  switch (word & 255) {
    case 0x78: // jnl.find
      m[a] = journals.find(b, wide(m, c));
      break;
    case 0x79: // jnl.room
      m[a] = journals.room(b, sectorsOf(m[c] as number));
      break;
    case 0x7a: // jnl.reserve
      setWide(m, a, journals.reserve(b, sectorsOf(m[c] as number)));
      break;
    case 0x7b: // jnl.data
      return data(journals, b, wide(m, a), m[c] as number, sectorsOf(m[task + imm] as number));
    case 0x7c: // jnl.at
      m[a] = journals.at(b, wide(m, c));
      break;
    case 0x7d: // jnl.drive
      journals.drive(b, wide(m, c), a);
      break;
    case 0x7e: // jnl.info
      m[a] = journals.information(b, wide(m, c));
      break;
    case 0x7f: // jnl.home
      journals.home(b, wide(m, c), a);
      break;
    case 0x82: // jnl.run
      m[a] = journals.run(b, wide(m, c));
      break;
  }
  return undefined;
}

function data(journals: Journals, journal: number, place: number, from: number, sectors: number): string | undefined {
  if (sectors > MAX_SECTORS_PER_TRACK) return `${sectors} sectors at once into a journal`;
  if (sectors > journals.run(journal, place)) return `${sectors} sectors at ${place} go over an edge of the journal`;
  journals.data(journal, place, from, sectors);
  return undefined;
}

/** Of a span: sector | count << 16. */
const sectorsOf = (span: number): number => span >>> 16;
