/** The data of options, taken apart. What does not fit its own lengths is undefined: nothing is believed before that. */

/** Of INFO and GO. */
export interface InfoData {
  readonly name: string;
  readonly wants: readonly number[];
}

/** Of LIST_META_CONTEXT and SET_META_CONTEXT. */
export interface MetaData {
  readonly name: string;
  readonly queries: readonly string[];
}

export function readInfo(data: Buffer): InfoData | undefined {
  const nameBytes = data.length >= 6 ? data.readUInt32BE(0) : data.length;
  const count = nameBytes <= data.length - 6 ? data.readUInt16BE(4 + nameBytes) : -1;
  if (data.length !== 6 + nameBytes + 2 * count) return undefined;
  const wants = Array.from({ length: count }, (_, i) => data.readUInt16BE(6 + nameBytes + 2 * i));
  return { name: data.toString('utf8', 4, 4 + nameBytes), wants };
}

export function readMeta(data: Buffer): MetaData | undefined {
  const strings = new Strings(data);
  const name = strings.next();
  const count = strings.word();
  if (name === undefined || count === undefined) return undefined;
  const queries: string[] = [];
  for (let i = 0; i < count; i++) {
    const query = strings.next();
    // Whatever count was claimed: each query takes four bytes at least, so this ends with the data.
    if (query === undefined) return undefined;
    queries.push(query);
  }
  return strings.left === 0 ? { name, queries } : undefined;
}

/** Strings with a 32-bit length before each. */
class Strings {
  private at = 0;
  private readonly data: Buffer;

  constructor(data: Buffer) {
    this.data = data;
  }

  get left(): number {
    return this.data.length - this.at;
  }

  word(): number | undefined {
    if (this.left < 4) return undefined;
    this.at += 4;
    return this.data.readUInt32BE(this.at - 4);
  }

  next(): string | undefined {
    const length = this.word();
    if (length === undefined || length > this.left) return undefined;
    this.at += length;
    return this.data.toString('utf8', this.at - length, this.at);
  }
}
