import { begin, misfitOfScsi, scenario } from '../../firmware/runtime/simulated/scenario.js';
import { storm, USUAL_STORM } from '../../firmware/runtime/simulated/storm.js';

export default scenario({
  help: 'SCSI hosts reserve, preempt, compare, unmap and end tasks beside their reads and writes, while links are cut, power is lost and arrays take over: each command has the answer that its moment allows',
  rig: 'tiny-scsi',
  misfit: (rig) => misfitOfScsi(rig),
  settings: {
    load_us: USUAL_STORM.load_us,
    faults: USUAL_STORM.faults,
    takeovers: 1,
    errors_in: USUAL_STORM.errorsIn,
    scsi_of_16: 6,
  },
  run(sim, settings) {
    begin(sim);
    sim.scsi.share(settings.scsi_of_16 ?? 0);
    storm(sim, {
      load_us: settings.load_us ?? USUAL_STORM.load_us,
      faults: settings.faults ?? USUAL_STORM.faults,
      takeovers: settings.takeovers !== 0,
      errorsIn: settings.errors_in ?? USUAL_STORM.errorsIn,
    });
  },
});
