/** What the assembler says of the package's own microcode, and of it with something taken out. */
import { describe, expect, test } from 'vitest';
import { MICROCODED_ROLES, type Role } from '../../../firmware/ports/messages.js';
import { assembleChecked } from '../../../tools/assembler/assemble.js';
import { MICROCODE_ROOT, readSources } from '../../../tools/assembler/load-sources.js';
import { PLANTS } from '../../plants.js';
import { told } from './flow-problems.js';

describe('the microcode of the package', () => {
  const sourcesOf = (role: Role) => readSources(MICROCODE_ROOT, role);

  test.each(MICROCODED_ROLES)('of role %s has nothing that a check finds', (role) => {
    expect(() => assembleChecked(role, sourcesOf(role))).not.toThrow();
  });

  test.each([
    ['unlock-forgotten', 'sub take_in goes back with the lock of a track (since line 11), not as it was called'],
    ['stored-credit-lost', 'the task ends with the credit of a write that came (since line 88)'],
    ['flags-after-merge', 'is without M1 write pending set before on this way'],
    ['restored-without-lock', 'is without the lock of a track on this way'],
    ['m1-before-sync', 'DESTAGED may say OK without a sync of the drive'],
    ['list-not-synced', 'LISTED may say OK without a sync of the drive'],
    ['changed-before-the-drive', 'nothing comes to this br'],
    ['owed-in-pair', 'nothing comes to this ldi, nor to the lines after it up to 15'],
    ['lost-cache-not-told', 'nothing comes to this ldi'],
    ['entry-not-redone', 'nobody calls sub redo'],
    ['restored-and-not-handed-on', 'nobody calls sub hand_over'],
  ])('with the planted bug %s is found, where it is, and nothing else', (name, text) => {
    const plant = PLANTS.find((p) => p.name === name);
    if (!plant) throw new RangeError(`${name} is no planted bug`);
    const path = `microcode/${plant.file}`;
    const role = MICROCODED_ROLES.find((r) => sourcesOf(r).some((s) => s.path === path)) as Role;
    const edited = sourcesOf(role).map((source) =>
      source.path === path ? { ...source, text: source.text.replace(plant.find, () => plant.replace) } : source,
    );
    const lines = told(() => assembleChecked(role, edited));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(line).toContain(text);
      expect(line.startsWith(`${path}:`)).toBe(true);
    }
  });

  /** Lines that take, give back, ask, wait or answer. */
  const NEEDED =
    /^\s+(lock|unlock|slot\.(grant|give|pin|unpin) |post +(GIVE|UNPIN|CLEAN|STATUS|RECEIVED|PUSH) |reply|call +(give_buffer|take_buffer|label_out|let_go)$|wait |send )/;

  test.each([
    ['channel', 1],
    ['cache', 1],
    ['disk', 1],
    ['remote', 1],
    ['data', 12],
  ] as const)(
    'of role %s lacks none of what it takes, gives back, asks, waits for and answers (each line, or one of %i)',
    (role, step) => {
      const sources = sourcesOf(role);
      const places = sources.flatMap((s) =>
        s.text.split('\n').flatMap((l, i) => (NEEDED.test(l) ? [[s, i] as const] : [])),
      );
      const missed = places.flatMap(([source, at], n) => {
        if (n % step !== 0) return [];
        const lines = source.text.split('\n');
        const text = lines.map((l, i) => (i === at ? '' : l)).join('\n');
        const found = told(() =>
          assembleChecked(
            role,
            sources.map((s) => (s === source ? { ...s, text } : s)),
          ),
        );
        return found.length > 0 ? [] : [`${source.path}: ${lines[at].trim()}`];
      });
      // How many slots a destage takes nobody counts.
      expect(missed).toEqual(role === 'cache' ? ['microcode/base/cache/take.uc: slot.pin slot'] : []);
    },
  );
});
