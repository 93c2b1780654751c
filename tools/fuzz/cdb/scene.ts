/** What a program runs on: the array, its hosts, what is known of both, chance, and what was done so far. */
import type { Random } from '../../../firmware/memory/random.js';
import { type Counts, FuzzFailure } from '../target.js';
import type { FuzzedArray } from './array.js';
import { type Answer, CHECK, CONFLICT, type Command } from './command.js';
import { someCommand, someTheme, type Theme } from './generate.js';
import { FuzzedHost } from './hosts.js';
import { type Baseline, leakOf } from './leaks.js';
import type { World } from './world.js';

export class Scene {
  readonly array: FuzzedArray;
  readonly world: World;
  readonly hosts: readonly FuzzedHost[];
  readonly random: Random;
  readonly baseline: Baseline;
  /** How many it sent. */
  commands = 0;
  readonly #tally: Counts;
  readonly lines: string[] = [];
  readonly #mayErase: boolean;
  readonly #theme: Theme;

  /** @param nexuses of the sessions that the array's memory has */
  constructor(
    array: FuzzedArray,
    world: World,
    nexuses: readonly number[],
    baseline: Baseline,
    tally: Counts,
    random: Random,
  ) {
    this.array = array;
    this.world = world;
    this.baseline = baseline;
    this.#tally = tally;
    this.random = random;
    this.hosts = nexuses.map((nexus, number) => {
      const host = new FuzzedHost(array, number);
      host.nexus = nexus;
      return host;
    });
    this.#mayErase = this.random.chance(1, 5);
    this.#theme = someTheme(this.random);
  }

  /** It was sent. */
  count({ layout }: Command): void {
    this.commands++;
    this.#tally.count(layout?.name ?? 'operations that there are not');
  }

  /** It has ended. */
  hear({ status }: Answer): void {
    if (status === CHECK || status === CONFLICT) this.#tally.refusals++;
  }

  say(line: string): void {
    this.lines.push(line);
  }

  someCommand(): Command {
    const open = this.hosts.filter(({ isOpen }) => isOpen).map(({ number }) => number);
    return someCommand(this.random, this.world, open, this.#theme, this.#mayErase);
  }

  lookForLeaks(): void {
    const leak = leakOf(this.array, this.baseline);
    if (leak !== undefined) throw new FuzzFailure(leak);
  }

  /** Until all that is under way has ended. */
  finish(): void {
    const { unit } = this.array.machine.memory.layout.records;
    const isIdle = (): boolean => {
      for (let u = 0; u < unit; u++) if (this.array.machine.get('media', 'work', u) !== 0) return false;
      return this.hosts.every(({ underWay }) => underWay === 0);
    };
    if (!this.array.runUntil(isIdle)) throw new FuzzFailure('what is under way does not end');
  }

  losePower(): void {
    this.say('power is lost, and comes again');
    this.array.losePower();
    for (const host of this.hosts) host.forget();
    this.world.losePower();
    this.finish();
    for (const host of this.hosts) host.open();
  }
}
