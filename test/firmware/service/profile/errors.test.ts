/** What a person hears of a file that is not right: which file, line, field and value, and what would be right. */
import { describe, expect, it } from 'vitest';
import { problemsOf, shelf, shelfText } from './files.js';

const one = { arrays: [{ name: 'A', profile: 'tiny', volumes: [{ name: 'a', size_bytes: 8192 }] }] };
const withProfile = (profile: unknown) => ({
  'rig.json': { arrays: [{ ...one.arrays[0], profile: './own.json' }] },
  'own.json': profile,
});
/** Errors of tiny with a line of it replaced; the line's own number is the same. */
function edited(from: string, to: string): { line: number; problems: string[] } {
  const text = shelfText('arrays', 'tiny');
  const at = text.indexOf(from);
  expect(at).toBeGreaterThan(0);
  const line = text.slice(0, at).split('\n').length;
  return { line, problems: problemsOf(withProfile(text.replace(from, to))) };
}

describe('an error of a profile', () => {
  it('names the line on which the value stands', () => {
    const { line, problems } = edited('"commands": 8,', '"commands": 0,');
    expect(problems).toEqual([`own.json:${line}: commands is 0; it must be a whole number of commands from 1 to 2048`]);
  });

  it('of a value inside a list of a rig names its line too', () => {
    const rig = `{
  "arrays": [
    { "name": "A", "profile": "tiny", "volumes": [
      { "name": "a", "size_bytes": 8192 },
      { "name": "b",
        "size_bytes": 8193 }
    ] }
  ]
}`;
    expect(problemsOf({ 'rig.json': rig })).toEqual([
      "rig.json:6: arrays[0].volumes[1].size_bytes is 8193; it must be a multiple of the array's track, 2048 bytes",
    ]);
  });

  it.each([
    ['"commands": 8,', '"comands": 8,', /^comands is not a field; commands may be meant; fields here are help, /],
    ['"commands": 8,', '"Commands": 8,', /^Commands is not a field; commands may be meant; /],
    [
      '"transfer_bytes": 65536,',
      '"transfer_kb": 64,',
      /^transfer_kb is not a field; transfer_bytes is, in bytes: for 64 KiB write 65536; /,
    ],
    [
      '"destage_delay_us": 1000,',
      '"destage_delay_ms": 1.5,',
      /^destage_delay_ms is not a field; destage_delay_us is, in µs: for 1.5 ms write 1500; /,
    ],
    [
      '"destage_delay_us": 1000,',
      '"destageDelay_s": "x",',
      /^destageDelay_s is not a field; destage_delay_us is, in µs; /,
    ],
    ['"credits": 4,', '"credits": "4",', /^credits is "4"; it must be a whole number of credits from 1 to 65534$/],
    [
      '"transfer_bytes": 65536,',
      '"transfer_bytes": "1.5 MiB",',
      /^transfer_bytes is "1.5 MiB"; it must be a multiple of 4096 bytes from 8192 to 1073741824, here 1572864$/,
    ],
    [
      '"destage_delay_us": 1000,',
      '"destage_delay_us": "2ms",',
      /^destage_delay_us is "2ms"; .* to 60000000, here 2000$/,
    ],
    ['"destage_delay_us": 1000,', '"destage_delay_us": "2 km",', /^destage_delay_us is "2 km"; .* to 60000000$/],
    ['"credits": 4,', '"credits": 1.5,', /^credits is 1.5; it must be a whole number of credits /],
    ['"credits": 4,', '"credits": 1e999,', /^credits is Infinity; it must be a whole number of credits /],
  ])('for %s written as %s is one, with the name or unit that is right', (from, to, right) => {
    const { line, problems } = edited(from, to);
    // The source of the figure is written under the right name, so a second one may follow.
    expect(problems[0]).toMatch(/^own\.json:\d+: /);
    expect(problems[0].startsWith(`own.json:${line}: `)).toBe(true);
    expect(problems[0].slice(`own.json:${line}: `.length)).toMatch(right);
    expect(problems).toHaveLength(1);
  });

  it('is told together with all others of the file, in the order of the lines', () => {
    const tiny = shelf('arrays', 'tiny');
    const { credits, ...rest } = tiny;
    const problems = problemsOf(withProfile({ ...rest, host_slots: 0, commands: -1, colour: 'red' }));
    expect(problems.map((problem) => problem.replace(/^own\.json:(\d+): (\S+) (is \S+).*/, '$1 $2 $3'))).toEqual([
      '1 credits is missing;',
      '5 host_slots is 0;',
      '13 commands is -1;',
      expect.stringMatching(/^\d+ colour is not$/),
    ]);
  });

  it('of all files that a rig refers to come together', () => {
    const rig = {
      arrays: [
        { name: 'A', profile: './a.json', volumes: [{ name: 'a', size_bytes: 8192 }] },
        { name: 'B', profile: './b.json', volumes: [{ name: 'a', size_bytes: 8192 }] },
        { name: 'C', profile: 'none', volumes: [{ name: 'a', size_bytes: 8192 }] },
      ],
    };
    const tiny = shelf('arrays', 'tiny');
    const files = { 'rig.json': rig, 'a.json': { ...tiny, commands: 0 }, 'b.json': { ...tiny, credits: 9 } };
    expect(problemsOf(files).map((problem) => problem.split(';')[0])).toEqual([
      'a.json:13: commands is 0',
      'b.json:15: credits is 9',
      'rig.json:25: arrays[2].profile: hw-profiles/arrays/none.json: there is no such file (array "none" of rig.json)',
    ]);
  });

  it('for a figure without a source, and for a source without a figure', () => {
    const tiny = shelf('arrays', 'tiny');
    const { credits, ...sources } = tiny.sources as Record<string, string>;
    const problems = problemsOf(withProfile({ ...tiny, sources: { ...sources, 'tasks.dream': 'read: a dream' } }));
    expect(problems.map((problem) => problem.replace(/^own\.json:\d+: /, ''))).toEqual([
      expect.stringMatching(/^sources\.tasks\.dream is not a field; a source is for a figure of this file: /),
      'credits has no source; sources.credits must say where it is from, or that it is "uncalibrated"',
    ]);
  });

  it('for a source of one object of a list, as it is for the field of all of them', () => {
    const { sources, ...drive } = shelf('drives', 'hp-97560');
    const named = (field: string): string[] =>
      problemsOf({
        'rig.json': { arrays: [{ ...one.arrays[0], drive: './own.json' }] },
        'own.json': { ...drive, sources: { ...(sources as object), [field]: 'read: a book' } },
      });
    expect(named('zones.first_cylinder')).toEqual([]);
    for (const field of ['zones.0.first_cylinder', 'zones.length', 'zones.colour'])
      expect(named(field)).toEqual([expect.stringContaining(`: sources.${field} is not a field; `)]);
  });

  it('for a source that does not say what it is', () => {
    const tiny = shelf('arrays', 'tiny');
    const sources = { ...(tiny.sources as object), credits: 'somebody said so' };
    expect(problemsOf(withProfile({ ...tiny, sources }))[0]).toMatch(
      /^own\.json:\d+: sources\.credits is "somebody said so"; it must be "read: SOURCE", "computed: HOW", /,
    );
  });

  it('for a file of another kind than is wanted there is one, not one for each of its fields', () => {
    expect(problemsOf(withProfile(shelf('links', 'escon')))).toEqual([
      'own.json:2: $schema is "../schema/link.schema.json"; it must be that of array: what is wanted here is no link',
    ]);
  });

  it('for a field that stands twice, of which JSON would take the last', () => {
    const { line, problems } = edited('"commands": 8,', '"commands": 8, "credits": 1,');
    expect(problems).toEqual([
      `own.json:${line + 2}: credits stands twice; line ${line} has it already, and one must go`,
    ]);
  });

  it('for a field that would be lost in other readers', () => {
    const { problems } = edited('"commands": 8,', '"commands": 8, "__proto__": {},');
    expect(problems[0]).toMatch(/ __proto__ is not a field; /);
  });

  it.each([
    ['', '""'],
    ['a\nb\x1b[2J', '"a\\nb\\u001b[2J"'],
    ['x'.repeat(1000), `"${'x'.repeat(59)}…`],
  ])('for a field that nobody would see as a name: %.9j', (name, shown) => {
    const [problem] = problemsOf({ 'rig.json': { ...one, [name]: 1 } });
    expect(problem).toMatch(/^rig\.json:\d+: /);
    expect(problem.replace(/^rig\.json:\d+: /, '').startsWith(`${shown} is not a field; fields here are `)).toBe(true);
  });

  it('for each of a thousand fields that are none, with its own line', () => {
    const fields = Array.from({ length: 1000 }, (_, i) => `"f${i}":${'\n'.repeat(1 + (i % 3))}${i}`);
    const text = `{"arrays":[],\n${fields.join(',')}}`;
    const lines = problemsOf({ 'rig.json': text }).map((problem) =>
      Number(/^rig\.json:(\d+): f\d+ /.exec(problem)?.[1]),
    );
    const stand = fields.map((_, i) => 2 + fields.slice(0, i).join('').split('\n').length - 1);
    expect(lines.slice(1)).toEqual(stand);
  });

  it('is none for the mark that some editors set before a text', () => {
    expect(problemsOf({ 'rig.json': `\uFEFF${JSON.stringify(one)}` })).toEqual([]);
  });

  it('for a file that is far larger than any profile comes before it is read', () => {
    expect(problemsOf({ 'rig.json': '['.repeat(4 * 1024 * 1024 + 1) })).toEqual([
      'rig.json: it is too large: 4194304 bytes or less is right',
    ]);
  });

  it.each([
    ['{ "arrays": [\n  1,\n', 3, 'this is not JSON: '],
    ['{\n  // remark\n  "arrays": []\n}', 2, 'this is not JSON: invalid comment token'],
    ['{\n  "arrays": [1,]\n}', 2, 'this is not JSON: '],
    ['', 1, 'this is not JSON: value expected'],
    ['['.repeat(100_000), 1, 'this is not JSON: '],
  ])('for what is no JSON says where: %.20j', (text, line, message) => {
    const [problem] = problemsOf({ 'rig.json': text });
    expect(problem.startsWith(`rig.json:${line}: ${message}`)).toBe(true);
  });
});

describe('relations that cannot be', () => {
  it.each([
    [
      { credits: 9 },
      'credits is 9; it must be a whole number of credits (each promises one of remote_slots) from 1 to 4',
    ],
    [
      { host_slots: 40000, remote_slots: 40000 },
      'remote_slots is 40000; it must be a whole number of slots (with host_slots 65535 at most) from 1 to 25535',
    ],
    [
      {
        write_pending_steps: { faster_destage_percent: 40, throttle_percent: 90 },
        sources: { ...(shelf('arrays', 'tiny').sources as object), write_pending_steps: 'uncalibrated' },
      },
      'write_pending_steps.throttle_percent is 90; it must be a whole number of percent (host_write_pending_percent at most) from 1 to 80',
    ],
  ])('in an array class: %j', (change, message) => {
    const [problem] = problemsOf(withProfile({ ...shelf('arrays', 'tiny'), ...change }));
    expect(problem.replace(/^own\.json:\d+: /, '')).toBe(message);
  });

  const between = (link: object) => ({
    arrays: [one.arrays[0], { ...one.arrays[0], name: 'B' }],
    links: [{ between: ['A', 'B'], ...link }],
  });

  it.each([
    [
      { distance_km: 20 },
      'links[0].profile is missing; it must be the kind of the link, as the classes of A and B do not name the same one',
    ],
    [
      { profile: 'escon' },
      'links[0].distance_km is missing; it must be a number of km from 0 to 40000, as profile is there',
    ],
    [
      { profile: 'ficon', distance_km: 400 },
      'links[0].distance_km is 400; it must be 300 km at most, the longest that this kind of link can be',
    ],
    [
      { profile: 'esco', distance_km: 20 },
      /^links\[0\]\.profile: hw-profiles\/links\/esco\.json: there is no such file .*; there are e3, escon, /,
    ],
    [{ between: ['A', 'A'] }, 'links[0].between is ["A","A"]; it must be the names of two different arrays of A, B'],
    [{ between: ['A'] }, 'links[0].between is ["A"]; it must be the names of two different arrays'],
  ])('in a link of a rig: %j', (link, message) => {
    const [problem] = problemsOf({ 'rig.json': between(link) });
    const text = problem.replace(/^rig\.json:\d+: /, '');
    if (typeof message === 'string') expect(text).toBe(message);
    else expect(text).toMatch(message);
  });

  it.each([
    [{ droop: { knee_km: 9, half_km: 5 } }, 'droop.half_km is 5; it must be more than 9 km, knee_km'],
    [{ loss_ratio: [3, 2] }, 'loss_ratio is [3,2]; it must be [n, m] with n less than m: of m frames, n are lost'],
    [
      { gbit_per_s: 2 },
      /^gbit_per_s is not a field; bytes_per_us is, in bytes a µs: for 2 Gb\/s write 250; fields here are /,
    ],
    // Two numbers are wanted, not a hundredth.
    [{ loss_percent: 1 }, /^loss_percent is not a field; loss_ratio may be meant; fields here are /],
  ])('in a kind of link: %j', (change, message) => {
    const escon = shelf('links', 'escon');
    const sources = { ...(escon.sources as object), ...('loss_ratio' in change && { loss_ratio: 'uncalibrated' }) };
    const files = {
      'rig.json': between({ profile: './own.json', distance_km: 1 }),
      'own.json': { ...escon, ...change, sources },
    };
    const text = problemsOf(files)[0].replace(/^own\.json:\d+: /, '');
    if (typeof message === 'string') expect(text).toBe(message);
    else expect(text).toMatch(message);
  });

  it('between the droop of a kind of link and its length', () => {
    const droop = { knee_km: 0, half_km: 1 };
    const at = (distance_km: number): string[] =>
      problemsOf({
        'rig.json': between({ profile: './own.json', distance_km }),
        'own.json': { ...shelf('links', 'escon'), droop },
      });
    // 17 bytes a µs at 0 km, a 17,000th of it over 16,999 km.
    expect(at(16_999)).toEqual([]);
    expect(at(17_000)).toEqual([
      expect.stringMatching(/: links\[0\]\.distance_km is 17000; it must be less: over so many km the droop of this /),
    ]);
  });

  it('between a volume and its drive', () => {
    const volumes = [{ name: 'a', size_bytes: 2 ** 31 }];
    const rig = { arrays: [{ name: 'A', profile: 'tiny', drive: 'hp-97560', volumes }] };
    // 2,647,080 sectors of 512 bytes.
    expect(problemsOf({ 'rig.json': rig })).toEqual([
      'rig.json:10: arrays[0].volumes[0].size_bytes is 2147483648; it must be 1355304960 at most: its drive has no room for more',
    ]);
  });

  it.each([
    [
      { zones: [{ first_cylinder: 0, last_cylinder: 1962, sectors_per_track: 72 }] },
      'zones[0].last_cylinder is 1962; ',
    ],
    [
      {
        zones: [
          { first_cylinder: 0, last_cylinder: 10, sectors_per_track: 72 },
          { first_cylinder: 10, last_cylinder: 20, sectors_per_track: 72 },
        ],
      },
      'zones[1].first_cylinder is 10; it must be 11 or more: zones[0] ends before it',
    ],
    [
      { zones: [{ first_cylinder: 0, last_cylinder: 9, sectors_per_track: 72, range_cylinders: 2 }] },
      'zones[0].spare_sectors_per_range is missing; it must be a whole number of sectors from 0 to 10000000, as range_cylinders',
    ],
    [
      {
        zones: [
          {
            first_cylinder: 0,
            last_cylinder: 9,
            sectors_per_track: 72,
            range_cylinders: 2,
            spare_sectors_per_range: 4,
            spare_sectors_per_cylinder: 2,
          },
        ],
      },
      'zones[0].spare_sectors_per_cylinder is 2; it must be absent, as spare_sectors_per_range is there',
    ],
    [
      { seek: { pieces: [{ constant_us: 1 }, { constant_us: 2 }] } },
      'seek.pieces[0].to_cylinders is missing; it must be more than 0, where the piece before it ends',
    ],
    [
      { seek: { pieces: [{ constant_us: 1, to_cylinders: 5 }] } },
      'seek.pieces[0].to_cylinders is 5; it must be absent: the last piece holds for all that is further',
    ],
    [
      {
        seek: {
          table_us: [
            [1, 1000],
            [2, 10],
          ],
        },
      },
      'seek.table_us goes on below 0 µs, at a distance of 3 cylinders; a later row, or pieces, must say how long ',
    ],
    [{ sectors: 2_700_000 }, 'sectors is 2700000; at most 2647080, which the zones hold, is right'],
    [{ buffer_bytes: 512, read_ahead_bytes: 0 }, 'buffer_bytes is 512; 1024 or more is right, a sector a segment'],
    [{ seek: {} }, 'seek is empty; it must have table_us or pieces'],
    [
      { read_ahead_bytes: 131072 },
      'read_ahead_bytes is 131072; it must be 65536 bytes, a segment (buffer_bytes / segments), or less',
    ],
  ])('in a drive: %j', (change, message) => {
    const { sources, ...drive } = shelf('drives', 'hp-97560');
    const added = Object.keys(change).map((field) => [field, 'uncalibrated']);
    const files = {
      'rig.json': { arrays: [{ ...one.arrays[0], drive: './own.json' }] },
      'own.json': { ...drive, ...change, sources: { ...(sources as object), ...Object.fromEntries(added) } },
    };
    expect(
      problemsOf(files)[0]
        .replace(/^own\.json:\d+: /, '')
        .startsWith(message),
    ).toBe(true);
  });
});
