// Starts `arraylab dap`, and says under the mouse what a word of microcode means. Everything else is the adapter's.

const { existsSync } = require('node:fs');
const { join } = require('node:path');
const vscode = require('vscode');
const words = require('./words.json');

const LANGUAGE = 'arraylab-uc';
const WORD = /[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*/;

/** How arraylab is started: as the setting says, else the clone or the package of the folder, else what the path has. */
function commandFor(folder) {
  const [command, ...args] = vscode.workspace.getConfiguration('arraylab', folder?.uri).get('command') ?? [];
  if (command) return { command, args };
  for (const place of ['dist/tools/cli/main.js', 'node_modules/arraylab/dist/tools/cli/main.js']) {
    const main = folder && join(folder.uri.fsPath, place);
    if (main && existsSync(main)) return { command: 'node', args: [main] };
  }
  return { command: 'arraylab', args: [] };
}

const adapters = {
  createDebugAdapterDescriptor({ workspaceFolder }) {
    const folder = workspaceFolder ?? vscode.workspace.workspaceFolders?.[0];
    const { command, args } = commandFor(folder);
    // Paths in a launch are relative to the folder.
    const options = folder && { cwd: folder.uri.fsPath };
    return new vscode.DebugAdapterExecutable(command, [...args, 'dap'], options);
  },
};

const configurations = {
  /** F5 without a launch.json: asks for a scenario. */
  async resolveDebugConfiguration(_folder, configuration) {
    if (configuration.type) return configuration;
    const scenario = await vscode.window.showInputBox({
      title: 'Debug a scenario of arraylab',
      prompt: 'Its name (arraylab sim --list), or the path of a module',
      value: 'storm',
    });
    if (!scenario) return undefined;
    return { type: 'arraylab', request: 'launch', name: scenario, scenario, seed: 1, stopOnEntry: true };
  },
};

/** An instruction, message, hook or constant; of a field, its table. */
const meaningOf = (word) => [word, word.split('.')[0]].filter((w) => Object.hasOwn(words, w)).map((w) => words[w])[0];

const hovers = {
  provideHover(document, position) {
    const range = document.getWordRangeAtPosition(position, WORD);
    const meaning = range && meaningOf(document.getText(range));
    return meaning ? new vscode.Hover(new vscode.MarkdownString(meaning), range) : undefined;
  },
};

exports.activate = ({ subscriptions }) => {
  subscriptions.push(
    vscode.debug.registerDebugAdapterDescriptorFactory('arraylab', adapters),
    vscode.debug.registerDebugConfigurationProvider('arraylab', configurations),
    vscode.languages.registerHoverProvider({ language: LANGUAGE }, hovers),
  );
};
