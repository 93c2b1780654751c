import { COMMAND_OP, RESULT } from '../../firmware/memory/constants.js';
import { blockValue, valueName } from '../../firmware/runtime/simulated/inspect.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

/** Times that A loses power; each time while B works for a write of it. */
const LIVES = 12;
/** Hosts of B that read in turn. */
const READERS = 4;

export default scenario({
  help: 'A loses power, boots and writes again while B still works for a write of before: no status before B holds the write',
  rig: 'tiny-pair',
  usualTimes: true,
  run(sim) {
    begin(sim);
    const [a, b] = sim.world.arrays;
    const perTrack = sim.rig.arrays[1]?.dims.sectorsPerTrack ?? 1;
    const ended = (): boolean => !sim.world.hosts[0]?.busy(0);
    for (let track = 0; track < LIVES && sim.violations.length === 0; track++) {
      const lba = track * perTrack;
      // B's slot is granted to a read until its drive has answered, and the write of A waits for it. That write is the
      // first in this life of A, as the one of before was in the last: their tokens are the same.
      sim.start(track % READERS, COMMAND_OP.OP_READ, 'B:data0', lba, 1);
      const id = sim.start(0, COMMAND_OP.OP_WRITE, 'A:data0', lba, 1);
      sim.until('B works for the write', () => ended() || b?.get('lock', 'holder', track) !== 0);
      for (let i = sim.world.chance.below(6); i > 0 && !ended(); i--) sim.wait_us(50);
      if (ended()) {
        sim.expect(sim.world.hosts[0]?.look(0).status === RESULT.OK, `write ${id} has good status`);
        const there = blockValue(sim.world, 1, 0, lba, lba);
        sim.expect(
          there === id,
          `B holds write ${id} of track ${track} when its host has good status (it holds ${valueName(there)})`,
        );
      }
      sim.crash('A');
      sim.powerOn('A');
      sim.until('the session is open again', () => a?.get('session', 'open', 0) !== 0);
    }
    finish(sim);
  },
});
