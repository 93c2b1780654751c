import { undisturbed } from '../../firmware/runtime/simulated/scenario.js';
import { CELLO } from '../../firmware/runtime/simulated/workload/workloads.js';

export default undisturbed(CELLO, 'bench-pair', 500_000);
