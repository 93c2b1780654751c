import { COMMAND_OP, FLAG } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'v1 is sent, v2 is written, the acknowledgement of v1 arrives: M2 stays set',
  rig: 'tiny-pair',
  run(sim) {
    begin(sim);
    const array = sim.world.arrays[0];
    const unacked = (): number => array?.get('lock', 'unacked', 0) ?? 0;
    sim.start(0, COMMAND_OP.OP_WRITE, 'A:data0', 0, 1);
    sim.until('v1 is on its way', () => unacked() === 1);
    // The answer to v1 is one that the data role has not seen yet when v2 is committed.
    sim.start(1, COMMAND_OP.OP_WRITE, 'A:data0', 1, 1);
    sim.until('v2 is on its way too', () => unacked() === 2);
    sim.until('v1 is acknowledged', () => unacked() === 1);
    sim.expect((sim.flags('A:data0', 0) & FLAG.M2_WP) !== 0, 'M2 write pending is set after the acknowledgement of v1');
    sim.until('both have their status', () => !sim.world.hosts[0]?.busy(0) && !sim.world.hosts[0]?.busy(1));
    sim.expect(
      (sim.flags('A:data0', 0) & FLAG.M2_WP) === 0,
      'M2 write pending is clear after the acknowledgement of v2',
    );
    finish(sim);
  },
});
