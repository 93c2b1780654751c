/** What a write costs under each system, counted from the machine: the budget of the design. */
import { expect, test } from 'vitest';
import { COMMAND_OP } from '../../firmware/memory/constants.js';
import { D_HEAD, KINDS, MICROCODED_ROLES, ROLES } from '../../firmware/ports/messages.js';
import { begin } from '../../firmware/runtime/simulated/scenario.js';
import { Sim } from '../../firmware/runtime/simulated/sim.js';
import { loadImages } from '../../firmware/service/microcode.js';
import { loadSimRig } from '../../firmware/service/sim-rig.js';

interface Cost {
  readonly ring: number;
  readonly link: number;
  readonly ops: number;
}

/** Of a write of a whole track, a hit where it is written to, up to its status. */
function costOf(what: string, rig: string): Cost {
  const sim = new Sim(loadSimRig(rig), loadImages(), 7);
  begin(sim);
  sim.write('A:data0', 0, 4);
  sim.rest();
  // What goes to drives is counted apart: here both arrays believe that it runs already.
  for (const array of sim.world.arrays) {
    array.set('dirty', 'running', 0, 1);
    array.set('dirty', 'delayed', 0, 1);
    if (array.config.journals) array.set('journaling', 'spilling', 0, 1);
  }
  const lines: string[] = [];
  const counts = { ring: 0, port: 0, link: 0 };
  const opsOf = (): number =>
    sim.world.arrays.reduce((n, a) => n + MICROCODED_ROLES.reduce((k, _, r) => k + a.get('node', 'ops', r), 0), 0);
  const before = opsOf();
  sim.start(0, COMMAND_OP.OP_WRITE, 'A:data0', 0, 4);
  sim.world.onMessage = (array, node, at) => {
    if (!sim.world.hosts[0]?.busy(0)) return;
    const head = sim.world.arrays[array]?.memory.m[at + D_HEAD] as number;
    const from = ROLES[(head >> 8) & 255] as string;
    counts[from === 'linkPort' ? 'link' : from.endsWith('Port') ? 'port' : 'ring']++;
    lines.push(`${'AB'[array]} ${from.padEnd(8)} → ${(ROLES[node] as string).padEnd(8)} ${KINDS[head & 255]?.name}`);
  };
  sim.until('the write ends', () => !sim.world.hosts[0]?.busy(0));
  const ops = opsOf() - before;
  process.stdout.write(
    `${lines.join('\n')}\n${what}: ${counts.ring} ring messages, ${ops} micro-operations; ${counts.link} link frames and ${counts.port} port descriptors beside them\n`,
  );
  expect(sim.violations).toEqual([]);
  return { ...counts, ops };
}

test('a mirrored write, hit on both sides, takes at most 12 ring messages and 200 micro-operations up to its status', () => {
  const cost = costOf('mirrored write', 'tiny-pair');
  expect(cost.ring).toBeLessThanOrEqual(12);
  expect(cost.ops).toBeLessThanOrEqual(200);
});

test('a write that goes into a journal waits for no other array: 5 ring messages and no link frame up to its status', () => {
  const cost = costOf('journalled write', 'tiny-journal');
  expect(cost).toMatchObject({ ring: 5, link: 0 });
  expect(cost.ops).toBeLessThanOrEqual(150);
});
