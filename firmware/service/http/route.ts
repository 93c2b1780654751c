/** A request of the interface: what it takes, what it answers, and what it does. */
import type { ServedSystem } from '../../runtime/live/system.js';
import type { NameForm } from './names.js';
import type { Schema } from './schema.js';

export interface Route {
  readonly method: 'GET' | 'POST';
  /** `:name` stands for a part that the caller fills in. */
  readonly path: string;
  /** Name for clients that are generated from the document. */
  readonly id: string;
  readonly help: string;
  /** Answered without a token. */
  readonly isOpen: boolean;
  /** Answered over the link, too, to the service processor of the other array. */
  readonly isRemote: boolean;
  /** Name and form of the path's part. */
  readonly parameter?: { readonly name: string; readonly form: NameForm };
  readonly body?: object;
  /** Most bytes of the body; more than usual for files. */
  readonly bodyMost?: number;
  readonly answer: object;
  /** @param name the path's part. @param body as its schema says. */
  run(system: ServedSystem, name: string, body: unknown): unknown;
}

export interface Spec<Body, Answer> extends Omit<Route, 'answer' | 'body' | 'isOpen' | 'isRemote' | 'run'> {
  readonly isOpen?: boolean;
  readonly isRemote?: boolean;
  readonly body?: Schema<Body>;
  readonly answer: Schema<Answer>;
  run(system: ServedSystem, name: string, body: Body): Answer | Promise<Answer>;
}

/** Holds a route's function to what its schemas say. */
export function route<Body, Answer>(spec: Spec<Body, Answer>): Route {
  return { isOpen: false, isRemote: false, ...spec, run: (system, name, body) => spec.run(system, name, body as Body) };
}
