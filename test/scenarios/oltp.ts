import { undisturbed } from '../../firmware/runtime/simulated/scenario.js';
import { OLTP } from '../../firmware/runtime/simulated/workload/workloads.js';

export default undisturbed(OLTP, 'bench-pair', 200_000);
