import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

/** Times that A loses power. */
const LIVES = 10;

export default scenario({
  help: 'A loses power and has it again before B misses both links: a greeting of before the second one was missed opens no session that only one side has',
  rig: 'tiny-links',
  run(sim) {
    begin(sim);
    for (let life = 0; life < LIVES && sim.violations.length === 0; life++) {
      sim.crash('A');
      sim.powerOn('A');
      sim.wait_us(20_000);
      sim.paired();
    }
    finish(sim);
  },
});
