import {
  begin,
  finish,
  scenario,
  servedBy,
  settingsOf,
  withSettings,
} from '../../firmware/runtime/simulated/scenario.js';
import { OLTP } from '../../firmware/runtime/simulated/workload/workloads.js';

const US = 200_000;

export default scenario({
  help: 'OLTP goes on while the link is cut and mended, and while A loses power and returns: requests wait, and none is lost',
  rig: 'bench-pair',
  settings: settingsOf(OLTP, US),
  run(sim, settings) {
    begin(sim);
    const us = settings.us ?? US;
    sim.workload(withSettings(OLTP, settings), { volumes: servedBy(sim, 0), us });
    sim.wait_us(us / 5);
    sim.world.cutLink();
    sim.wait_us(us / 5);
    sim.world.mendLink();
    sim.wait_us(us / 5);
    sim.crash('A', 1 + sim.world.chance.below(2000));
    sim.until('A has no power', () => !sim.world.powered(0));
    sim.wait_us(us / 20);
    sim.powerOn('A');
    sim.worked();
    sim.expect(
      sim.responses.every(({ failed }) => failed === 0),
      'every request gets its good status',
    );
    sim.paired();
    finish(sim);
  },
});
