import { COMMAND_OP, RESULT } from '../../firmware/memory/constants.js';
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
const ROUNDS = 3;
const LOAD_US = 40_000;
/** B keeps entries for longer than that, and than the command takes. */
const YOUNG_US = 25_000;

export default scenario({
  help: 'journal group: while hosts write, other volumes of B become images of the group at an entry or a time which B keeps: each is that to the block, hosts get it, and the group goes on',
  rig: 'tiny-journal-images',
  usualTimes: true,
  misfit: () => 'it has no volumes beside the group for its images',
  run(sim) {
    begin(sim);
    const { chance } = sim.world;
    const group = sim.groups[0] as SimGroup;
    const history = new GroupHistory(sim, group, 0);
    const b = sim.world.arrays[1] as ArrayMachine;
    const kept = (): number => numbersOf(b, 0).last - numbersOf(b, 0).restored;
    const until = (what: string, holds: () => boolean): void =>
      sim.until(what, () => {
        history.look();
        return holds();
      });
    for (let round = 0; round < ROUNDS && sim.violations.length === 0; round++) {
      sim.load_us(LOAD_US, { readsOf16: 12, only: 0, sectorsMost: 3 });
      const until_us = sim.time_us + LOAD_US;
      const least = 3 + chance.below(6);
      // Now and then hosts write so little that B keeps none: the newest entry is possible then, too.
      until(
        `B keeps ${least} entries back, or hosts are done`,
        () => sim.time_us > until_us || (kept() >= least && b.get('journaling', 'hurry', 0) === 0),
      );
      const entry = youngEntry(sim, 1, 0, YOUNG_US, chance.below(64));
      const isTime = entry !== undefined && chance.below(2) === 0;
      const wanted = entry?.number ?? numbersOf(b, 0).last;
      sim.tellImages(PAIRS, isTime ? entry.time : wanted, isTime);
      until('the images are there', () => sim.imaged !== undefined);
      const { result, number } = sim.imaged ?? { result: -1, number: 0 };
      sim.expect(result === RESULT.OK, `an image at entry ${wanted} is made (result ${result})`);
      sim.expect(number === wanted, `it is that of entry ${wanted}, not ${number}`);
      for (const [from, to] of PAIRS) {
        const { volume } = sim.volume(to);
        history.check(sim.images[sim.volume(from).image] as SimImage, 1, volume, wanted);
      }
      sim.expect(sim.pair('A:data0').state === 'PAIR', 'the group is in PAIR');
      const a = sim.world.arrays[0] as ArrayMachine;
      until(
        'what was held back goes on',
        () => sim.time_us > until_us && numbersOf(a, 0).freed === numbersOf(a, 0).last,
      );
    }
    // What an image holds is of other blocks than a host of the volume knows: it writes all of it anew.
    for (const [, to] of PAIRS) {
      const { blocks = 0 } = sim.images[sim.volume(to).image] ?? {};
      for (let lba = 0; lba < blocks; lba += 4) {
        sim.start(0, COMMAND_OP.OP_WRITE, to, lba, 4);
        until(`a host writes to ${to}`, () => !sim.world.hosts[1]?.busy(0));
        sim.expect(sim.world.hosts[1]?.look(0).status === RESULT.OK, `${to} takes writes`);
      }
    }
    finish(sim);
  },
});
