import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseOptions, selected } from '../../../tools/conformance/options.js';

const TESTS = ['Read6.Simple', 'Read6.BeyondEol', 'Read10.Simple', 'Read10.BeyondEol', 'Write10.Simple'];
const URL = 'iscsi://127.0.0.1:3260/iqn.2026-11.example.arraylab:a/0';

describe('options of npm run conformance', () => {
  test('shares are disjoint, and together they are all tests', () => {
    const asked = fc.record({ of: fc.integer({ min: 1, max: 9 }), tests: fc.nat({ max: 40 }) });
    fc.assert(
      fc.property(asked, ({ of, tests: count }) => {
        const tests = Array.from({ length: count }, (_, i) => `Family.Test${i}`);
        const shares = Array.from({ length: of }, (_, i) => selected(tests, { share: { part: i + 1, of } }));
        expect(shares.flat().sort()).toEqual([...tests].sort());
        const sizes = shares.map((share) => share.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('a family is all of its tests, and a test is that one', () => {
    expect(selected(TESTS, { only: ['Read10', 'Read6.BeyondEol'] })).toEqual(TESTS.slice(1, 4));
  });

  test('a name that the suite does not have is refused, with the families that it has', () => {
    expect(() => selected(TESTS, { only: ['Read1'] })).toThrow('"Read1", which is no family');
    expect(() => selected(TESTS, { only: ['Read1'] })).toThrow('families: Read6, Read10, Write10');
  });

  test.each(['/dev/sda', 'sda', 'iscsi://127.0.0.1', `${URL}x`, `iscsi://h/iqn.a/0 /dev/sda`])(
    'what is no iSCSI URL of a unit is refused: the suite would erase %s',
    (url) => {
      expect(() => parseOptions(['--url', url])).toThrow(`--url is "${url}"; it must be iscsi://`);
      expect(() => parseOptions(['--url', URL, '--url2', url])).toThrow('--url2 is');
      expect(() => parseOptions(['--url', URL, '--removable', url])).toThrow('--removable is');
    },
  );

  test('a unit has two paths: the second one is the first once more, unless it is named', () => {
    const other = URL.replace('3260', '3270');
    expect(parseOptions(['--url', URL])?.target?.plain).toEqual({ url: URL, url2: URL });
    expect(parseOptions(['--url', URL, '--url2', other])?.target?.plain).toEqual({ url: URL, url2: other });
  });

  test('what is of another target is refused where none is named', () => {
    expect(() => parseOptions(['--read-only', URL])).toThrow('--read-only is of a target that --url names');
  });

  test.each(['0/3', '4/3', '1/0', '1', 'a/b'])('a share that is none is refused: %s', (share) => {
    expect(() => parseOptions(['--share', share])).toThrow(`--share is "${share}"; it must be I/N`);
  });

  test('both ways, unless one is asked for', () => {
    expect(parseOptions([])?.ways).toEqual(['apart', 'together']);
    expect(parseOptions(['--together'])?.ways).toEqual(['together']);
    expect(parseOptions(['--apart', '--together'])?.ways).toEqual(['apart', 'together']);
  });
});
