/**
 * Dumps of simulated runs. A run that failed is made once more, as it is a function of what it was given, with a trace; at its
 * first violation everything is written down.
 */
import { TRACE_MARK } from '../../firmware/engine/recorder.js';
import { readTraceRing } from '../../firmware/memory/trace-ring.js';
import { ROLES } from '../../firmware/ports/messages.js';
import type { Images } from '../../firmware/runtime/machine/array.js';
import type { Scenario } from '../../firmware/runtime/simulated/scenario.js';
import type { Sim } from '../../firmware/runtime/simulated/sim.js';
import { type TracedRig, traceRig } from '../../firmware/runtime/simulated/traced-rig.js';
import type { SimRig } from '../../firmware/runtime/simulated/world-plan.js';
import { type DumpCause, type DumpPlace, dumpChunks } from '../../firmware/service/dump/dump-file.js';
import { writeChunks } from '../../firmware/service/dump/files.js';
import type { RunHead } from '../../firmware/service/dump/trace-file.js';
import { type RunResult, runScenario } from '../regress/run.js';
import { RECORDS_USUAL, ranBy, simHead } from '../trace/simulated.js';

/** A run that failed, and where its dump is to be. */
export interface Dumped {
  readonly scenario: Scenario;
  readonly rig: SimRig;
  readonly images: Images;
  readonly failed: RunResult;
  readonly run: RunHead;
  readonly path: string;
  /** Of each director; a power of two. */
  readonly records?: number;
}

/**
 * Makes the run again and writes the dump. Errors: Error that names the file; Error for a run that does not fail again, as
 * that of a scenario that is no function of its settings.
 */
export function dumpRun({ scenario, rig, images, failed, run, path, records = RECORDS_USUAL }: Dumped): void {
  const traced = traceRig(rig, records);
  let isWritten = false;
  const prepare = (sim: Sim): void => {
    sim.onViolation = (text) => {
      isWritten = true;
      write(path, traced, sim, run, text);
    };
  };
  const { seed, settings, faults } = failed;
  const { violations } = runScenario(scenario, traced.rig, images, seed, settings, prepare, { faults });
  const [first] = violations;
  if (!isWritten || first?.text !== failed.violations[0]?.text)
    throw new Error(
      `${path}: the run does not fail as it did: "${failed.violations[0]?.text}" then, ${first ? `"${first.text}"` : 'no violation'} now`,
    );
}

function write(path: string, { rig, rings, recorders }: TracedRig, sim: Sim, run: RunHead, text: string): void {
  const cause = causeOf(recorders, sim, text);
  for (const recorder of recorders) recorder.mark(TRACE_MARK.VIOLATION);
  const arrays = sim.world.arrays.map(({ config, memory }, array) => ({
    config,
    images: ranBy(sim, array),
    memory: memory.bytes,
  }));
  const read = rings.flat().map(({ words }) => readTraceRing(words));
  const otherImages = [sim.codes, sim.others];
  writeChunks(path, 'dump', dumpChunks({ head: simHead(rig, run), cause, arrays, otherImages, rings: read }));
}

function causeOf(recorders: TracedRig['recorders'], sim: Sim, text: string): DumpCause {
  const at = (array: number, place: (typeof recorders)[number]['running']): DumpPlace | undefined =>
    place && { array, role: ROLES[place.role] as DumpPlace['role'], task: place.token, pc: place.pc };
  const time_ns = sim.world.events.now_ns();
  const faults = recorders.flatMap((recorder, array) => at(array, recorder.faulted) ?? []);
  const [fault] = faults;
  if (fault) return { what: 'fault', text, time_ns, where: fault };
  // Out of which an error was thrown.
  const [where] = recorders.flatMap((recorder, array) => at(array, recorder.running) ?? []);
  return where ? { what: 'check', text, time_ns, where } : { what: 'violation', text, time_ns };
}
