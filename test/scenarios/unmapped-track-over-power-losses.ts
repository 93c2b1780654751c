import { COMMAND_OP, RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

const ROUNDS = 20;
/** Micro-operations after the trim has begun until power goes; more than a trim takes on one side. */
const OPERATIONS = 160;

export default scenario({
  help: 'power is lost on either side in the middle of a trim of a whole track: it is as it was, or zeroes that take no room',
  rig: 'tiny-pair',
  run(sim) {
    begin(sim);
    const { sectorsPerTrack = 1 } = sim.rig.arrays[0]?.dims ?? {};
    const tracks = sim.rig.arrays[0]?.volumes[0]?.tracks ?? 1;
    for (let round = 0; round < ROUNDS && sim.violations.length === 0; round++) {
      const lba = sim.world.chance.below(tracks) * sectorsPerTrack;
      const lost = sim.world.chance.below(2);
      const { name = '' } = sim.rig.arrays[lost] ?? {};
      const { id, status } = sim.write('A:data0', lba, sectorsPerTrack);
      sim.expect(status === RESULT.OK, 'the write has its status');
      if (sim.world.chance.below(2) === 0) sim.rest();
      sim.start(0, COMMAND_OP.OP_TRIM, 'A:data0', lba, sectorsPerTrack);
      sim.crash(name, 1 + sim.world.chance.below(OPERATIONS));
      sim.until('power is lost, or the trim ended', () => !sim.world.powered(lost) || !sim.world.hosts[0]?.busy(0));
      sim.crash(name);
      sim.powerOn(name);
      sim.paired();
      sim.rest();
      if (sim.violations.length > 0) return;
      sim.checkAtRest();
      const { values } = sim.read('A:data0', lba, sectorsPerTrack);
      const [first] = values;
      sim.expect(
        values.every((v) => v === first) && (first === id || first === 0),
        `all of the track is write ${id} or zeroes (got ${values.join(', ')})`,
      );
    }
    finish(sim);
  },
});
