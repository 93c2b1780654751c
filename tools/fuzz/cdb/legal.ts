/** Which endings the standards know for a command (SPC-6, SBC-4), whatever its state: statuses, sense codes, how many bytes, where a field pointer may point. */
import { type Answer, CHECK, CONDITION_MET, CONFLICT, type Command, GOOD, NO_STATUS, TASK_ABORTED } from './command.js';
import { cdbBytes, get } from './layouts.js';

/** Of every command of a unit: what the unit is at, and what initiators have to hear. */
const ANY = ['5/20/00', '5/24/00', '5/25/00', '5/49/00', '2/04/04', '2/04/1b', '2/04/02', '2/3a/00'];
const ATTENTIONS = [
  '29/00',
  '29/03',
  '29/07',
  '2a/01',
  '2a/03',
  '2a/04',
  '2a/05',
  '2a/09',
  '2f/00',
  '28/00',
  '3f/03',
  '3f/0e',
].map((code) => `6/${code}`);
const PROTECTED = ['7/27/00', '7/27/01', '7/27/02'];
const RANGE = '5/21/00';
const LIST = ['5/1a/00', '5/26/00'];
const BESIDES: Readonly<Record<number, readonly string[]>> = {
  66: [RANGE, ...LIST],
  21: LIST,
  85: LIST,
  4: LIST,
  72: LIST,
  95: [...LIST, '5/26/04', '5/55/04'],
  26: ['5/39/00'],
  90: ['5/39/00'],
  27: ['5/53/02'],
  131: [...LIST, '5/26/06', '5/26/07', '5/26/08', '5/26/09', '5/26/0b', 'a/08/04', 'a/00/00', 'a/0d/01', 'a/21/00'],
  158: [RANGE],
  37: [RANGE],
};
const COMPARES = [0x2f, 0xaf, 0x8f, 0x2e, 0xae, 0x8e, 0x89];
const MISCOMPARED = 'e/1d/00';

/** What is wrong with such an ending of such a command; undefined: nothing. */
export function faultOf(command: Command, answer: Answer, mayAbort: boolean): string | undefined {
  const { status, sense, data } = answer;
  const { allocation } = command.layout ?? {};
  if (allocation && data.length > get(command.cdb, allocation))
    return `${data.length} bytes are more than the allocation length`;
  if (allocation && status === GOOD && data.length !== Math.min(answer.wanted, command.inBytes))
    return `${data.length} bytes, where ${answer.wanted} are wanted and ${command.inBytes} taken`;
  switch (status) {
    case GOOD:
    case CONFLICT:
      return undefined;
    case CONDITION_MET:
      return command.cdb[0] === 0x34 || command.cdb[0] === 0x90 ? undefined : 'CONDITION MET';
    case NO_STATUS:
    case TASK_ABORTED:
      return mayAbort ? undefined : 'nobody aborted it';
    case CHECK:
      return senseFault(command, sense) ?? pointerFault(command, answer);
    default:
      return 'no such status';
  }
}

function senseFault({ cdb, layout }: Command, sense: string): string | undefined {
  if (ANY.includes(sense) || ATTENTIONS.includes(sense)) return undefined;
  if ((layout === undefined || layout.writes) && PROTECTED.includes(sense)) return undefined;
  if (layout === undefined) return `${sense} of an operation that is not there`;
  if (layout.lba && sense === RANGE) return undefined;
  if (BESIDES[layout.code]?.includes(sense)) return undefined;
  if (COMPARES.includes(cdb[0] ?? 0) && sense === MISCOMPARED) return undefined;
  return `sense ${sense} is not one of this command`;
}

function pointerFault({ cdb, out }: Command, { sense, pointer }: Answer): string | undefined {
  if (pointer === undefined) return undefined;
  if (sense === '5/24/00') {
    if (!pointer.inCdb) return 'INVALID FIELD IN CDB points into the parameter list';
    return pointer.byte < cdbBytes(cdb[0] ?? 0) ? undefined : `points at byte ${pointer.byte} of the CDB`;
  }
  if (!sense.startsWith('5/26')) return `${sense} has a field pointer`;
  if (pointer.inCdb) return 'INVALID FIELD IN PARAMETER LIST points into the CDB';
  return pointer.byte < (out?.length ?? 0)
    ? undefined
    : `points at byte ${pointer.byte} of a list of ${out?.length ?? 0}`;
}
