/** Where breaks stand: lines, labels and messages of the microcode that arrays run. */
import { describe, expect, test } from 'vitest';
import type { Where } from '../../../../../firmware/runtime/machine/debug/target.js';
import { readSources } from '../../../../../tools/assembler/load-sources.js';
import { desk } from './desk.js';

const { inspector } = desk();
const SOURCE = readSources('microcode', 'data').find(({ path }) => path === 'microcode/base/data/write.uc');
const LINES = SOURCE?.text.split('\n') ?? [];
/** Line of the source that begins so, from 1. */
const lineOf = (text: string): number => LINES.findIndex((line) => line.trim().startsWith(text)) + 1;

const shown = (where: Where): string[] =>
  inspector.places(where).map(({ place }) => `${place.array}:${place.file}:${place.line} ${place.scope}`);

describe('a line', () => {
  test('stands in every array', () => {
    const line = lineOf('gen.bump');
    expect(shown({ on: 'line', file: 'microcode/base/data/write.uc', line })).toEqual([
      `A:microcode/base/data/write.uc:${line} on WRITE`,
      `B-2:microcode/base/data/write.uc:${line} on WRITE`,
    ]);
  });

  test('stands in one array, if that is named', () => {
    const line = lineOf('gen.bump');
    expect(shown({ on: 'line', file: 'base/data/write.uc', line, array: 'B-2' })).toEqual([
      `B-2:microcode/base/data/write.uc:${line} on WRITE`,
    ]);
  });

  test('without an instruction gives way to the next that has one', () => {
    const label = lineOf('merged:');
    expect(shown({ on: 'line', file: 'data/write.uc', line: label, array: 'A' })).toEqual([
      `A:microcode/base/data/write.uc:${label + 1} on WRITE`,
    ]);
  });

  test('behind the last instruction is refused', () => {
    expect(() => inspector.places({ on: 'line', file: 'data/write.uc', line: 9999 })).toThrow(
      /^microcode\/base\/data\/write\.uc has no instruction at or after line 9999; its last one is in line \d+$/,
    );
  });

  test('of a file that several could be is refused with them', () => {
    expect(() => inspector.places({ on: 'line', file: 'journal.uc', line: 1 })).toThrow(
      '"journal.uc" may be microcode/ack/journal.uc or microcode/apply/journal.uc or microcode/base/data/journal.uc or',
    );
  });

  test('of a file that there is not is refused with those of a like name', () => {
    expect(() => inspector.places({ on: 'line', file: 'data/boots.uc', line: 1 })).toThrow(
      /^there is no file data\/boots.uc/,
    );
    expect(() => inspector.places({ on: 'line', file: 'point-in', line: 1 })).toThrow(
      'there is no file point-in in what the roles run; there are microcode/ack/point-in-time.uc',
    );
  });

  test('0 is none', () => {
    expect(() => inspector.places({ on: 'line', file: 'data/write.uc', line: 0 })).toThrow('lines count from 1');
  });
});

describe('a label', () => {
  test('of a file', () => {
    expect(shown({ on: 'label', label: 'base/data/write.uc:merged', array: 'A' })).toEqual([
      `A:microcode/base/data/write.uc:${lineOf('merged:') + 1} on WRITE`,
    ]);
  });

  test('may be a handler, a sub or a hook, by its name or its title', () => {
    const begin = lineOf('ld    pair, volume.pair[volume]');
    expect(shown({ on: 'label', label: 'WRITE', array: 'A' })).toEqual([
      `A:microcode/base/data/write.uc:${begin} on WRITE`,
    ]);
    expect(shown({ on: 'label', label: 'on WRITE' })).toEqual(shown({ on: 'label', label: 'WRITE' }));
    const hooks = shown({ on: 'label', label: 'commit', array: 'A' });
    expect(hooks.length).toBeGreaterThan(3);
    expect(hooks.every((place) => / hook commit of commit\//.test(place))).toBe(true);
    expect(shown({ on: 'label', label: 'commit/owed.uc:commit', array: 'A' })).toHaveLength(1);
  });

  test('that stands in several files is refused with them', () => {
    expect(() => inspector.places({ on: 'label', label: 'merged' })).toThrow(
      /^label merged stands in several files: .*base\/data\/write\.uc:merged/,
    );
  });

  test('that a file does not have is refused with those that it has', () => {
    expect(() => inspector.places({ on: 'label', label: 'base/data/write.uc:merge' })).toThrow(
      /^microcode\/base\/data\/write\.uc has no label, handler, sub or hook merge; it has WRITE, admitted, locked, held/,
    );
    expect(() => inspector.places({ on: 'label', label: 'no_such_place' })).toThrow('there is no label');
  });
});

describe('other places', () => {
  test('a message is where its handler begins', () => {
    expect(shown({ on: 'message', kind: 'WRITE' })).toEqual(shown({ on: 'label', label: 'WRITE' }));
    expect(shown({ on: 'message', kind: 'GOT' })).toEqual([]);
    expect(() => inspector.places({ on: 'message', kind: 'WRIT' })).toThrow(
      'there is no message WRIT; there are COMMAND',
    );
  });

  test('an instruction of a role', () => {
    expect(shown({ on: 'instruction', role: 'data', instruction: 0, array: 'A' })).toHaveLength(1);
    expect(() => inspector.places({ on: 'instruction', role: 'data', instruction: 99_999 })).toThrow(
      /^role data has no instruction 99999; it has 0 to \d+$/,
    );
    expect(() => inspector.places({ on: 'instruction', role: 'service', instruction: 0 })).toThrow('runs no microcode');
  });

  test('what has no place in the code has none, and its words are checked', () => {
    expect(inspector.places({ on: 'watch', what: 'M2 A:v0:17' })).toEqual([]);
    expect(() => inspector.places({ on: 'watch', what: '1 + 1' })).toThrow(
      "'1 + 1' is a number, not a place in memory",
    );
    expect(inspector.places({ on: 'state', when: 'pair B-2:v0 is PSUE' })).toEqual([]);
    expect(() => inspector.places({ on: 'state', when: 'pair A:v9 is PSUE' })).toThrow('there is no volume A:v9');
    expect(() => inspector.places({ on: 'state', when: 'pair A:v0 is PSUX' })).toThrow(
      'condition \'pair A:v0 is PSUX\': word 4 is "PSUX" (column 14)',
    );
  });

  test('of an array that there is not are refused', () => {
    expect(() => inspector.places({ on: 'label', label: 'WRITE', array: 'C' })).toThrow(
      'there is no array C; there are A, B-2',
    );
  });

  test('a state of the arrays holds as long as it is so', () => {
    const d = desk();
    const holds = d.inspector.state('pair A:v0 is PSUS');
    expect(holds()).toBe(false);
    d.a.set('pair.state', 0, 3);
    expect(holds()).toBe(true);
  });
});
