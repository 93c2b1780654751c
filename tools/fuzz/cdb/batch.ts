/** Commands beside each other: which runs when is chance, and so is what ends them in the middle. */
import { FuzzFailure } from '../target.js';
import { adopt } from './adopt.js';
import { answerInWords, CONDITION_MET, type Command, GOOD, inWords } from './command.js';
import { touched } from './expect.js';
import type { FuzzedHost, Task } from './hosts.js';
import { type Possible, settle } from './judge.js';
import { faultOf } from './legal.js';
import { pick } from './lists.js';
import type { Scene } from './scene.js';
import type { UnitModel } from './world.js';

const READS = [0x08, 0x28, 0xa8, 0x88];
/** What leaves something of which the other commands know nothing: passes of a pattern. */
const SANITIZE = 0x48;

export class Batch {
  readonly #scene: Scene;
  readonly #tasks: Task[] = [];
  /** Something ended commands before their time. */
  #isDisturbed = false;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  run(): void {
    const { random } = this.#scene;
    this.#scene.say('beside each other:');
    for (let left = 2 + random.below(6); left > 0; left--) {
      this.#submit();
      if (random.chance(2, 3)) this.#scene.array.stir(random.below(random.chance(1, 3) ? 400 : 40), random);
      if (random.chance(1, 5)) this.#disturb();
    }
    this.#scene.array.stir(random.below(300), random);
    if (random.chance(1, 24)) this.#losePower();
    else this.#scene.finish();
    for (const host of this.#scene.hosts) if (host.nexus < 0) host.open();
    this.#judge();
  }

  #submit(): void {
    const { hosts } = this.#scene;
    if (!hosts.some(({ isOpen }) => isOpen)) return;
    const command = this.#scene.someCommand();
    const task = (hosts[command.host] as FuzzedHost).submit(command);
    // The port's room is bounded.
    if (task === undefined) return;
    this.#scene.count(command);
    this.#scene.say(`  ${task.number}: ${inWords(command)}`);
    this.#tasks.push(task);
  }

  #disturb(): void {
    const { random, hosts, world, say } = this.#bound;
    const open = hosts.filter(({ isOpen }) => isOpen);
    if (open.length === 0) return;
    const host = pick(random, open);
    this.#isDisturbed = true;
    if (random.chance(1, 6)) {
      say(`  host ${host.number} leaves`);
      host.close();
      return;
    }
    const task = this.#tasks.length > 0 ? pick(random, this.#tasks) : undefined;
    const what = pick(random, [1, 1, 2, 4, 5, random.chance(1, 3) ? 6 : 1]);
    const by = what === 1 && task ? (hosts[task.command.host] as FuzzedHost) : host;
    if (!by.isOpen) return;
    const unit = pick(random, world.units).number;
    // A transport names only tasks that it has.
    const number = what === 1 && task && task.answer === undefined ? task.number : -1;
    say(`  host ${by.number}, unit ${unit}: function ${what}, task ${number}`);
    by.manage(what, unit << 16, number, () => undefined);
  }

  get #bound() {
    const { random, hosts, world } = this.#scene;
    return { random, hosts, world, say: (line: string): void => this.#scene.say(line) };
  }

  #losePower(): void {
    this.#isDisturbed = true;
    this.#scene.losePower();
  }

  #judge(): void {
    const { world, array } = this.#scene;
    const possible: Possible[] = [];
    for (const { command, answer, number } of this.#tasks) {
      if (answer === undefined && !this.#isDisturbed) throw new FuzzFailure(`command ${number} does not end`);
      if (answer) {
        this.#scene.say(`  ${number}: ${answerInWords(answer)}`);
        this.#scene.hear(answer);
        const fault = faultOf(command, answer, this.#mayAbort);
        if (fault !== undefined) throw new FuzzFailure(`command ${number}: ${fault}`);
      }
      const isGood = answer?.status === GOOD || answer?.status === CONDITION_MET;
      const mayHave = answer === undefined || answer.status >= 0x40 || isGood || answer.sense === 'a/0d/01';
      if (mayHave) for (const effect of touched(world, command)) possible.push({ ...effect, must: isGood });
    }
    this.#judgeReads(possible);
    for (const unit of world.units) {
      const wrong = settle(unit, possible, array.contents(unit.number));
      if (wrong !== undefined) throw new FuzzFailure(wrong);
    }
    adopt(array, world, this.#scene.hosts);
  }

  /** PREEMPT AND ABORT ends those of others. */
  get #mayAbort(): boolean {
    return this.#isDisturbed || this.#tasks.some(({ command }) => command.layout?.code === 0x5f);
  }

  /** Each block that was read is what stood there, or what one of the others wrote. */
  #judgeReads(possible: readonly Possible[]): void {
    if (this.#tasks.some(({ command }) => command.layout?.code === SANITIZE)) return;
    for (const { command, answer } of this.#tasks) {
      if (answer?.status !== GOOD || !READS.includes(command.layout?.code ?? -1)) continue;
      const unit = this.#scene.world.units[command.unit] as UnitModel;
      const fault = readFault(unit, command, answer.data, possible);
      if (fault !== undefined) throw new FuzzFailure(`${inWords(command)}: ${fault}`);
    }
  }
}

function readFault(unit: UnitModel, command: Command, data: Buffer, possible: readonly Possible[]): string | undefined {
  const { lba: place } = command.layout ?? {};
  if (place === undefined) return undefined;
  const first =
    command.cdb.subarray(place.at, place.at + place.bytes).reduce((sum, byte) => sum * 256 + byte, 0) % 2 ** 21;
  for (let block = first; (block - first) * unit.block < data.length; block++) {
    const here = data.subarray((block - first) * unit.block, (block - first + 1) * unit.block);
    if (unit.read(block, 1).subarray(0, here.length).equals(here)) continue;
    const isWritten = possible.some(
      ({ unit: of, lba, count, data: bytes }) =>
        of === unit.number &&
        block >= lba &&
        block < lba + count &&
        (bytes === undefined ||
          bytes.subarray((block - lba) * unit.block, (block - lba) * unit.block + here.length).equals(here)),
    );
    if (!isWritten) return `block ${block} has ${here.subarray(0, 16).toString('hex')}…, which nobody wrote`;
  }
  return undefined;
}
