/** All commands of `arraylab debug`: help, completion and README's list are made from this table. */
import { BREAK_COMMANDS } from './break-commands.js';
import type { Command, CommandGroup } from './command.js';
import { helpCommand } from './help.js';
import { HOLD_COMMANDS } from './hold-commands.js';
import { LOOK_COMMANDS } from './look-commands.js';
import { BACK_COMMANDS, RUN_COMMANDS } from './run-commands.js';
import { SCRIPT_COMMANDS } from './script-commands.js';
import { SOURCE_COMMANDS } from './source-commands.js';
import { VALUE_COMMANDS } from './value-commands.js';

export const GROUPS: readonly CommandGroup[] = [
  { title: 'Stop', commands: [...BREAK_COMMANDS, ...HOLD_COMMANDS] },
  { title: 'Go on', commands: RUN_COMMANDS },
  { title: 'Go back', commands: BACK_COMMANDS },
  { title: 'Look', commands: [...LOOK_COMMANDS, ...SOURCE_COMMANDS, ...VALUE_COMMANDS] },
  { title: 'Scripts, help and the end', commands: [...SCRIPT_COMMANDS, helpCommand(() => GROUPS)] },
];

export const COMMANDS: readonly Command[] = GROUPS.flatMap(({ commands }) => commands);
