/** A microcode fault names an assert by its code: that must say which one it was. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('no two asserts have the same code', () => {
  const places = new Map<string, string[]>();
  for (const name of readdirSync('microcode', { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.uc')) continue;
    for (const [, code = ''] of readFileSync(join('microcode', name), 'utf8').matchAll(/^\s+assert\s+\w+, #(\w+)/gm))
      places.set(code, [...(places.get(code) ?? []), name]);
  }
  expect(places.size).toBeGreaterThan(10);
  expect([...places].filter(([, files]) => files.length > 1)).toEqual([]);
});
