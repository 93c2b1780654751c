import { undisturbed } from '../../firmware/runtime/simulated/scenario.js';
import { TPC_C } from '../../firmware/runtime/simulated/workload/workloads.js';

export default undisturbed(TPC_C, 'bench-pair', 200_000);
