/** Simulated seconds in a second: the rig `pair` under OLTP at 500 I/O a second, with its oracle. */
import { begin } from '../../firmware/runtime/simulated/scenario.js';
import { Sim } from '../../firmware/runtime/simulated/sim.js';
import { OLTP } from '../../firmware/runtime/simulated/workload/workloads.js';
import { loadImages } from '../../firmware/service/microcode.js';
import { loadSimRig } from '../../firmware/service/sim-rig.js';
import { type Figure, median } from './figures.js';

const SEED = 1;
/** So much virtual time between two looks at the clock. */
const SLICE_US = 1_000_000;
/** More than any machine simulates in the time of the measurement. */
const LONG_US = 1_000_000_000;

/** Errors: a violation that the oracle or the checks found; then the figure would be worth nothing. */
export function benchSimulatedPair(rounds: number, seconds: number): Figure[] {
  const sim = new Sim(loadSimRig('pair'), loadImages(), SEED);
  begin(sim);
  sim.workload(OLTP, { volumes: ['A:data0'], us: LONG_US });
  const round = (most_s: number): number => {
    const start_ms = performance.now();
    const from_us = sim.time_us;
    let took_ms = 0;
    while (took_ms < most_s * 1000) {
      sim.wait_us(SLICE_US);
      const violation = sim.violations[0];
      if (violation) throw new Error(`the simulator found a violation at ${violation.time_us} us: ${violation.text}`);
      took_ms = performance.now() - start_ms;
    }
    return (sim.time_us - from_us) / 1000 / took_ms;
  };
  round(1);
  const value = median(Array.from({ length: rounds }, () => round(seconds)));
  return [{ name: 'pair under OLTP, 500 I/O a second, simulated', unit: 's/s', value, targets: [{ least: 100 }] }];
}
