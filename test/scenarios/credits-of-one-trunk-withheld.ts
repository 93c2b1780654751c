import { COMMAND_OP, RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'B gives no credits back: writes that it mirrors wait, and those that C mirrors get their status as ever',
  rig: 'tiny-star',
  run(sim) {
    begin(sim);
    sim.rest();
    sim.world.link?.withhold(1, true);
    const credits = (): number => sim.world.arrays[0]?.get('link', 'credits', 0) ?? 0;
    for (let track = 0; credits() > 0; track++) sim.write('A:data0', track * 4, 4);
    sim.start(1, COMMAND_OP.OP_WRITE, 'A:data0', 40, 4);
    const waits = (): boolean => sim.world.hosts[0]?.busy(1) === true;
    for (let track = 0; track < 6; track++)
      sim.expect(sim.write('A:data1', track * 4, 4).status === RESULT.OK, `write ${track} to A:data1 is good`);
    sim.expect(waits(), 'the write to A:data0 waits for a credit of B');
    sim.world.link?.withhold(1, false);
    sim.until('it has its status', () => !waits());
    finish(sim);
  },
});
