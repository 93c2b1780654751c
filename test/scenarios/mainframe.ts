import { undisturbed } from '../../firmware/runtime/simulated/scenario.js';
import { MAINFRAME } from '../../firmware/runtime/simulated/workload/workloads.js';

export default undisturbed(MAINFRAME, 'bench-pair', 100_000);
