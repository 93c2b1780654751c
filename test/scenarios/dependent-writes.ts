import {
  begin,
  finish,
  scenario,
  servedBy,
  settingsOf,
  withSettings,
} from '../../firmware/runtime/simulated/scenario.js';
import { DEPENDENT_WRITES } from '../../firmware/runtime/simulated/workload/workloads.js';

export default scenario({
  help: 'chains of writes, each issued when the one before has its status: whenever the copy could serve, it holds a prefix of each',
  rig: 'tiny-links',
  settings: settingsOf(DEPENDENT_WRITES, 60_000),
  run(sim, settings) {
    begin(sim);
    const volumes = servedBy(sim, 0, true);
    sim.workload(withSettings(DEPENDENT_WRITES, settings), { volumes, us: settings.us ?? 60_000 });
    sim.wait_us((settings.us ?? 60_000) / 3);
    sim.world.cutLink(sim.world.chance.below(2));
    sim.wait_us((settings.us ?? 60_000) / 3);
    sim.world.mendLink();
    sim.worked();
    finish(sim);
  },
});
