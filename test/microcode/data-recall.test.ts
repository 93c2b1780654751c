/** Power on with lists on the drives: what is believed of them, of two volumes, with battery memory kept and lost. */
import { describe, expect, test } from 'vitest';
import { BATTERY, FLAG, HEAT, LIST_LABEL, PAIR_ROLE, PAIR_STATE, RESULT } from '../../firmware/memory/constants.js';
import { type BenchOptions, IDENTITY } from '../harness/bench-array.js';
import { type Path, path } from '../harness/path.js';
import { EPOCH, THEIRS } from './fixtures.js';
import { BASE, HEAT_BASE, heat, LABEL, LABEL_FIELDS, listedVolumes, TRACKS } from './lists.js';

const { OK, MEDIUM_ERROR } = RESULT;
const { COLD, HOT, HEATING } = HEAT;
const { PAIR, SMPL, COPY } = PAIR_STATE;
/** Whose lists the drives have, and who else’s they could be; even, and odd. */
const LISTED = 98;
const ANOTHER = 33;
const FEEDER = 66;
const LABELS = TRACKS.map((t) => t * 4);

type Label = Partial<Record<'magic' | 'version' | 'identity' | (typeof LABEL_FIELDS)[number] | 'all', number>>;
/** A list as the drive gives it: its label, the heat of its cylinders, and how the two reads end. */
interface List {
  readonly label?: Label;
  readonly heat?: readonly number[];
  readonly reads?: readonly [number, number];
}

const SAYS = {
  magic: LIST_LABEL.LIST_MAGIC,
  version: LIST_LABEL.LIST_VERSION,
  identity: LISTED,
  epoch: 9,
  role: PAIR_ROLE.TARGET,
  state: PAIR,
  known: THEIRS,
  fed: FEEDER,
  all: 0,
};

/** Both volumes are of pairs in COPY and of epoch 3, this side is their source. */
function array(battery: 'kept' | 'lost', options: BenchOptions = listedVolumes('source')): Path {
  const p = path('data', options);
  for (const v of p.machine.config.volumes.keys()) p.set('pair.epoch', v, EPOCH);
  if (battery === 'lost') p.machine.distrustDrives();
  return p;
}

/** The reads of the list of volume `v`, and what they give. */
function gives(p: Path, v: number, { label = {}, heat: cylinders = [], reads = [OK, OK] }: List): void {
  const lba = LABELS[v] as number;
  p.expect('disk', 'LIST_READ', { drive: v + 1, lba, sectors: 1, at: p.get('list.label_at', v) });
  for (const [field, value] of Object.entries({ ...SAYS, ...label })) p.set(`label.${field}` as 'label.all', v, value);
  p.answer('LISTED', { result: reads[0] });
  p.expect('disk', 'LIST_READ', { drive: v + 1, lba: lba + 1, sectors: 1, at: p.get('list.heat_at', v) + v });
  for (const [c, value] of cylinders.entries()) p.set('heat.hot', HEAT_BASE * v + c, value);
  p.answer('LISTED', { result: reads[1] });
}

function boots(p: Path, ...lists: readonly List[]): Path {
  p.receive('BOOT');
  p.expect('cache', 'ADOPT');
  p.answer('ADOPTED');
  for (const [v, list] of lists.entries()) gives(p, v, list);
  return p;
}

/** The heat of the second volume is made anew. */
function madeAnew(p: Path, v = 1, result: number = OK): void {
  p.expect('disk', 'LIST_WRITE', {
    drive: v + 1,
    lba: (LABELS[v] as number) + 1,
    sectors: 1,
    at: p.get('list.heat_at', v) + v,
  });
  p.answer('LISTED', { result });
}

const up = (p: Path): void => {
  p.expect('remote', 'ENABLE');
  p.expectReply('DONE', { result: OK });
};

/** The tracks of a volume that are owed. */
const owed = (p: Path, v: number): number[] =>
  Array.from({ length: TRACKS[v] as number }, (_, t) => t).filter((t) => p.flags(v, t).includes('M2_INV'));
const cylinder = (c: number): number[] => Array.from({ length: 15 }, (_, i) => 15 * c + i);

describe('an array that lost its battery memory', () => {
  const COLD_LIST = { heat: [COLD, COLD] };

  test('has of each pair what the list on its drive says', () => {
    const p = boots(array('lost'), COLD_LIST, { label: { epoch: 12, role: PAIR_ROLE.SOURCE, state: COPY } });
    expect(LABEL_FIELDS.map((f) => p.get(`pair.${f}`, 0))).toEqual([PAIR, PAIR_ROLE.TARGET, 9, THEIRS, FEEDER]);
    expect(LABEL_FIELDS.map((f) => p.get(`pair.${f}`, 1))).toEqual([COPY, PAIR_ROLE.SOURCE, 12, THEIRS, FEEDER]);
    expect([0, 1].map((v) => [p.get('pair.stale', v), p.get('list.labelled', v)])).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  test('distrusts what is hot on its drive, and nothing else of either volume', () => {
    const p = boots(array('lost'), COLD_LIST, { heat: [HOT, COLD, HEATING, COLD] });
    expect([owed(p, 0), owed(p, 1)]).toEqual([[], [...cylinder(0), ...cylinder(2)]]);
  });

  test('counts as hot what was on its way to the drive as such', () => {
    const p = boots(array('lost'), COLD_LIST, { heat: [HOT, COLD, HEATING, COLD] });
    expect([heat(p, 1, 4), p.get('list.hot', 0), p.get('list.hot', 1)]).toEqual([[HOT, COLD, HOT, COLD], 0, 2]);
  });

  test('has no pair where the list says that there was none: nothing is owed, whatever it says of cylinders', () => {
    const p = boots(array('lost'), COLD_LIST, { label: { state: SMPL, role: 0, all: 1 }, heat: [HOT, COLD, HOT, HOT] });
    up(p);
    expect([owed(p, 1), p.get('pair.stale', 1), p.get('label.all', 1)]).toEqual([[], 0, 0]);
    p.receive('PAIR_LOOK', { volume: 1 });
    p.expectReply('PAIR_SEEN', { result: OK, state: SMPL, role: 0, agreed: 1, epoch: 9 });
  });

  test('remembers over another power loss that a list has said whose the memory was', () => {
    const p = boots(array('lost'), COLD_LIST);
    expect([p.get('battery.identity'), p.get('battery.lost')]).toEqual([LISTED, BATTERY.RECALLED]);
  });

  test.each([
    ['of another memory than the first one', { label: { identity: ANOTHER } }],
    ['of no memory', { label: { identity: 0 } }],
    ['whose label cannot be read', { reads: [MEDIUM_ERROR, OK] as const }],
    ['whose heat cannot be read', { reads: [OK, MEDIUM_ERROR] as const }],
  ])('does not believe a list %s: all of that volume is owed', (_, list) => {
    const p = boots(array('lost'), COLD_LIST, { ...list, heat: [COLD, COLD, COLD, COLD] });
    madeAnew(p);
    up(p);
    expect([p.get('battery.identity'), owed(p, 0).length, owed(p, 1).length]).toEqual([LISTED, 0, 60]);
    expect([heat(p, 1, 4), p.get('list.hot', 1)]).toEqual([[HOT, HOT, HOT, HOT], 4]);
  });

  test('is another one when its only list is of no memory', () => {
    const p = boots(array('lost', listedVolumes('source', 0, [TRACKS[0]])), { label: { identity: 0 } });
    madeAnew(p, 0);
    expect(p.get('battery.identity')).toBe(IDENTITY);
  });

  test('answers an operator while it goes through the list of a large volume', () => {
    for (const label of [{}, { magic: 0 }]) {
      const p = array('lost', listedVolumes('source', 0, [15 * 120]));
      p.receive('BOOT');
      p.expect('cache', 'ADOPT');
      p.answer('ADOPTED');
      p.expect('disk', 'LIST_READ');
      for (const [f, value] of Object.entries({ ...SAYS, ...label })) p.set(`label.${f}` as 'label.all', 0, value);
      p.answer('LISTED', { result: OK });
      p.expect('disk', 'LIST_READ');
      p.answer('LISTED', { result: OK }, undefined, { ops: 0 });
      p.receive('PAIR_LOOK', { volume: 0 }, { ops: 0 });
      for (let n = 0; n < 200; n++) p.run(1);
      p.expectReply('PAIR_SEEN', { result: RESULT.NOT_READY });
      p.expectNothing();
    }
  });
});

describe('an array that kept its battery memory', () => {
  const own = { identity: IDENTITY };
  const COLD_LIST = { label: own, heat: [COLD, COLD] };

  test('takes the heat from the drives, and what it knows of its pairs from memory', () => {
    const p = boots(array('kept'), COLD_LIST, { label: own, heat: [COLD, HOT, COLD, HEATING] });
    up(p);
    expect([heat(p, 1, 4), p.get('list.hot', 1)]).toEqual([[COLD, HOT, COLD, HOT], 2]);
    const pair = [COPY, PAIR_ROLE.SOURCE, EPOCH, 0, 0];
    for (const v of [0, 1]) expect(LABEL_FIELDS.map((f) => p.get(`pair.${f}`, v))).toEqual(pair);
  });

  test('keeps every mark, also of a cylinder that the drive calls cold', () => {
    const p = array('kept');
    for (const t of [0, 20]) p.node.tracks.setFlags(BASE + t, 1, FLAG.M2_INV);
    boots(p, COLD_LIST, { label: own, heat: [COLD, COLD, COLD, COLD] });
    expect(owed(p, 1)).toEqual([0, 20]);
  });

  test('believes no list of another memory, and stays what it is', () => {
    const p = boots(array('kept'), COLD_LIST, { heat: [HOT, HOT, HOT, HOT] });
    madeAnew(p);
    expect([p.get('battery.identity'), heat(p, 1, 4), p.get('list.hot', 1)]).toEqual([
      IDENTITY,
      [COLD, COLD, COLD, COLD],
      0,
    ]);
  });

  test.each(['M1_WP', 'M2_WP', 'M1_FP', 'M2_FP', 'M1_INV', 'M2_INV'] as const)(
    'makes a list anew in which the cylinders are hot that have tracks with %s, and only they',
    (flag) => {
      const p = array('kept');
      for (const t of [15, 16, 17, 18, 45]) p.node.tracks.setFlags(BASE + t, 1, FLAG[flag]);
      boots(p, COLD_LIST, { label: { magic: 0, all: 1 }, heat: [HEATING, HEATING, HEATING, HEATING] });
      expect([heat(p, 1, 4), p.get('list.hot', 1), p.get('label.all', 1)]).toEqual([[COLD, HOT, COLD, HOT], 2, 0]);
      madeAnew(p);
      expect(p.get('label.all', 1)).toBe(0);
    },
  );

  test('says for good that all is hot where the drive does not take the list that was made anew', () => {
    const p = boots(array('kept'), COLD_LIST, { label: { magic: 0 } });
    madeAnew(p, 1, MEDIUM_ERROR);
    up(p);
    expect([p.get('label.all', 1), LABELS[1]]).toEqual([2, LABEL]);
  });
});
