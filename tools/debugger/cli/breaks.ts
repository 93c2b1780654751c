/** The breaks of a session: those of the user, of which the target has the ones that are on. */
import type { Break, BreakState, Target } from '../../../firmware/runtime/machine/debug/target.js';
import { CommandError, countOf } from './words.js';

export interface UserBreak extends Break {
  /** As the user wrote it. */
  readonly text: string;
  readonly isOn: boolean;
}

export class Breaks {
  #all: UserBreak[] = [];
  #next = 1;

  constructor(private readonly target: Target) {}

  get all(): readonly UserBreak[] {
    return this.#all;
  }

  #set(): Promise<readonly BreakState[]> {
    const on = this.#all.filter(({ isOn }) => isOn);
    return this.target.setBreaks(on.map(({ text: _text, isOn: _isOn, ...one }) => one));
  }

  /** Errors: CommandError with the target's reason, where it cannot be. */
  async add(one: Omit<UserBreak, 'id' | 'isOn'>): Promise<BreakState & { readonly text: string }> {
    const id = this.#next;
    this.#all.push({ ...one, id, isOn: true });
    const state = (await this.#set()).find((s) => s.id === id);
    if (state === undefined || state.error !== undefined) {
      this.#all.pop();
      await this.#set();
      throw new CommandError(state?.error ?? `the target does not know of break ${id}`);
    }
    this.#next++;
    return { ...state, text: one.text };
  }

  /** With how often each was met; of those that are off, not. */
  async states(): Promise<readonly { readonly one: UserBreak; readonly state?: BreakState }[]> {
    const states = await this.target.breaks();
    return this.#all.map((one) => {
      const state = states.find(({ id }) => id === one.id);
      return state && one.isOn ? { one, state } : { one };
    });
  }

  /** Numbers of breaks; all when the text is empty. Errors: CommandError that says which there are. */
  numbers(text: string): number[] {
    if (text === '') return this.#all.map(({ id }) => id);
    const wanted = text.split(/[\s,]+/).map((word) => countOf(word, 'the number of a break'));
    const missing = wanted.find((id) => !this.#all.some((one) => one.id === id));
    if (missing !== undefined) {
      const there = this.#all.map(({ id }) => id).join(', ');
      throw new CommandError(`there is no break ${missing}; ${there === '' ? 'there is none' : `there are ${there}`}`);
    }
    return wanted;
  }

  async delete(ids: readonly number[]): Promise<void> {
    this.#all = this.#all.filter(({ id }) => !ids.includes(id));
    await this.#set();
  }

  async turn(ids: readonly number[], isOn: boolean): Promise<void> {
    this.#all = this.#all.map((one) => (ids.includes(one.id) ? { ...one, isOn } : one));
    await this.#set();
  }

  /** These stopped the run: those that were for one stop are gone. */
  async met(ids: readonly number[]): Promise<void> {
    const left = this.#all.filter(({ id, once }) => !(once && ids.includes(id)));
    if (left.length === this.#all.length) return;
    this.#all = left;
    await this.#set();
  }
}
