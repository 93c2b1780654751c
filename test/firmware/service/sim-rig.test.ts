/** What the simulator makes of a rig's files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DriveGeometry } from '../../../adapters/disk/model/geometry.js';
import { LinkKind } from '../../../adapters/link/model/wires.js';
import { loadSimRig } from '../../../firmware/service/sim-rig.js';

const folder = mkdtempSync(join(tmpdir(), 'arraylab-sim-rig-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Changes {
  readonly drive?: string;
  readonly size_bytes?: number;
  readonly profile?: string;
  readonly distance_km?: number;
}

/** Two tiny arrays; the first one has a volume of this size on drives of this kind. */
function rig({ drive, size_bytes = 8192, ...link }: Changes): string {
  const volumes = [{ name: 'v', size_bytes }];
  const path = join(folder, 'a.json');
  const arrays = [
    { name: 'A', profile: 'tiny', volumes, ...(drive !== undefined && { drive }) },
    { name: 'B', profile: 'tiny', volumes: [{ name: 'w', size_bytes: 8192 }] },
  ];
  writeFileSync(path, JSON.stringify({ arrays, links: [{ between: ['A', 'B'], ...link }] }));
  return path;
}

describe('a rig of the simulator', () => {
  it('has times by chance where no kind is said', () => {
    const { driveModels, links, directors, slack_us } = loadSimRig(rig({}));
    expect([driveModels, directors]).toEqual([[undefined, undefined], undefined]);
    expect(links.some(({ model }) => model instanceof LinkKind)).toBe(false);
    expect(slack_us).toBeGreaterThan(0);
  });

  it('has drives, links and directors of the kinds that it says', () => {
    const { driveModels, links } = loadSimRig(rig({ drive: 'hp-97560', profile: 'escon', distance_km: 20 }));
    const [model] = driveModels ?? [];
    expect(model instanceof DriveGeometry && model.sectors).toBe(2_647_080);
    const link = links[0]?.model;
    expect(link instanceof LinkKind && [link.oneWay_ns, link.bytesPer_us]).toEqual([100_000, 8.5]);
    const timed = loadSimRig('hundred-km');
    expect([timed.directors?.[0]?.clock_mhz, timed.slack_us]).toEqual([100, 0]);
  });

  it('has three arrays at most, and links as each two of them have', () => {
    const named = (names: string): string => {
      const path = join(folder, 'several.json');
      const arrays = [...names].map((name) => ({ name, profile: 'tiny', volumes: [{ name: 'v', size_bytes: 8192 }] }));
      const links = [...names.slice(1)].map((name) => ({ between: [name, 'A'] }));
      writeFileSync(path, JSON.stringify({ arrays, links }));
      return path;
    };
    expect(loadSimRig(named('ABC')).links.map(({ between }) => between)).toEqual([
      [0, 1],
      [0, 2],
    ]);
    expect(() => loadSimRig(named('ABCD'))).toThrow(
      'rig several has 4 arrays, A, B, C, D; the simulator joins 3 at most',
    );
  });

  it('has no volume that is larger than a drive of its kind', () => {
    const path = rig({ drive: 'hp-97560', size_bytes: 2_147_483_648 });
    expect(() => loadSimRig(path)).toThrow('size_bytes is 2147483648; it must be 1355304960 at most');
  });

  it('has no link that is longer than its kind can be', () => {
    expect(() => loadSimRig(rig({ profile: 'ficon', distance_km: 301 }))).toThrow(/distance_km is 301; .*300/);
  });
});
