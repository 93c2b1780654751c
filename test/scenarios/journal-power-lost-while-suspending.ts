import { RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

/** Micro-operations of an array in which it suspends a pair, tells the other side, and suspends the rest of the group. */
const OPERATIONS = 160;

export default scenario({
  help: 'journal group: A loses power at any micro-operation of SUSPEND: what is not suspended goes on, and the other side reads no journal through what is',
  rig: 'tiny-journal',
  run(sim) {
    begin(sim);
    const { chance } = sim.world;
    for (const name of ['A:data0', 'A:data1']) sim.write(name, 0, 2);
    sim.rest();
    sim.crash('A', 1 + chance.below(OPERATIONS));
    const { array, volume } = sim.volume(chance.below(4) === 0 ? 'A:data1' : 'A:data0');
    sim.tell(array, 'SUSPEND', volume);
    sim.rest();
    sim.crash('A');
    sim.powerOn('A');
    sim.load_us(40_000, { only: 0 });
    sim.rest();
    for (const name of ['A:data0', 'A:data1']) {
      if (sim.pair(name).state !== 'PSUS') continue;
      sim.expect(sim.operator(name, 'RESUME').result === RESULT.OK, `${name} is resumed`);
    }
    sim.paired();
    finish(sim);
  },
});
