/**
 * How a port, or a microcoded role, meets the others: descriptors in rings. A port is a node of its own beside the roles;
 * it is pumped: it takes what its rings hold, does what was asked, and posts what became of it. A port never blocks.
 *
 * No bytes travel here: a message names a slot, or an address in sectors of the array's memory (byte = sector × 512).
 */

/** A node's rings. Nothing here allocates. */
export interface Mail {
  /** The memory in which descriptors stand. */
  readonly m: Int32Array;
  /** Word index of the oldest descriptor for this node, over all of its rings in turn; -1: none. */
  peek(): number;
  /** Gives back the descriptor that `peek` showed. */
  drop(): void;
  /** Word index of a new descriptor of this kind to its receiver, header written; payload from `+ D_PAYLOAD`. One-way. */
  post(kind: number): number;
  /** The same for the answer to a request: `request` is the word index that `peek` showed, before `drop`. */
  answer(kind: number, request: number): number;
  /** The same for an answer that comes later: the asking node and its token, as they stood in the request. */
  respond(kind: number, node: number, token: number): number;
  /** For a link port: what arrived from the other array, to the role that handles it. */
  forward(kind: number, token: number, answers: number): number;
  /** A request of a port: its answer comes back to this mail with the same token. */
  ask(kind: number, token: number): number;
}

export interface Port {
  /** Takes all that its rings hold and posts all that has ended; true when anything happened. */
  pump(): boolean;
}
