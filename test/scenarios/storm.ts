import { begin, scenario } from '../../firmware/runtime/simulated/scenario.js';
import { storm, USUAL_STORM } from '../../firmware/runtime/simulated/storm.js';

export default scenario({
  help: 'cuts, power losses at any micro-operation, overtaken frames, takeovers, suspensions and sectors that cannot be read lose nothing that was promised',
  rig: 'two-slots',
  misfit: () => undefined,
  settings: { load_us: USUAL_STORM.load_us, faults: USUAL_STORM.faults, takeovers: 1, errors_in: USUAL_STORM.errorsIn },
  run(sim, settings) {
    begin(sim);
    storm(sim, {
      load_us: settings.load_us ?? USUAL_STORM.load_us,
      faults: settings.faults ?? USUAL_STORM.faults,
      takeovers: settings.takeovers !== 0,
      errorsIn: settings.errors_in ?? USUAL_STORM.errorsIn,
    });
  },
});
