import { undisturbed } from '../../firmware/runtime/simulated/scenario.js';
import { SPC_1 } from '../../firmware/runtime/simulated/workload/workloads.js';

export default undisturbed(SPC_1, 'pair', 500_000, 3);
