/** `arraylab dap`: a debug adapter, for editors that speak the Debug Adapter Protocol. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { OPENERS } from '../../debugger/dap/open.js';
import { servePort, serveStandard } from '../../debugger/dap/server.js';
import { whole } from '../numbers.js';

const USAGE = `usage: arraylab dap [--port N]

A debug adapter: an editor that speaks the Debug Adapter Protocol steps through the microcode of a rig with it, forwards and
backwards. tools/vscode/ is the extension for VS Code, and says what a launch may name.

  --port N   sessions at 127.0.0.1:N, one after the other, instead of one over the standard streams; 0: any free port, which
             is printed. Whoever can connect runs scenarios as you do: on a machine with other users, do without

A launch names what arraylab sim names: { "scenario": "storm", "seed": 7, "rig": …, "settings": { … }, "faults": [ … ],
"plant": …, "microcode": …, "image": … }, and "stopOnEntry". An attach names a dump: { "dump": FILE }.
`;

export async function run(argv: string[]): Promise<number> {
  try {
    const options = { port: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } } as const;
    const { values } = parseArgs({ args: argv, options });
    if (values.help) {
      process.stdout.write(USAGE);
      return 0;
    }
    const port = values.port === undefined ? undefined : whole(values.port, '--port', 0, 65_535);
    return await (port === undefined ? standard() : listen(port));
  } catch (error) {
    process.stderr.write(`arraylab dap: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}

async function standard(): Promise<number> {
  const reason = await serveStandard(OPENERS);
  if (reason !== undefined) process.stderr.write(`arraylab dap: ${reason}\n`);
  // A client that said `disconnect` may leave the stream open.
  process.stdin.destroy();
  return reason === undefined ? 0 : 1;
}

/** Until the process is ended. */
async function listen(port: number): Promise<number> {
  const log = (line: string): void => void process.stderr.write(`arraylab dap: ${line}\n`);
  const server = await servePort(port, OPENERS, log);
  log(`listens at 127.0.0.1:${(server.address() as AddressInfo).port}`);
  await once(server, 'close');
  return 0;
}
