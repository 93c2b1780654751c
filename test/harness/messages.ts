/** Messages as tests write them: payloads by the names of their fields. */
import {
  D_ANSWERS,
  D_HEAD,
  D_PAYLOAD,
  D_TOKEN,
  KINDS,
  type Kind,
  kindByName,
  PAYLOAD_WORDS,
  ROLES,
  type Role,
} from '../../firmware/ports/messages.js';

export type Payload = Readonly<Record<string, number>>;

/** A message that the role under test sent. */
export interface Message {
  readonly kind: Kind;
  readonly to: Role;
  readonly class: number;
  readonly token: number;
  /** Token of the request that it answers. */
  readonly answers: number;
  readonly payload: Payload;
}

/** Sectors of a track as messages write them. */
export const span = (sector: number, sectors: number): number => sector | (sectors << 16);

/** Errors: RangeError for a name that is no message. */
export function kindOf(name: string): Kind {
  const kind = kindByName(name);
  if (!kind) throw new RangeError(`there is no message ${name}`);
  return kind;
}

/** Errors: RangeError for a field that the kind does not have. */
export function checkFields(kind: Kind, payload: Payload): void {
  for (const name of Object.keys(payload)) {
    if (!kind.fields.includes(name))
      throw new RangeError(`${kind.name} has no field ${name}; it has ${kind.fields.join(', ') || 'none'}`);
  }
}

/** Writes the payload of a descriptor; fields that are not named are 0. */
export function putPayload(m: Int32Array, at: number, kind: Kind, payload: Payload): void {
  checkFields(kind, payload);
  for (let i = 0; i < PAYLOAD_WORDS; i++) m[at + D_PAYLOAD + i] = payload[kind.fields[i] ?? ''] ?? 0;
}

export function readMessage(m: Int32Array, at: number, to: number): Message {
  const head = m[at + D_HEAD] as number;
  const kind = KINDS[head & 255] as Kind;
  return {
    kind,
    to: ROLES[to] as Role,
    class: (head >> 16) & 255,
    token: m[at + D_TOKEN] as number,
    answers: m[at + D_ANSWERS] as number,
    payload: Object.fromEntries(kind.fields.map((f, i) => [f, m[at + D_PAYLOAD + i] as number])),
  };
}

/** `GET (volume=0, track=1, span=0+2)` */
export function textOf(kind: Kind, payload: Payload): string {
  const fields = Object.entries(payload).map(([name, value]) => {
    return name === 'span' ? `span=${value & 0xffff}+${value >>> 16}` : `${name}=${value}`;
  });
  return `${kind.name} (${fields.join(', ')})`;
}
