import { COMMAND_OP, RESULT } from '../../firmware/memory/constants.js';
import { blockValue } from '../../firmware/runtime/simulated/inspect.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'v2 overtakes v1 on another link: B holds v2, and both hosts get their status',
  rig: 'tiny-pair',
  run(sim) {
    begin(sim);
    const unacked = (): number => sim.world.arrays[0]?.get('lock', 'unacked', 0) ?? 0;
    sim.world.link?.holdNext(1, 4_000);
    sim.start(0, COMMAND_OP.OP_WRITE, 'A:data0', 0, 2);
    sim.until('v1 is on its way', () => unacked() === 1);
    sim.wait_us(500);
    const v2 = sim.start(1, COMMAND_OP.OP_WRITE, 'A:data0', 0, 1);
    sim.until('both have their status', () => !sim.world.hosts[0]?.busy(0) && !sim.world.hosts[0]?.busy(1));
    for (const host of [0, 1])
      sim.expect(sim.world.hosts[0]?.look(host).status === RESULT.OK, `host ${host} gets good status`);
    finish(sim);
    sim.expect(blockValue(sim.world, 1, 0, 0, 0) === v2, `B holds v2 (write ${v2}) in sector 0`);
  },
});
