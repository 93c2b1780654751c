/**
 * The Debug Adapter Protocol's framing: `Content-Length: N`, an empty line, N bytes of JSON. Strict on purpose: a header
 * that the protocol has not ends the session, so that what a browser posts to the port is never read as a request.
 */
import type { Readable, Writable } from 'node:stream';

/** No header of the protocol is longer. */
const MOST_HEADER_BYTES = 256;
/** A writeMemory of a whole array's slots fits; what is longer is nobody's request. */
const MOST_BODY_BYTES = 64 << 20;
const END_OF_HEADER = '\r\n\r\n';

export class Wire {
  #chunks: Buffer[] = [];
  #held = 0;
  /** Of the body that is awaited; undefined: a header is. */
  #length: number | undefined;
  #dead = false;

  /**
   * @param onMessage a JSON value; what it is has not been looked at
   * @param onEnd once: the other side is gone, or (with a reason) does not speak the protocol
   */
  constructor(
    input: Readable,
    private readonly output: Writable,
    private readonly onMessage: (message: unknown) => void,
    private readonly onEnd: (reason?: string) => void,
  ) {
    input.on('data', (chunk: Buffer) => this.#take(chunk));
    for (const event of ['end', 'close', 'error'] as const) input.on(event, () => this.#end());
    output.on('error', () => this.#end());
  }

  send(message: object): void {
    if (this.#dead) return;
    const body = Buffer.from(JSON.stringify(message));
    this.output.write(Buffer.concat([Buffer.from(`Content-Length: ${body.length}${END_OF_HEADER}`), body]));
  }

  #end(reason?: string): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#chunks = [];
    this.onEnd(reason);
  }

  #take(chunk: Buffer): void {
    if (this.#dead) return;
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    // Put together only when something is whole: a long body comes in many chunks.
    if (this.#length !== undefined && this.#held < this.#length) return;
    let bytes: Buffer = Buffer.concat(this.#chunks);
    while (!this.#dead) {
      const rest = this.#length === undefined ? this.#header(bytes) : this.#body(bytes, this.#length);
      if (rest === undefined) break;
      bytes = rest;
    }
    this.#chunks = [bytes];
    this.#held = bytes.length;
  }

  /** What is behind the header; undefined: it is not whole yet. */
  #header(bytes: Buffer): Buffer | undefined {
    const end = bytes.subarray(0, MOST_HEADER_BYTES).indexOf(END_OF_HEADER);
    const head = bytes.toString('latin1', 0, end < 0 ? Math.min(bytes.length, MOST_HEADER_BYTES) : end);
    const strange = head.split('\r\n').find((line, i, all) => !isHeader(line, end < 0 && i === all.length - 1));
    if (strange !== undefined || (end < 0 && bytes.length >= MOST_HEADER_BYTES)) {
      const said = JSON.stringify((strange ?? head).slice(0, 40));
      this.#end(`${said} is no header of the Debug Adapter Protocol; "Content-Length: N" is`);
      return undefined;
    }
    if (end < 0) return undefined;
    const length = Number(/^Content-Length: *(\d+) *$/im.exec(head)?.[1] ?? Number.NaN);
    if (!(length <= MOST_BODY_BYTES)) {
      this.#end(
        `Content-Length is wanted, of ${MOST_BODY_BYTES} bytes at most; the header was ${JSON.stringify(head)}`,
      );
      return undefined;
    }
    this.#length = length;
    return bytes.subarray(end + END_OF_HEADER.length);
  }

  #body(bytes: Buffer, length: number): Buffer | undefined {
    if (bytes.length < length) return undefined;
    this.#length = undefined;
    let message: unknown;
    try {
      message = JSON.parse(bytes.toString('utf8', 0, length));
    } catch (error) {
      this.#end(`a message is not JSON: ${(error as Error).message}`);
      return undefined;
    }
    this.onMessage(message);
    return bytes.subarray(length);
  }
}

const NAMES = ['content-length', 'content-type'];

/** `isCut`: the line may go on. */
function isHeader(line: string, isCut: boolean): boolean {
  const colon = line.indexOf(':');
  if (colon >= 0) return NAMES.includes(line.slice(0, colon).toLowerCase());
  return isCut && NAMES.some((name) => name.startsWith(line.replace('\r', '').toLowerCase()));
}
