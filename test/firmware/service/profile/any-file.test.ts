/** Whatever stands in a file, reading it gives a rig or a ProfileError whose lines are the file's. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ProfileError } from '../../../../firmware/service/profile/problems.js';
import { rigOf, shelf } from './files.js';

type Json = string | number | boolean | null | Json[] | { [field: string]: Json };

/** Every place of a value. */
function placesIn(value: Json, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([at, inner]) => placesIn(inner as Json, [...path, at]))];
}

/** The value with another one at a place; undefined: nothing there. */
function changed(value: Json, [at, ...rest]: readonly (string | number)[], other: Json | undefined): Json | undefined {
  if (at === undefined) return other;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string | number, Json>;
  const inner = changed(copy[at], rest, other);
  if (inner === undefined) delete copy[at];
  else copy[at] = inner;
  return Array.isArray(value) ? (Object.values(copy) as Json[]) : copy;
}

function expectRigOrProblems(files: Readonly<Record<string, string>>): void {
  try {
    rigOf(files);
  } catch (error) {
    expect(error).toBeInstanceOf(ProfileError);
    const { problems } = error as ProfileError;
    expect(problems.length).toBeGreaterThan(0);
    for (const { file, line, message } of problems) {
      const text = Object.entries(files).find(([name]) => file.endsWith(name))?.[1];
      expect(message).not.toBe('');
      if (text !== undefined) expect(line).toBeLessThanOrEqual(text.split('\n').length);
    }
  }
}

const rig: Json = {
  arrays: [
    {
      name: 'A',
      profile: './own.json',
      drive: './drive.json',
      volumes: [{ name: 'a', size_bytes: 8192, pair: { to: 'B:a', recipe: 'track-mirror' } }],
      roles: { data: 'ca1' },
    },
    { name: 'B', profile: 'tiny', volumes: [{ name: 'a', size_bytes: 8192, format: 512 }] },
  ],
  links: [{ between: ['A', 'B'], profile: './link.json', distance_km: 3, port: 7000 }],
};
const files: Readonly<Record<string, Json>> = {
  'rig.json': rig,
  'own.json': { ...shelf('arrays', 'hitachi-usp-v'), sectors_per_track: 4 } as Json,
  'drive.json': shelf('drives', 'hp-97560') as Json,
  'link.json': shelf('links', 'escon') as Json,
};
const texts = Object.fromEntries(Object.entries(files).map(([name, value]) => [name, JSON.stringify(value, null, 1)]));

it('with another value in any place', () => {
  const places = Object.entries(files).flatMap(([name, value]) => placesIn(value).map((path) => ({ name, path })));
  const other = fc.oneof(
    fc.constant(undefined),
    fc.jsonValue() as fc.Arbitrary<Json>,
    fc.constantFrom<Json>(0, -1, 1, 2, 0.5, 1e300, '', 'A', 'B:a', '__proto__', '../../', '\0', 'tiny', [], {}),
  );
  const change = fc.record({ place: fc.constantFrom(...places), other });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      const now = { ...files };
      for (const { place, other: value } of changes) {
        const known = placesIn(now[place.name] as Json).some((path) => path.join('/') === place.path.join('/'));
        if (known) now[place.name] = changed(now[place.name] as Json, place.path, value) ?? null;
      }
      const entries = Object.entries(now).map(([name, value]) => [name, JSON.stringify(value, null, 1)]);
      expectRigOrProblems(Object.fromEntries(entries));
    }),
    { numRuns: 400 },
  );
});

it('with any of its text cut out, or something put in', () => {
  const edit = fc.record({
    name: fc.constantFrom(...Object.keys(texts)),
    at: fc.nat(2000),
    cut: fc.nat(40),
    put: fc.oneof(
      fc.constantFrom('', '{', '}', '[', ',', '"', '//', '\n', '1e999', '"a":1,'),
      fc.string({ maxLength: 8 }),
    ),
  });
  fc.assert(
    fc.property(edit, ({ name, at, cut, put }) => {
      const text = texts[name];
      expectRigOrProblems({ ...texts, [name]: text.slice(0, at) + put + text.slice(at + cut) });
    }),
    { numRuns: 400 },
  );
});

it('unchanged, which is a rig', () => {
  expect(rigOf(texts).arrays[0]).toMatchObject({ roles: { data: 'ca1' }, drive: { heads: 19 } });
});
