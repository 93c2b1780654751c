/**
 * Bytes of an accepted socket, read into memory that the connection names: its receive buffer, or the very place in a
 * transfer buffer where a write's payload belongs. Node gives `onread` to sockets that connect, not to those that a
 * server accepts, so the accepted socket's handle is put into a socket of our own. Where Node has no handle to give, the
 * chunks that it allocates are copied: slower, same bytes.
 */
import { Socket } from 'node:net';

export interface ByteSink {
  /** Where the next bytes go. What was returned last stays in use until the next call of `received`. */
  nextPlace(): Uint8Array;
  /** So many bytes stand at the beginning of `place`; false pauses the socket until its `resume()`. */
  received(bytes: number, place: Uint8Array): boolean;
}

interface WithHandle {
  _handle?: object | null;
}

/** Takes over a socket that was accepted paused; the one to use from here on. */
export function receiveInto(accepted: Socket, sink: ByteSink): Socket {
  const holder = accepted as unknown as WithHandle;
  const handle = holder._handle;
  if (!handle) return receiveCopies(accepted, sink);
  // The accepted socket must not close what is no longer its own; destroying it tells the server that it is gone.
  holder._handle = null;
  accepted.destroy();
  const options = {
    handle,
    allowHalfOpen: true,
    onread: {
      buffer: () => sink.nextPlace(),
      callback: (bytes: number, place: Uint8Array) => sink.received(bytes, place),
    },
  };
  const socket = new Socket(options);
  // Reads until told otherwise, and says 'end'.
  socket.resume();
  return socket;
}

/** The same by public means only. */
export function receiveCopies(accepted: Socket, sink: ByteSink): Socket {
  accepted.on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; ) {
      const place = sink.nextPlace();
      const n = Math.min(place.length, chunk.length - at);
      place.set(chunk.subarray(at, at + n));
      at += n;
      if (sink.received(n, place)) continue;
      accepted.pause();
      if (at < chunk.length) accepted.unshift(chunk.subarray(at));
      return;
    }
  });
  accepted.resume();
  return accepted;
}
