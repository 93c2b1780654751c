/**
 * What every way through the microcode keeps, one table: the rule as the manual prints it, and what is said where it is broken.
 * Behind each text the check adds the way that leads there.
 */
export const RULES = {
  reached: {
    rule: 'A way leads to each instruction of a handler, sub or hook; a handler or a hook comes to each sub.',
    say: (what: string, to: number | undefined, before: string, line: number, title: string): string =>
      `nothing comes to this ${what}${to === undefined ? '' : `, nor to the lines after it up to ${to}`}: "${before}" at line ${line} goes elsewhere, and nothing in ${title} branches here; take it out, or give it a label that something goes to`,
  },
  called: {
    rule: '',
    say: (title: string): string => `nobody calls ${title}, from a handler or a hook; call it, or take it out`,
  },
  recursion: {
    rule: 'No sub calls itself, by others neither.',
    say: (title: string): string => `${title} calls itself; calls are four deep at most, so write a loop`,
  },
  givenBack: {
    rule: 'What a task takes it gives back, or hands over, before it ends: the holdings below.',
    say: (what: string, since: string): string => `the task ends with ${what}${since}; give it back on this way`,
  },
  held: {
    rule: 'Only what is held is given back or handed over, and an answer says that it hands something over only when it does.',
    say: (does: string): string => `${does}, and none is held here`,
  },
  balanced: {
    rule: 'A sub leaves what is held as it was, or says so: `holds lock "why"`, `gives lock "why"`. It may depend on a result: each caller is walked with what the sub left.',
    say: (title: string, does: string, word: string, name: string): string =>
      `${title} ${does}, not as it was called; if its callers count on that, it says so: ${word} ${name} "why"`,
  },
  relied: {
    rule: 'Bytes of a slot change (`slot.merge`, `slot.zero`) under the grant of the slot and the lock of its track, and behind `flag.set` of M1 write pending; a generation is raised (`gen.bump`) under the lock. Who is alone with the array, at power on, says so: `alone "why"`.',
    say: (name: string, what: string): string =>
      `${name} is without ${what} on this way, which it relies on; where nobody else runs yet, say so: alone "why"`,
  },
  toldOk: {
    rule: 'DESTAGED and the answer to LIST_WRITE say OK only behind a sync of the drive.',
    say: (kind: string, what: string): string =>
      `${kind} may say OK without ${what} on this way; do that first, or say what failed`,
  },
  answered: {
    rule: 'A request is answered once, by its handler or a sub of it; no hook answers.',
    say: (kind: string | undefined): string => `the task ends without an answer to ${kind}`,
  },
  answeredTwice: {
    rule: '',
    say: (kind: string): string => `${kind} is answered here a second time`,
  },
  answeredByHook: {
    rule: '',
    say: (): string => 'a hook answers here; whoever called it does, once',
  },
  waited: {
    rule: 'What was asked is waited for before the task ends or the hook goes back, and nothing else is.',
    say: (kind: string, since: string): string => `the task ends before ${kind} has come${since}; wait for it`,
  },
  asked: {
    rule: '',
    say: (kind: string): string =>
      `nothing that ${kind} answers was asked on this way, so it is waited for in vain; ask first`,
  },
  counted: {
    rule: '',
    say: (kind: string, count: number | undefined, asked: number): string =>
      `waitn is for ${count ?? 'some'} ${kind}, and ${asked === 0 ? 'nothing' : `only ${asked}`} was asked on this way, so it is waited for in vain; ask first, or count what was asked`,
  },
  ended: {
    rule: 'A wait for an answer that nobody sees to has a deadline (Guarantors, below): the director that answers may die, or the other array be gone, and then a handler of this role cancels the wait.',
    say: (kind: string, why: string, wait: string): string =>
      `${wait} ${kind} may never end: ${why}; ${wait === 'wait' ? `give it a deadline ("wait ${kind} (…), deadline_us", and brt behind it)` : 'wait for each with a deadline'}`,
  },
  late: {
    rule: 'An answer that hands something over is waited for without one: who comes late to a wait that is over hands it to nobody.',
    say: (kind: string, what: string): string =>
      `${kind} may bring ${what}, and behind this deadline nobody would give it back; wait without one`,
  },
  woken: {
    rule: 'Where a task parks, somebody of its role wakes the queue.',
    say: (queue: string, role: string): string => `park ${queue} never ends: nothing in role ${role} wakes that queue`,
  },
  written: {
    rule: 'A register is read only where every way has written it. A handler has its fields in r0, r1, …, and says `zero NAME…` of a register whose 0 at the beginning it means. A wait that was cancelled has written only the registers that the `cancel` names; one whose deadline came, none.',
    say: (name: string): string =>
      `${name} is read here, and nothing has written it; write it on this way, or say "zero" in the handler if the 0 of its beginning is meant`,
  },
  zero: {
    rule: '',
    say: (name: string, title: string): string =>
      `"${name}" is said to be 0 at the beginning of ${title}, and nothing reads it so; take it out`,
  },
  calledHook: {
    rule: 'Who calls a hook holds what its row says (above), has written the registers that arrive, with the numbers that stand there, and holds no other lock or grant.',
    say: (hook: string, what: string): string => `hook ${hook} is called here ${what}`,
  },
  hook: {
    rule: 'A hook goes back by `ret`, holds then what it held at its beginning, and has changed no other register than its row says: it may save and restore one (`mov`). Of one that it restores in another way it says so: `keeps volume "why"`.',
    say: (title: string, what: string): string => `${title} ${what}`,
  },
} as const;
