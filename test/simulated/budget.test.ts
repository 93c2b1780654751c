/** What a mirrored write costs, counted from the machine: the budget of the design. */
import { expect, test } from 'vitest';
import { COMMAND_OP } from '../../firmware/memory/constants.js';
import { D_HEAD, KINDS, MICROCODED_ROLES, ROLES } from '../../firmware/ports/messages.js';
import { begin } from '../../firmware/runtime/simulated/scenario.js';
import { Sim } from '../../firmware/runtime/simulated/sim.js';
import { loadSimRig } from '../../firmware/service/sim-rig.js';
import { imagesWith } from '../../tools/regress/scenarios.js';

test('a mirrored write, hit on both sides, takes at most 12 ring messages and 200 micro-operations up to its status', () => {
  const rig = loadSimRig('tiny-pair');
  const sim = new Sim(rig, imagesWith(), 7);
  begin(sim);
  sim.write('A:data0', 0, 4);
  sim.rest();
  // Destage is counted apart: here both arrays believe that one runs already.
  for (const array of sim.world.arrays) {
    array.set('dirty', 'running', 0, 1);
    array.set('dirty', 'delayed', 0, 1);
  }
  const lines: string[] = [];
  const counts = { ring: 0, port: 0, link: 0 };
  const ops = (): number =>
    sim.world.arrays.reduce((n, a) => n + MICROCODED_ROLES.reduce((k, _, r) => k + a.get('node', 'ops', r), 0), 0);
  const before = ops();
  sim.start(0, COMMAND_OP.OP_WRITE, 'A:data0', 0, 4);
  sim.world.onMessage = (array, node, at) => {
    if (!sim.world.hosts[0]?.busy(0)) return;
    const head = sim.world.arrays[array]?.memory.m[at + D_HEAD] as number;
    const from = ROLES[(head >> 8) & 255] as string;
    const what = from === 'linkPort' ? 'link' : from.endsWith('Port') ? 'port' : 'ring';
    counts[what]++;
    lines.push(`${'AB'[array]} ${from.padEnd(8)} → ${(ROLES[node] as string).padEnd(8)} ${KINDS[head & 255]?.name}`);
  };
  sim.until('the write ends', () => !sim.world.hosts[0]?.busy(0));
  const used = ops() - before;
  process.stdout.write(
    `${lines.join('\n')}\nmirrored write: ${counts.ring} ring messages, ${used} micro-operations; ${counts.link} link frames and ${counts.port} port descriptors beside them\n`,
  );
  expect(sim.violations).toEqual([]);
  expect(counts.ring).toBeLessThanOrEqual(12);
  expect(used).toBeLessThanOrEqual(200);
});
