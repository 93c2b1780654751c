import { FLAG, RESULT } from '../../firmware/memory/constants.js';
import type { ArrayMachine } from '../../firmware/runtime/machine/array.js';
import { entriesBehind } from '../../firmware/runtime/simulated/journal-tables.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

/** More than the journals of the rig have room for. */
const WRITES_MOST = 400;

export default scenario({
  help: 'journal group: without the link the journal fills; hosts wait for a time, then the group is suspended and every entry that was not sent is a mark; all of it goes over when the link is back',
  rig: 'tiny-journal',
  run(sim) {
    begin(sim);
    const a = sim.world.arrays[0] as ArrayMachine;
    sim.world.cutLink();
    const volumes = ['A:data0', 'A:data1'];
    const owed = new Set<string>();
    const isSuspended = (): boolean => volumes.every((name) => sim.pair(name).state === 'PSUE');
    for (let i = 0; !isSuspended(); i++) {
      sim.expect(i < WRITES_MOST, `after ${i} writes the group is not suspended`);
      if (sim.violations.length > 0) return;
      for (const { volume, track } of entriesBehind(a, 0, 0)) owed.add(`${volumes[volume]} ${track}`);
      const name = volumes[i % 2] as string;
      const { status } = sim.write(name, sim.world.chance.below(28), 1 + sim.world.chance.below(4));
      sim.expect(status === RESULT.OK, `write ${i} gets its status, if late`);
    }
    sim.expect(owed.size > 0, 'there were entries');
    sim.until('all entries are marks', () => entriesBehind(a, 0, 0).length === 0);
    for (const place of owed) {
      const [name, track] = place.split(' ');
      const flags = sim.flags(name as string, Number(track));
      sim.expect((flags & FLAG.M2_INV) !== 0, `track ${track} of ${name} had an entry and is marked`);
    }
    sim.world.mendLink();
    sim.paired();
    finish(sim);
  },
});
