import { COMMAND_OP } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';
import type { Sim } from '../../firmware/runtime/simulated/sim.js';

/** Tracks of the first volume that take room, at each array. */
const mapped = (sim: Sim): number[] => sim.world.arrays.map((a) => a.get('volume', 'written', 0));

export default scenario({
  help: 'hosts trim whole tracks while the link is cut and power is lost on either side; what is trimmed at last takes no room on either',
  rig: 'tiny-pair',
  run(sim) {
    begin(sim);
    sim.load_us(70_000, { readsOf16: 3, trimsOf16: 8 });
    sim.wait_us(8_000);
    sim.world.cutLink();
    sim.wait_us(6_000);
    sim.world.mendLink();
    sim.wait_us(6_000);
    for (const array of ['B', 'A']) {
      sim.world.losePower(array === 'A' ? 0 : 1, 1 + sim.world.chance.below(400));
      sim.wait_us(3_000);
      sim.crash(array);
      sim.wait_us(3_000);
      sim.powerOn(array);
      sim.wait_us(10_000);
    }
    sim.wait_us(40_000);
    sim.rest();
    if (sim.violations.length > 0) return;
    sim.paired();
    const { tracks = 0 } = sim.rig.arrays[0]?.volumes[0] ?? {};
    const { sectorsPerTrack = 1 } = sim.rig.arrays[0]?.dims ?? {};
    for (let track = 0; track < tracks; track++) {
      const was = mapped(sim);
      const host = sim.start(0, COMMAND_OP.OP_TRIM, 'A:data0', track * sectorsPerTrack, sectorsPerTrack);
      sim.until('the trim ends', () => !sim.world.hosts[0]?.busy(0));
      sim.expect(host > 0 && mapped(sim).every((n, a) => n <= (was[a] ?? 0)), 'a trim takes no room');
    }
    sim.expect(
      mapped(sim).every((n) => n === 0),
      `nothing of the volume takes room (${mapped(sim).join(' and ')} tracks do)`,
    );
    finish(sim);
  },
});
