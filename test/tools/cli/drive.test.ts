import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { driveProfile } from '../../adapters/disk/drive-files.js';

interface Result {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

async function drive(...args: string[]): Promise<Result> {
  try {
    const { stdout, stderr } = await promisify(execFile)('node', ['dist/tools/cli/main.js', 'drive', ...args]);
    return { status: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, out: stdout, err: stderr };
  }
}

const folder = mkdtempSync(join(tmpdir(), 'arraylab-drive-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** On a C2247A: a read from the platter, two of which the buffer has the second; a write. */
const TRACE = 'R Miss 1000 2 9000 5000000\nR Hit 1002 2 1414 5000000\nW Miss 50000 8 17000 100\n';

describe('arraylab drive replay', () => {
  it('says how far the model is from what was measured', async () => {
    const trace = file('some.trace', TRACE);
    const { status, out } = await drive('replay', '--drive', 'hp-c2247a', '--trace', trace, '--json');
    expect(status).toBe(0);
    const said = JSON.parse(out) as Record<'all' | 'reads' | 'writes', Record<string, number>>;
    expect(said).toMatchObject({
      drive: 'hw-profiles/drives/hp-c2247a.json',
      trace,
      all: { requests: 3, measured_us: (9000 + 1414 + 17_000) / 3 },
      reads: { requests: 2, measured_us: (9000 + 1414) / 2 },
      writes: { requests: 1, measured_us: 17_000 },
      disksim_rms_us: 90,
    });
    const { measured_us, model_us, rms_us } = said.writes;
    expect(rms_us).toBeCloseTo(Math.abs(measured_us - model_us), 2);
    const text = (await drive('replay', '--drive', 'hp-c2247a', '--trace', trace)).out;
    expect(text).toContain('0.090 ms rms');
    expect(text).toContain((said.all.rms_us / 1000).toFixed(3));
  });

  it("takes a drive of one's own", async () => {
    const slow = { ...driveProfile('hp-c2247a'), rpm: 100 };
    const trace = file('own.trace', TRACE);
    const { out } = await drive(
      'replay',
      '--drive',
      file('own.json', JSON.stringify(slow)),
      '--trace',
      trace,
      '--json',
    );
    // A turn is 0.6 s.
    expect((JSON.parse(out) as { all: { model_us: number } }).all.model_us).toBeGreaterThan(100_000);
  });

  it('says file and line of what is wrong', async () => {
    const trace = file('bad.trace', `${TRACE}R Hit 9999999 1 1 1\n`);
    const bad = await drive('replay', '--drive', 'hp-c2247a', '--trace', trace);
    expect([bad.status, bad.out]).toEqual([1, '']);
    expect(bad.err).toContain(
      'bad.trace:4: the first sector is "9999999"; it must be a whole number from 0 to 2054863',
    );
    const profile = file('bad.json', JSON.stringify({ ...driveProfile('hp-c2247a'), sectors: 9_999_999 }));
    const sectors = await drive('replay', '--drive', profile, '--trace', file('some.trace', TRACE));
    expect([sectors.status, sectors.out]).toEqual([1, '']);
    expect(sectors.err).toContain('bad.json:1: sectors is 9999999; at most 2054864, which the zones hold, is right');
  });
});

describe('arraylab drive ckd', () => {
  it('says how many records a track holds', async () => {
    const { out } = await drive('ckd', '--device', '3390', '--data', '4096');
    expect(out).toBe('12 records a track of a 3390, 180 a cylinder: each takes 4862 of 58786 bytes\n');
    const json = (await drive('ckd', '--device', '3380', '--data', '4096', '--key', '8', '--json')).out;
    expect(JSON.parse(json)).toMatchObject({ records_per_track: 9, records_per_cylinder: 135, key_bytes: 8 });
  });
});

it.each([
  [[], 'say replay or ckd'],
  [['show'], 'there is no command "show"'],
  [['ckd', 'x'], 'ckd: "x" is too much'],
  [['replay', '--trace', 'x'], '--drive is missing'],
  [['replay', '--drive', 'hp-97560'], '--trace is missing'],
  [['replay', '--data', '1'], 'replay has no --data'],
  [['ckd', '--data', '1'], '--device is missing; it must be 3380 or 3390'],
  [['ckd', '--device', '2314', '--data', '1'], '--device is "2314"; it must be 3380 or 3390'],
  [['ckd', '--device', '3390'], '--data is missing'],
  [['ckd', '--device', '3390', '--data', '65536'], '--data is "65536"; a whole number from 0 to 65535 is wanted'],
  [['ckd', '--device', '3390', '--data', '1e3'], '--data is "1e3"'],
  [['ckd', '--device', '3390', '--data', '1', '--key', '256'], '--key is "256"; a whole number from 0 to 255'],
])('arraylab drive %j is wrong usage', async (args, text) => {
  const { status, out, err } = await drive(...args);
  expect([status, out]).toEqual([2, '']);
  expect(err).toContain(text);
  expect(err).toContain('usage: arraylab drive');
});

it.each([
  [['replay', '--drive', 'no-such', '--trace', 'x'], 'hw-profiles/drives/no-such.json: there is no such file'],
  [['replay', '--drive', 'hp-97560', '--trace', 'no-such'], 'no-such'],
])('arraylab drive %j names the file that is not there', async (args, text) => {
  const { status, out, err } = await drive(...args);
  expect([status, out]).toEqual([1, '']);
  expect(err).toContain(text);
});
