/** What stands beside a frame: the registers of its task, and the records that they name. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Debuggee } from './debuggee.js';
import type { FrameOf } from './threads.js';
import type { Variables } from './variables.js';

export async function scopesOf(
  _it: Debuggee,
  variables: Variables,
  { task, frame }: FrameOf,
): Promise<DebugProtocol.Scope[]> {
  return [
    {
      name: 'Task',
      presentationHint: 'registers',
      variablesReference: variables.registers(task, frame),
      expensive: false,
    },
  ];
}
