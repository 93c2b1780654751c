import { COMMAND_OP, RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: "a local volume's drive is lost and replaced: what was on it only is a medium error, never zeroes; what is in cache is kept",
  rig: 'tiny-pair',
  usualCaches: true,
  run(sim) {
    begin(sim);
    sim.write('A:local0', 0, 4);
    sim.rest();
    for (let track = 0; track < 10; track++) sim.read('A:data0', track * 4, 4);
    sim.loseDrive('A:local0');
    const kept = sim.write('A:local0', 4, 4);
    sim.expect(kept.status === RESULT.OK, 'a write is taken into the cache');
    sim.wait_us(20_000);
    sim.expect(sim.read('A:local0', 0).status === RESULT.MEDIUM_ERROR, 'what the drive had is a medium error');
    // More than the cache may hold is refused, not kept waiting.
    sim.start(0, COMMAND_OP.OP_WRITE, 'A:local0', 8, 8);
    sim.until('it ends', () => !sim.world.hosts[0]?.busy(0));
    sim.replaceDrive('A:local0');
    sim.rest();
    sim.expect(sim.read('A:local0', 0).status === RESULT.MEDIUM_ERROR, 'with the new drive too');
    const { status, values } = sim.read('A:local0', 4, 4);
    sim.expect(
      status === RESULT.OK && values.every((v) => v === kept.id),
      `what was in cache is there (${status}: ${values})`,
    );
    sim.expect(sim.write('A:local0', 1, 1).status === RESULT.MEDIUM_ERROR, 'a part of a lost track is refused');
    const whole = sim.write('A:local0', 0, 4);
    sim.expect(whole.status === RESULT.OK, 'all of it is taken');
    sim.expect(
      sim.read('A:local0', 0, 4).values.every((v) => v === whole.id),
      'and read',
    );
    finish(sim);
  },
});
