/** One input: a program of commands, alone and beside each other, with task management and lost sessions between, on an array as it was at first. */
import { FuzzFailure } from '../target.js';
import { adopt } from './adopt.js';
import { Batch } from './batch.js';
import { answerInWords, type Command, inWords } from './command.js';
import { expect } from './expect.js';
import { Believe } from './expect-persist.js';
import type { FuzzedHost } from './hosts.js';
import { firstOther, happened, judge, settle } from './judge.js';
import { faultOf } from './legal.js';
import { pick } from './lists.js';
import type { Scene } from './scene.js';
import type { Effect } from './world.js';

const FEWEST = 10;
const MORE = 26;
/** Attentions that a host may have to hear before a command is carried out: those of a full ring, and one for each that comes meanwhile. */
const ATTENTIONS = 12;
const SHOWN_LINES = 60;
const RESETS = [5, 6, 7];

export class Program {
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** Errors: FuzzFailure with what was wrong and what came before it. */
  run(): void {
    try {
      for (let left = FEWEST + this.#scene.random.below(MORE); left > 0; left--) this.#step();
      this.#lookAtMedium();
    } catch (error) {
      const text =
        error instanceof FuzzFailure
          ? error.message
          : error instanceof Error
            ? (error.stack ?? String(error))
            : String(error);
      throw new FuzzFailure(`${this.#scene.lines.slice(-SHOWN_LINES).join('\n')}\n${text}`);
    }
  }

  #step(): void {
    const kind = this.#scene.random.below(64);
    if (kind < 46) this.#alone(this.#scene.someCommand());
    else if (kind < 60) new Batch(this.#scene).run();
    else if (kind < 62) this.#manage();
    else if (kind === 62) this.#reopen();
    else this.#scene.losePower();
    this.#scene.lookForLeaks();
  }

  #alone(command: Command): void {
    for (let sent = 0; ; sent++) {
      const expected = expect(this.#scene.world, command);
      const task = (this.#scene.hosts[command.host] as FuzzedHost).submit(command);
      this.#scene.count(command);
      if (task === undefined) throw new FuzzFailure(`the port takes nothing: ${inWords(command)}`);
      this.#scene.say(inWords(command));
      this.#scene.finish();
      const { answer } = task;
      if (answer === undefined) throw new FuzzFailure('it does not end');
      this.#scene.say(`  ${answerInWords(answer)}`);
      this.#scene.hear(answer);
      const fault = faultOf(command, answer, false);
      if (fault !== undefined) throw new FuzzFailure(fault);
      if (answer.sense.startsWith('6/')) {
        if (sent === ATTENTIONS) throw new FuzzFailure('its attentions have no end');
        continue;
      }
      const wrong = judge(expected, answer);
      if (wrong !== undefined) throw new FuzzFailure(wrong);
      try {
        if (!happened(this.#scene.world, expected, answer)) this.#look(expected.effects ?? []);
      } catch (error) {
        if (!(error instanceof Believe)) throw error;
        adopt(this.#scene.array, this.#scene.world, this.#scene.hosts);
      }
      return;
    }
  }

  /** Which of several ways it went, the medium says. */
  #look(effects: readonly Effect[]): void {
    const possible = effects.map((effect) => ({ ...effect, must: true }));
    for (const unit of this.#scene.world.units) {
      const wrong = settle(unit, possible, this.#scene.array.contents(unit.number));
      if (wrong !== undefined) throw new FuzzFailure(wrong);
    }
  }

  /** Of no command, as none is under way: resets, and functions that find nothing. */
  #manage(): void {
    const host = pick(
      this.#scene.random,
      this.#scene.hosts.filter(({ isOpen }) => isOpen),
    );
    const unit = pick(this.#scene.random, this.#scene.world.units);
    const what = 1 + this.#scene.random.below(8);
    let response = -1;
    const task = this.#scene.random.chance(1, 2) ? -1 : this.#scene.random.below(this.#scene.array.port.commands);
    this.#scene.say(`host ${host.number}, unit ${unit.number}: function ${what}, task ${task}`);
    host.manage(what, unit.number << 16, task, (said) => {
      response = said;
    });
    this.#scene.finish();
    this.#scene.say(`  response ${response}`);
    const due = [1, 3, 8].includes(what) ? (what === 1 ? 1 : 5) : 0;
    if (response !== due) throw new FuzzFailure(`response ${response}, where ${due} is due`);
    if (!RESETS.includes(what)) return;
    for (const each of this.#scene.world.units) if (what !== 5 || each === unit) each.reset();
  }

  #reopen(): void {
    const host = pick(this.#scene.random, this.#scene.hosts);
    this.#scene.say(`host ${host.number} leaves and comes again`);
    host.close();
    this.#scene.finish();
    this.#scene.world.lose(host.number);
    host.open();
  }

  #lookAtMedium(): void {
    for (const unit of this.#scene.world.units) {
      const found = this.#scene.array.contents(unit.number);
      if (!found.equals(unit.bytes))
        throw new FuzzFailure(`at the end, unit ${unit.number}: ${firstOther(unit.bytes, found)}`);
    }
  }
}
