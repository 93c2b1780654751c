import { scenario } from '../../firmware/runtime/simulated/scenario.js';
import { mend } from '../../firmware/runtime/simulated/storm.js';

export default scenario({
  help: 'hosts work on all arrays while the faults of --fault strike; then all is mended, and nothing is lost, held or owed',
  rig: 'tiny-pair',
  settings: { load_us: 60_000, reads_of_16: 5, sectors_most: 6 },
  run(sim, { load_us = 60_000, reads_of_16: readsOf16 = 5, sectors_most: sectorsMost = 6 }) {
    // From power on: faults may come before any pair is in PAIR.
    sim.load_us(load_us, { readsOf16, sectorsMost });
    sim.wait_us(load_us + 20_000);
    mend(sim);
    if (sim.violations.length === 0) sim.checkAtRest();
  },
});
