/** The thread that a simulated run under a debugger has for itself: it waits inside the run. */
import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { encodeImage } from '../../../firmware/engine/image.js';
import type { About } from '../../../firmware/runtime/machine/debug/target.js';
import type { Sim } from '../../../firmware/runtime/simulated/sim.js';
import { linkRecipes } from '../../../firmware/service/microcode.js';
import { loadSimRig } from '../../../firmware/service/sim-rig.js';
import { imagesFrom } from '../../regress/images.js';
import { runScenario } from '../../regress/run.js';
import { loadPlant, loadScenario } from '../../regress/scenarios.js';
import { ASKED, type Asked, MEMORY_MB, PAUSE, type SimulatedOptions, type Told } from './open.js';
import { Session, type Talk } from './session.js';

const { options, port, signals } = workerData as {
  readonly options: SimulatedOptions;
  readonly port: MessagePort;
  readonly signals: Int32Array;
};

const tell = (told: Told): void => port.postMessage(told);

/** A request as the session wants it. */
function taken({ id, request }: Asked) {
  return {
    request,
    answer: (value: unknown) => tell({ what: 'answer', id, value }),
    refuse: (error: Error) => tell({ what: 'refused', id, error: error.message }),
  };
}

const talk: Talk = {
  next() {
    for (;;) {
      const asked = Atomics.load(signals, ASKED);
      const message = receiveMessageOnPort(port) as { message: Asked } | undefined;
      if (message) return taken(message.message);
      Atomics.wait(signals, ASKED, asked);
    }
  },
  get wantsPause() {
    return Atomics.exchange(signals, PAUSE, 0) !== 0;
  },
  poll() {
    const message = receiveMessageOnPort(port) as { message: Asked } | undefined;
    return message && taken(message.message);
  },
  say: (line) => tell({ what: 'line', line }),
};

function aboutOf({ rig, seed, world, codes }: Sim, scenario: string): About {
  const arrays = rig.arrays.map(({ name, volumes }, a) => ({
    name,
    volumes: volumes.filter(({ of }) => of === undefined).map((volume) => volume.name),
    images: Object.fromEntries(
      Object.values(codes).map((image) => [image.role, Buffer.from(encodeImage(image)).toString('base64')]),
    ),
    bytes: world.arrays[a]?.memory.layout.bytes ?? 0,
  }));
  const title = `scenario ${scenario}, rig ${rig.name}, seed ${seed}`;
  return { kind: 'simulated', title, arrays, can: { run: true, back: true, write: true } };
}

async function debug(): Promise<void> {
  const { scenario: name, seed = 1, settings = {}, faults = [], memory_mb = MEMORY_MB } = options;
  const scenario = await loadScenario(name);
  const plant = options.plant === undefined ? undefined : await loadPlant(options.plant);
  const rig = loadSimRig(options.rig ?? plant?.rig ?? scenario.rig);
  const images = await imagesFrom(options);
  if (plant === undefined) linkRecipes(images, rig.arrays);
  let session: Session | undefined;
  const prepare = (sim: Sim): void => {
    tell({ what: 'ready', about: aboutOf(sim, name) });
    session = new Session(sim, talk, memory_mb * 1024 * 1024);
  };
  const { violations, hash } = runScenario(scenario, rig, images, seed, settings, prepare, { faults });
  const found = violations.map(({ time_us, text }) => `  at ${time_us} µs: ${text}\n`).join('');
  session?.end(`${found}${violations.length > 0 ? 'FAIL' : 'PASS'} ${hash}`);
}

try {
  await debug();
} catch (error) {
  tell({ what: 'failed', error: error instanceof Error ? error.message : String(error) });
}
