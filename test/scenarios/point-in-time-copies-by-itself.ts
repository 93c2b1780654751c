import { FLAG, RESULT } from '../../firmware/memory/constants.js';
import { blockValue, valueName } from '../../firmware/runtime/simulated/inspect.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

/** Writes of one track while a frame to B is held. */
const WRITES = 20;

export default scenario({
  help: 'point-in-time: status at once, the copy follows by itself, and a track that is written often goes a few times only',
  rig: 'tiny-modes',
  run(sim) {
    begin(sim);
    const [a] = sim.world.arrays;
    sim.world.link?.holdNext(1, 20_000);
    let last = 0;
    const carried = sim.world.link?.carried ?? 0;
    for (let i = 0; i < WRITES; i++) {
      const { id, status } = sim.write('A:later0', 0, 1);
      sim.expect(status === RESULT.OK, `write ${id} has good status`);
      last = id;
    }
    sim.expect(blockValue(sim.world, 1, 0, 0, 0) === 0, 'B has none of them when the last has its status');
    sim.expect((sim.flags('A:later0', 0) & FLAG.M2_INV) !== 0, 'the track is owed');
    sim.expect(sim.pair('A:later0').state === 'COPY', 'the pair left PAIR');
    sim.until('nothing is owed', () => a?.get('volume', 'm2_inv', 0) === 0);
    const there = blockValue(sim.world, 1, 0, 0, 0);
    sim.expect(there === last, `B holds write ${last} (it holds ${valueName(there)})`);
    const frames = (sim.world.link?.carried ?? 0) - carried;
    sim.expect(frames < WRITES, `the track went less often than it was written (${frames} frames)`);
    sim.until('the pair is in PAIR again', () => sim.pair('A:later0').state === 'PAIR');
    finish(sim);
  },
});
