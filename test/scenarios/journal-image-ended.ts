import { COMMAND_OP, RESULT, VOLUME_STATE } from '../../firmware/memory/constants.js';
import type { ArrayMachine } from '../../firmware/runtime/machine/array.js';
import { GroupHistory, youngEntry } from '../../firmware/runtime/simulated/group-history.js';
import type { SimGroup } from '../../firmware/runtime/simulated/groups.js';
import type { SimImage } from '../../firmware/runtime/simulated/images.js';
import { numbersOf } from '../../firmware/runtime/simulated/journal-tables.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

const PAIRS = [
  ['B:data0', 'B:spare0'],
  ['B:data1', 'B:spare1'],
] as const;

export default scenario({
  help: 'journal group: B takes over, or the group is suspended, in the middle of an image: it ends at once, its volumes are torn, or are the image; the takeover is as any other',
  rig: 'tiny-journal-images',
  usualTimes: true,
  misfit: () => 'it has no volumes beside the group for its images',
  run(sim) {
    begin(sim);
    const { chance } = sim.world;
    const history = new GroupHistory(sim, sim.groups[0] as SimGroup, 0);
    const b = sim.world.arrays[1] as ArrayMachine;
    const isTorn = (name: string): boolean =>
      b.get('volume', 'state', sim.volume(name).volume) === VOLUME_STATE.VOLUME_TORN;
    const until = (what: string, holds: () => boolean): void =>
      sim.until(what, () => {
        history.look();
        return holds();
      });
    const entries = numbersOf(b, 0);
    const load_us = 80_000;
    const end_us = sim.time_us + load_us;
    sim.load_us(load_us, { readsOf16: 12, only: 0, sectorsMost: 3 });
    const kept = (): number => numbersOf(b, 0).last - numbersOf(b, 0).restored;
    until('B keeps entries back', () => kept() >= 5 && b.get('journaling', 'hurry', 0) === 0);
    const number = youngEntry(sim, 1, 0, 25_000, chance.below(64))?.number ?? 0;
    sim.tellImages(PAIRS, number);
    const at_us = sim.time_us + chance.below(4000);
    until(
      'the image is being made, or is there',
      () => sim.imaged !== undefined || (isTorn('B:spare0') && sim.time_us >= at_us),
    );
    const isMade = sim.imaged !== undefined;
    const how = chance.below(3);
    if (how === 0) {
      sim.crash('A');
      // Its command comes first, and the image's answer may be the last.
      sim.operator('B:data0', 'FAILOVER', true);
      sim.until('B serves', () => sim.pair('B:data1').role === 'SOURCE');
    } else {
      const { result } = how === 1 ? sim.operator('A:data1', 'SUSPEND') : sim.operator('B:data1', 'SWAP');
      sim.expect(result === RESULT.OK, `the group is ${how === 1 ? 'suspended' : 'taken over'} (result ${result})`);
    }
    sim.until('the image has ended', () => b.get('journaling', 'making', 0) === 0);
    sim.expect(numbersOf(b, 0).last >= entries.last, 'B keeps its numbers');
    sim.wait_us(Math.max(0, end_us - sim.time_us));
    for (const [from, to] of PAIRS) {
      const { volume } = sim.volume(to);
      if (b.get('image', 'number', volume) !== 0)
        history.check(sim.images[sim.volume(from).image] as SimImage, 1, volume, number);
      else sim.expect(isTorn(to) && !isMade, `${to} is torn`);
      if (!isTorn(to)) continue;
      sim.expect(sim.read(to, 0).status !== RESULT.OK, `hosts read nothing of ${to}`);
      sim.expect(sim.release(to) === RESULT.OK, `an operator gives ${to} free`);
    }
    for (const [, to] of PAIRS)
      for (let lba = 0; lba < (sim.images[sim.volume(to).image]?.blocks ?? 0); lba += 4) {
        sim.start(0, COMMAND_OP.OP_WRITE, to, lba, 4);
        sim.until(`a host writes to ${to}`, () => !sim.world.hosts[1]?.busy(0));
      }
    if (how === 1) {
      const { result } = sim.operator('A:data0', 'RESUME');
      sim.expect(result === RESULT.OK, `the group is resumed (result ${result})`);
    }
    if (how === 0) sim.powerOn('A');
    sim.paired();
    finish(sim);
  },
});
