/** A dump as a debugger's target: a rig that stands where something went wrong. It is looked at only. */
import { encodeImage, type Image } from '../../firmware/engine/image.js';
import { TOKEN_MASK } from '../../firmware/engine/tasks.js';
import { roleNumber } from '../../firmware/ports/messages.js';
import { Inspector } from '../../firmware/runtime/machine/debug/inspector.js';
import type {
  About,
  AnswerOf,
  AskOf,
  BreakState,
  Question,
  Stop,
  Table,
  Target,
} from '../../firmware/runtime/machine/debug/target.js';
import { type Dump, readDump } from '../../firmware/service/dump/dump-file.js';
import { allEvents, taskName } from '../trace/events.js';
import { SourceTexts } from '../trace/sources.js';
import { microseconds, placeText, saidOf } from '../trace/text.js';

const ONLY_LOOKING = 'this is a dump: it can be looked at, and neither goes on nor changes';
/** Records that are shown when nobody says how many. */
const RECORDS = 40;

class DumpTarget implements Target {
  onOutput: (line: string) => void = () => undefined;
  readonly #dump: Dump;
  readonly #inspector: Inspector;
  readonly #sources: SourceTexts;
  readonly #stop: Stop;

  constructor(dump: Dump, roots: readonly string[]) {
    this.#dump = dump;
    this.#sources = new SourceTexts(roots);
    const { where, what, text, time_ns } = dump.cause;
    const task = where && { array: where.array, role: roleNumber(where.role), task: where.task & TOKEN_MASK };
    this.#inspector = new Inspector({
      arrays: dump.arrays.map(({ config: { name }, tables, images }) => ({ name, tables, images })),
      now_ns: () => time_ns,
      current: task,
      trace: (words) => this.#trace(words),
    });
    this.#stop = {
      reason: what === 'violation' ? 'violation' : 'fault',
      text,
      moment: { time_ns, step: 0, operations: 0 },
      breaks: [],
      ...(task && where && { task, place: this.#inspector.place(where.array, task.role, where.pc) }),
    };
  }

  #trace(words: readonly string[]): Table {
    const count = words.map(Number).find((n) => Number.isInteger(n) && n > 0) ?? RECORDS;
    const [array, role] = (words.find((word) => !/^\d+$/.test(word)) ?? '').split('.');
    const { trace, cause } = this.#dump;
    const events = allEvents(trace).filter(
      (event) => (!array || event.array === array) && (role === undefined || event.role === role),
    );
    const zero_ns = trace.head.clock === 'virtual' ? 0 : cause.time_ns;
    return {
      columns: ['TIME µs', 'ROLE', 'TASK', 'WHAT', 'WHERE'],
      rows: events
        .slice(-count)
        .map((event) => [
          microseconds(event.time_ns - zero_ns),
          `${event.array}.${event.role}`,
          taskName(event.task),
          saidOf({ ...event, place: undefined }),
          event.place ? placeText(event.place) : '',
        ]),
    };
  }

  async about(): Promise<About> {
    const { name, rig, run, arrays } = this.#dump;
    return {
      kind: 'dump',
      title: `${name}, rig ${rig}${run ? `, of ${run.command}` : ''}`,
      arrays: arrays.map(({ config, images, layout: { bytes } }) => ({
        name: config.name,
        volumes: config.volumes.filter(({ of }) => of === undefined).map((volume) => volume.name),
        images: Object.fromEntries(
          Object.values(images).map((image: Image) => [image.role, Buffer.from(encodeImage(image)).toString('base64')]),
        ),
        bytes,
      })),
      can: { run: false, back: false, write: false },
    };
  }

  setBreaks(): Promise<readonly BreakState[]> {
    return Promise.reject(new RangeError(ONLY_LOOKING));
  }

  async breaks(): Promise<readonly BreakState[]> {
    return [];
  }

  resume(): Promise<Stop> {
    return Promise.reject(new RangeError(ONLY_LOOKING));
  }

  pause(): void {}

  async stop(): Promise<Stop> {
    return this.#stop;
  }

  async ask<Q extends Question>(question: Q, ask: AskOf<Q>): Promise<AnswerOf<Q>> {
    if (['assign', 'setMemory', 'hold', 'when'].includes(question)) throw new RangeError(ONLY_LOOKING);
    return this.#inspector.answer(question as Exclude<Q, 'when'>, ask as never) as AnswerOf<Q>;
  }

  async source(file: string): Promise<string | undefined> {
    const all = this.#dump.arrays.flatMap(({ images }) => Object.values(images) as Image[]);
    const image = all.find(({ files }) => files.includes(file));
    return image && this.#sources.file(image, file);
  }

  async close(): Promise<void> {}
}

/** @param roots trees of microcode whose lines are shown, beside the package's. Errors: as `readDump`. */
export async function openDump(file: string, roots: readonly string[] = []): Promise<Target> {
  return new DumpTarget(readDump(file), roots);
}
