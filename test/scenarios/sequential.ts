import { undisturbed } from '../../firmware/runtime/simulated/scenario.js';
import { SEQUENTIAL_RUNS } from '../../firmware/runtime/simulated/workload/workloads.js';

export default undisturbed(SEQUENTIAL_RUNS, 'pair', 100_000, 3);
