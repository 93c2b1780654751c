import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { shelf, shelfText } from '../../firmware/service/profile/files.js';

interface Result {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

const MAIN = resolve('dist/tools/cli/main.js');
/** Where the commands run: outside of the package. */
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'arraylab-profile-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: unknown): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`);
}

async function profile(...args: string[]): Promise<Result> {
  try {
    const { stdout, stderr } = await promisify(execFile)('node', [MAIN, 'profile', ...args], { cwd: folder });
    return { status: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, out: stdout, err: stderr };
  }
}

/** A rig, an array and a drive of a user, each in a folder of its own. */
function writeOwn(drive: Record<string, unknown> = shelf('drives', 'hp-97560')): void {
  const volumes = [{ name: 'data0', size_bytes: 8192 }];
  const { sources, ...tiny } = shelf('arrays', 'tiny');
  write('rigs/mine.json', {
    $schema: './rig.schema.json',
    arrays: [{ name: 'A', profile: '../arrays/mine.json', volumes }],
  });
  write('arrays/mine.json', {
    ...tiny,
    drive: '../drives/mine.json',
    sources: { ...(sources as object), drive: 'uncalibrated' },
  });
  write('drives/mine.json', drive);
}

describe('arraylab profile list', () => {
  it('names the profiles of each kind, or of one', async () => {
    const all = JSON.parse((await profile('list', '--json')).out) as { kind: string; name: string }[];
    const names = all.map(({ kind, name }) => `${kind} ${name}`);
    expect(names).toEqual(
      expect.arrayContaining([
        'array symmetrix-4',
        'array dmx',
        'array tiny',
        'drive hp-97560',
        'link escon',
        'rig pair',
      ]),
    );
    const links = (await profile('list', '--kind', 'link')).out.trim().split('\n').slice(1);
    expect(links.length).toBe(all.filter(({ kind }) => kind === 'link').length);
    for (const line of links) expect(line).toMatch(/^link {2,}\S+ {2,}\S/);
  });
});

describe('arraylab profile show', () => {
  it('tells each figure with unit, confidence and source, and what follows from them', async () => {
    const { status, out } = await profile('show', 'hitachi-usp-v');
    expect(status).toBe(0);
    expect(out).toMatch(/^host_write_pending_percent +70 +percent +R +read: Hitachi USP V, one source; /m);
    expect(out).toMatch(/^journal\.volume_bytes +67108864 +bytes +U +uncalibrated \(not used: no microcode /m);
    expect(out).toMatch(/^track_bytes +65536 +bytes +sectors_per_track × 512$/m);
    expect(out).toMatch(/^host_write_pending_slots +358 +slots /m);
  });

  it('tells of everything that a rig refers to, each once', async () => {
    const { out } = await profile('show', 'symmetrix-4-pair', '--json');
    const sections = JSON.parse(out) as { kind: string; file: string; figures: object[]; computed: object[] }[];
    expect(sections.map(({ kind, file }) => `${kind} ${file}`)).toEqual([
      'rig hw-profiles/rigs/symmetrix-4-pair.json',
      'array hw-profiles/arrays/symmetrix-4.json',
      'drive hw-profiles/drives/st41601n.json',
      'link hw-profiles/links/escon.json',
    ]);
    const [rig, , , escon] = sections;
    expect(rig.figures).toContainEqual(
      expect.objectContaining({ field: 'arrays[1].volumes[1].pair.to', value: 'A:work0' }),
    );
    expect(rig.computed).toContainEqual(expect.objectContaining({ field: 'links[1].light_us', value: 100 }));
    expect(escon.figures).toContainEqual({
      field: 'droop.knee_km',
      value: 9,
      unit: 'km',
      confidence: 'R',
      source: 'read: Cisco ONS 15530 guide',
      unused: false,
    });
  });

  it('counts the bytes of a drive to the last one', async () => {
    const { out } = await profile('show', 'atlas-10k');
    // 17,938,986 sectors of 512 bytes.
    expect(out).toMatch(/^capacity_bytes +9184760832 +bytes /m);
  });

  it('says where a file that is referred to is no JSON, as check does', async () => {
    writeOwn();
    write('drives/mine.json', '{\n  "heads": 19,\n');
    const { status, out, err } = await profile('show', 'rigs/mine.json');
    expect([status, out, err]).toEqual([1, '', expect.stringMatching(/^drives\/mine\.json:3: this is not JSON: /)]);
    write('nothing.json', 'null');
    const nothing = await profile('show', 'nothing.json', '--kind', 'drive');
    expect([nothing.status, nothing.err]).toEqual([
      1,
      expect.stringMatching(/^nothing\.json:1: the file is null; it must be an object with /),
    ]);
  });

  it('shows the source of a figure in a list', async () => {
    const { sources, ...drive } = shelf('drives', 'hp-97560');
    writeOwn({ ...drive, sources: { ...(sources as object), 'zones.last_cylinder': 'computed: from sectors' } });
    const { out } = await profile('show', 'drives/mine.json');
    expect(out).toMatch(/^zones\[0\]\.last_cylinder +1934 +a cylinder +V +computed: from sectors$/m);
    expect(out).toMatch(/^zones\[0\]\.sectors_per_track +72 +sectors +R +read: /m);
  });

  it('asks which is meant where two kinds have the name, and says so where none has', async () => {
    const both = await profile('show', 'two-slots');
    expect([both.status, both.err]).toEqual([
      1,
      'two-slots: is the name of a profile of each kind array, rig; --kind must say which\n',
    ]);
    expect((await profile('show', 'two-slots', '--kind', 'rig')).out).toMatch(
      /^rig hw-profiles\/rigs\/two-slots\.json\n/,
    );
    expect((await profile('show', '')).err).toBe('"": is no name, and no path\n');
    const none = await profile('show', 'vmax');
    expect([none.status, none.out]).toEqual([1, '']);
    expect(none.err).toContain('vmax: there is no profile of that name');
  });
});

describe('arraylab profile check', () => {
  it('finds every profile of the package in order', async () => {
    const all = JSON.parse((await profile('list', '--json')).out) as { kind: string; name: string }[];
    const paths = all.map(({ kind, name }) => resolve('hw-profiles', `${kind}s`, `${name}.json`));
    const { status, out } = await profile('check', ...paths);
    expect(out.split('\n').filter((line) => !/: (array|drive|link|rig) in order/.test(line))).toEqual(['']);
    expect(status).toBe(0);
  });

  it('follows the references of a user from file to file, wherever it is called', async () => {
    writeOwn();
    const { status, out } = await profile('check', 'rigs/mine.json');
    expect(out).toMatch(/^rigs\/mine\.json: rig in order with arrays\/mine\.json, drives\/mine\.json; uncalibrated /);
    expect(status).toBe(0);
  });

  it('says all that is wrong in all of them, each with file, line and field', async () => {
    const { heads, ...drive } = shelf('drives', 'hp-97560');
    writeOwn({ ...drive, rpm: 'fast', seek: {}, head_switch_ms: 1.6 });
    const rig = `{
  "$schema": "rig.schema.json",
  "arrays": [
    { "name": "A", "profile": "../arrays/mine.json", "volumes": [{ "name": "a", "size_mb": 1 }] },
    { "name": "B", "profile": "./none.json", "volumes": [{ "name": "a", "size_bytes": 8192 }] }
  ]
}`;
    write('rigs/mine.json', rig);
    const { status, out, err } = await profile('check', 'rigs/mine.json');
    expect([status, err]).toEqual([1, '']);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => line.split(';')[0]);
    expect(lines).toEqual([
      'rigs/mine.json:4: arrays[0].volumes[0].size_mb is not a field',
      'rigs/mine.json:5: arrays[1].profile: rigs/none.json: there is no such file (array "./none.json" of rigs/mine.json)',
      'drives/mine.json:1: heads is missing',
      expect.stringMatching(/^drives\/mine\.json:\d+: rpm is "fast"$/),
      expect.stringMatching(/^drives\/mine\.json:\d+: head_switch_ms is not a field$/),
    ]);
    expect(out).toContain('size_bytes is, in bytes: for 1 MiB write 1048576');
    expect(out).toContain('head_switch_us is, in µs: for 1.6 ms write 1600');
  });

  it('finds a pair that mirrors to nowhere, a link to itself and twins, as serve and sim do', async () => {
    const volumes = [{ name: 'a', size_bytes: 8192, pair: { to: 'C:a', recipe: 'track-mirror' } }];
    const own = [{ name: 'a', size_bytes: 8192, pair: { to: 'A:z', recipe: 'track-mirror' } }];
    const arrays = [
      { name: 'A', profile: 'tiny', volumes },
      { name: 'B', profile: 'tiny', volumes: own },
    ];
    const $schema = 'rig.schema.json';
    write('nowhere.json', { $schema, arrays, links: [{ between: ['A', 'B'] }] });
    write('itself.json', { $schema, arrays: [arrays[0]], links: [{ between: ['A', 'A'] }] });
    write('twins.json', { $schema, arrays: [arrays[0], arrays[0]] });
    const { status, out } = await profile('check', 'nowhere.json', 'itself.json', 'twins.json');
    expect(status).toBe(1);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => line.replace(/:\d+: /, ': ')),
    ).toEqual([
      'nowhere.json: arrays[0].volumes[0].pair.to is "C:a"; it must be in one of the arrays A, B',
      'nowhere.json: arrays[1].volumes[0].pair.to is "A:z"; it must be a volume of array A: a',
      'itself.json: links[0].between is ["A","A"]; it must be the names of two different arrays of A',
      'twins.json: arrays[1].name is "A"; it must be a name that no other array here has, and arrays[0] has it',
    ]);
  });

  it('refuses a recipe that does not offer what a pair chooses, with the line of the pair', async () => {
    const pair = { to: 'B:a', recipe: './mine.json', mode: 'point-in-time' };
    const arrays = [
      { name: 'A', profile: 'tiny', volumes: [{ name: 'a', size_bytes: 8192, pair }] },
      { name: 'B', profile: 'tiny', volumes: [{ name: 'a', size_bytes: 8192 }] },
    ];
    write('rig.json', { $schema: 'rig.schema.json', arrays, links: [{ between: ['A', 'B'] }] });
    write('mine.json', { name: 'mine', hooks: {}, choices: { sometimes: {} } });
    expect((await profile('check', 'rig.json')).out).toBe(
      'rig.json:13: arrays[0].volumes[0].pair.recipe: mine.json: there is no choice "point-in-time" here; there are sometimes\n',
    );
  });

  it('refuses a class of which no array can be made, although no rig names it', async () => {
    const tiny = shelf('arrays', 'tiny');
    write('huge.json', { ...tiny, sectors_per_track: 128, host_slots: 60_000 });
    const { status, out } = await profile('check', 'huge.json');
    expect(status).toBe(1);
    expect(out).toMatch(/^huge\.json:1: the file: an array's memory is \d+ bytes; at most 2147483648/);
  });

  it('lists uncalibrated figures with --strict, and is not content with them', async () => {
    const { status, out } = await profile('check', 'escon', '--strict');
    expect(status).toBe(1);
    const line =
      shelfText('links', 'escon')
        .split('\n')
        .findIndex((text) => text.includes('"setup_us": 0')) + 1;
    expect(out.split('\n')).toContain(`hw-profiles/links/escon.json:${line}: setup_us is uncalibrated: not found`);
    expect((await profile('check', 'escon')).status).toBe(0);
  });

  it('answers programs with file, line, field and message', async () => {
    write('link.json', shelfText('links', 'escon').replace('"bytes_per_us": 17', '"bytes_per_us": -17'));
    const { status, out } = await profile('check', 'link.json', '--json');
    expect(status).toBe(1);
    expect(JSON.parse(out)).toEqual({
      problems: [
        {
          file: 'link.json',
          line: 4,
          field: 'bytes_per_us',
          message: 'bytes_per_us is -17; it must be a number of bytes a microsecond from 0.001 to 100000',
        },
      ],
      uncalibrated: [],
    });
  });

  it('wants to know of which kind a file is that does not say it', async () => {
    const { $schema, ...escon } = shelf('links', 'escon');
    write('link.json', escon);
    const unsaid = await profile('check', 'link.json');
    expect([unsaid.status, unsaid.out]).toEqual([
      1,
      expect.stringMatching(/^link\.json: \$schema must end with "array\.schema\.json" or .*, or --kind must say /),
    ]);
    expect((await profile('check', 'link.json', '--kind', 'link')).status).toBe(0);
  });
});

describe('arraylab profile schema', () => {
  it.each(['array', 'drive', 'link', 'rig'])('prints the schema of %s, or where it is', async (kind) => {
    const { out } = await profile('schema', kind);
    expect(JSON.parse(out)).toMatchObject({ $id: `urn:arraylab:schema:${kind}` });
    expect((await profile('schema', kind, '--path')).out).toBe(
      `${resolve(`hw-profiles/schema/${kind}.schema.json`)}\n`,
    );
  });
});

describe('arraylab profile', () => {
  it.each([
    [[], 'say list, show, check or schema'],
    [['what'], 'there is no command "what"'],
    [['list', 'x'], 'list: "x" is too much'],
    [['show'], 'show: name one profile'],
    [['check'], 'check: name a profile'],
    [['schema', 'drive', 'rig'], 'schema: name one KIND; it must be array or drive or link or rig'],
    [['schema', 'x'], 'KIND is "x"; it must be array or drive or link or rig'],
    [['list', '--kind', 'disk'], '--kind is "disk"; it must be array or drive or link or rig'],
    [['list', '--colour'], "Unknown option '--colour'"],
  ])('says what is wrong with %j', async (args, text) => {
    const { status, out, err } = await profile(...args);
    expect([status, out]).toEqual([2, '']);
    expect(err).toContain(text);
    expect(err).toContain('usage: arraylab profile list');
  });
});
