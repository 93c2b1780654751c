/** Where breaks stand: instructions of lines, labels, messages, in every array whose roles have them. */
import type { ImageLabel } from '../../../engine/image.js';
import { KINDS, kindByName, MICROCODED_ROLES, ROLES } from '../../../ports/messages.js';
import { Code } from './code.js';
import { listed, type Rig } from './machines.js';
import type { Place, Where } from './target.js';

export interface At {
  readonly place: Place;
  readonly array: number;
  readonly role: number;
  readonly instruction: number;
}

/** A role of an array, and what it runs. */
interface Running {
  readonly array: number;
  readonly role: number;
  readonly code: Code;
}

/** Where there is nothing to stand at (a watch, a fault, a time), none. Errors: RangeError with what there is. */
export function placesOf(rig: Rig, where: Where): At[] {
  const running = runningOf(rig, 'array' in where ? where.array : undefined);
  switch (where.on) {
    case 'line':
      return ofLine(rig, running, where.file, where.line);
    case 'label':
      return ofLabel(rig, running, where.label);
    case 'instruction': {
      const all = running.filter(({ role }) => ROLES[role] === where.role);
      if (all.length === 0)
        throw new RangeError(`role ${where.role} runs no microcode; those that do are ${listed(MICROCODED_ROLES)}`);
      const most = Math.min(...all.map(({ code }) => code.instructions)) - 1;
      if (!Number.isInteger(where.instruction) || where.instruction < 0 || where.instruction > most)
        throw new RangeError(`role ${where.role} has no instruction ${where.instruction}; it has 0 to ${most}`);
      return all.map((one) => at(rig, one, where.instruction));
    }
    case 'message': {
      const kind = kindByName(where.kind);
      if (!kind)
        throw new RangeError(
          `there is no message ${where.kind}; there are ${listed(KINDS.slice(1).map(({ name }) => name))}`,
        );
      return running.flatMap((one) => {
        const handler = one.code.image.handlers[kind.id];
        return handler >= 0 && ROLES[one.role] === (kind.handler ?? kind.to) ? [at(rig, one, handler)] : [];
      });
    }
    default:
      return [];
  }
}

function runningOf(rig: Rig, only: string | undefined): Running[] {
  const number = only === undefined ? undefined : rig.array(only);
  return rig.arrays.flatMap(({ images }, array) =>
    number !== undefined && array !== number
      ? []
      : MICROCODED_ROLES.flatMap((name, role) => {
          const image = images[name];
          return image ? [{ array, role, code: Code.of(image) }] : [];
        }),
  );
}

const at = (rig: Rig, { array, role }: Running, instruction: number): At => ({
  place: rig.place(array, role, instruction),
  array,
  role,
  instruction,
});

/** The one file of which this is the end: `write.uc`, `base/data/write.uc`. */
function fileOf(running: readonly Running[], text: string): string {
  const all = [...new Set(running.flatMap(({ code }) => code.image.files))].sort();
  const found = all.filter((file) => file === text || file.endsWith(`/${text}`));
  // `microcode/cache/x.uc` is meant by that, though another one may end so.
  const exact = found.find((file) => file === text || file === `microcode/${text}`);
  if (exact !== undefined) return exact;
  if (found.length === 1) return found[0];
  if (found.length > 1) throw new RangeError(`"${text}" may be ${found.join(' or ')}: say more of its path`);
  const name = text.split('/').at(-1) ?? text;
  const near = all.filter((file) => name.length > 2 && file.includes(name.replace(/\.uc$/, '')));
  throw new RangeError(
    `there is no file ${text} in what the roles run; there are ${listed(near.length > 0 ? near : all)}`,
  );
}

function ofLine(rig: Rig, running: readonly Running[], text: string, line: number): At[] {
  if (!Number.isInteger(line) || line < 1) throw new RangeError(`line ${line} of ${text}: lines count from 1`);
  const file = fileOf(running, text);
  const places = running.flatMap((one) =>
    (one.code.ofLine(file, line)?.instructions ?? []).map((n) => at(rig, one, n)),
  );
  if (places.length > 0) return places;
  const last = Math.max(0, ...running.map(({ code }) => code.lastLine(file)));
  throw new RangeError(
    last === 0
      ? `${file} has no instruction`
      : `${file} has no instruction at or after line ${line}; its last one is in line ${last}`,
  );
}

/** `merged`, `WRITE`, `on WRITE`, `base/data/write.uc:merged`. A scope goes before a label of its name. */
function ofLabel(rig: Rig, running: readonly Running[], text: string): At[] {
  const colon = text.lastIndexOf(':');
  const file = colon < 0 ? undefined : fileOf(running, text.slice(0, colon));
  const name = text.slice(colon + 1);
  const is = (label: ImageLabel): boolean =>
    label.name === name || `${label.kind} ${label.name}` === name || label.scope === name;
  const all = running.flatMap((one) =>
    one.code.image.labels
      .filter((label) => is(label) && (file === undefined || one.code.fileOf(label.at) === file))
      .filter((label) => label.kind !== 'label' || label.name === name)
      .map((label) => ({ one, label })),
  );
  const scopes = all.filter(({ label }) => label.kind !== 'label');
  const chosen = scopes.length > 0 ? scopes : all;
  const files = [...new Set(chosen.map(({ one, label }) => one.code.fileOf(label.at)))];
  if (chosen.length === 0) throw new RangeError(noLabel(running, file, name));
  if (scopes.length === 0 && files.length > 1)
    throw new RangeError(
      `label ${name} stands in several files: ${listed(files.map((f) => `${f.replace('microcode/', '')}:${name}`))}`,
    );
  return chosen.map(({ one, label }) => at(rig, one, label.at));
}

function noLabel(running: readonly Running[], file: string | undefined, name: string): string {
  if (file === undefined)
    return `there is no label, handler, sub or hook ${name} in what the roles run; that of a file is written FILE:LABEL`;
  const labels = running.flatMap(({ code }) => code.image.labels.filter((label) => code.fileOf(label.at) === file));
  return `${file} has no label, handler, sub or hook ${name}; it has ${listed(new Set(labels.map((label) => label.name)))}`;
}
