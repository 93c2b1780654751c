/** Random programs of locks and branches: what the assembler says of them, against every state that they can come to. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MICROCODED_ROLES } from '../../../firmware/ports/messages.js';
import { AssemblyError, assembleChecked } from '../../../tools/assembler/assemble.js';
import { program as randomProgram } from './programs.js';

/** `n` is a number to compare with or to load, `to` an instruction to go to, both taken within what there is. */
interface Line {
  readonly does: 'lock' | 'unlock' | 'set' | 'ask' | 'equal' | 'unequal' | 'go' | 'call' | 'leave';
  readonly register: 1 | 2;
  readonly n: number;
  readonly to: number;
}
interface Program {
  readonly main: readonly Line[];
  readonly sub: readonly Line[];
}

/** What is asked of memory may be any number: one that no instruction names stands for all others. */
const ASKED = [0, 1, 2, 3];
/** More locks than this are counted as many by the assembler. */
const COUNTED = 2;

function line(registers: readonly (1 | 2)[]): fc.Arbitrary<Line> {
  const does = fc.constantFrom<Line['does'][]>(
    'lock',
    'unlock',
    'set',
    'ask',
    'equal',
    'unequal',
    'go',
    'call',
    'leave',
  );
  const n = fc.integer({ min: 0, max: 2 });
  return fc.record({ does, register: fc.constantFrom(...registers), n, to: fc.nat({ max: 15 }) });
}

const program = (registers: readonly (1 | 2)[]): fc.Arbitrary<Program> =>
  fc.record({
    main: fc.array(line(registers), { minLength: 1, maxLength: 12 }),
    sub: fc.array(line(registers), { minLength: 1, maxLength: 6 }),
  });

function textOf(lines: readonly Line[], leave: string): string[] {
  const targets = new Set(lines.map((l) => l.to % lines.length));
  const of = ({ does, register, n, to }: Line): string => {
    const label = `l${to % lines.length}`;
    switch (does) {
      case 'lock':
      case 'unlock':
        return `${does} r0`;
      case 'set':
        return `ldi r${register}, #${n}`;
      case 'ask':
        return `ld r${register}, track.flags[r0]`;
      case 'equal':
      case 'unequal':
        return `${does === 'equal' ? 'br.eq' : 'br.ne'} r${register}, #${n}, ${label}`;
      case 'go':
        return `br ${label}`;
      case 'call':
        return leave === 'end' ? 'call s' : 'mov r3, r0';
      default:
        return leave;
    }
  };
  // A label that nothing goes to is an error; each is gone to once more behind the end.
  const all = lines.flatMap((l, i) => (targets.has(i) ? [`l${i}:`, ` ${of(l)}`] : [` ${of(l)}`]));
  return [...all, ` ${leave}`, ...[...targets].map((i) => ` br l${i}`)];
}

function saysOf({ main, sub }: Program): boolean {
  const lines = [
    ...['role data', 'on OFFER', ' ldi r1, #0', ' ldi r2, #0', ...textOf(main, 'end'), ' br over', 'over:', ' end'],
    ...['sub s', ' holds lock "random"', ' gives lock "random"', ...textOf(sub, 'ret'), ' ret'],
  ];
  try {
    assembleChecked('data', [{ path: 'x.uc', text: lines.join('\n') }]);
  } catch (error) {
    if (!(error instanceof AssemblyError)) throw error;
    return error.list.some((p) => p.text.includes('the lock of a track'));
  }
  return false;
}

/** By every state that the program can come to: is a lock given back that is not held, or held at the end? And how many at most? */
function goesWrong({ main, sub }: Program): { isWrong: boolean; most: number } {
  const first = { back: -1, at: 0, held: 0, r: [0, 0, 0] };
  const seen = new Map([[JSON.stringify(first), first]]);
  let isWrong = false;
  let most = 0;
  const add = (state: typeof first): void => {
    most = Math.max(most, state.held);
    const key = JSON.stringify(state);
    if (state.held <= COUNTED && !seen.has(key)) seen.set(key, state);
  };
  for (const s of seen.values()) {
    const lines = s.back < 0 ? main : sub;
    const l = lines[s.at] ?? { does: 'leave', register: 1, n: 0, to: 0 };
    const next = { ...s, at: s.at + 1 };
    const set = (n: number): number[] => s.r.map((old, i) => (i === l.register ? n : old));
    const isEqual = s.r[l.register] === l.n;
    const isTaken = l.does === 'go' || (l.does === 'equal' && isEqual) || (l.does === 'unequal' && !isEqual);
    if (isTaken) add({ ...s, at: l.to % lines.length });
    else if (l.does === 'lock') add({ ...next, held: s.held + 1 });
    else if (l.does === 'unlock' && s.held === 0) isWrong = true;
    else if (l.does === 'unlock') add({ ...next, held: s.held - 1 });
    else if (l.does === 'set') add({ ...next, r: set(l.n) });
    else if (l.does === 'ask') for (const n of ASKED) add({ ...next, r: set(n) });
    else if (l.does === 'call' && s.back < 0) add({ ...s, back: s.at + 1, at: 0 });
    else if (l.does === 'leave' && s.back >= 0) add({ ...s, back: -1, at: s.back });
    else if (l.does === 'leave') isWrong ||= s.held > 0;
    else add(next);
  }
  return { isWrong, most };
}

test('random programs of all instructions are walked to the end', () => {
  fc.assert(
    fc.property(fc.constantFrom(...MICROCODED_ROLES), fc.infiniteStream(fc.nat()), (role, numbers) => {
      const sources = randomProgram((n) => numbers.next().value % n, role);
      try {
        assembleChecked(role, sources);
      } catch (error) {
        expect(error).toBeInstanceOf(AssemblyError);
      }
    }),
    { numRuns: 300 },
  );
});

test('code of which every register may be written or not comes to an end soon', () => {
  const lines = Array.from({ length: 14 }, (_, i) => ` br.eq r0, #${i}, l${i}\n ldi r${i + 2}, #1\nl${i}:`);
  const reads = Array.from({ length: 14 }, (_, i) => ` mov r1, r${i + 2}`);
  const text = `role data\non OFFER\n${lines.join('\n')}\n${reads.join('\n')}\n end`;
  const check = (): unknown => assembleChecked('data', [{ path: 'x.uc', text }]);
  expect(check).toThrow('r2 is read here, and nothing has written it');
  expect(check).toThrow('r15 is read here, and nothing has written it');
});

test('of one register the assembler says exactly what can go wrong', () => {
  fc.assert(
    fc.property(program([1]), (p) => {
      const { isWrong, most } = goesWrong(p);
      fc.pre(most <= COUNTED);
      expect(saysOf(p)).toBe(isWrong);
    }),
    { numRuns: 1000 },
  );
});

test('of two, which it follows apart, it misses nothing that can go wrong', () => {
  fc.assert(
    fc.property(program([1, 2]), (p) => {
      const { isWrong, most } = goesWrong(p);
      fc.pre(most <= COUNTED);
      if (isWrong) expect(saysOf(p)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});
