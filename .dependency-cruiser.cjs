// Imports point one way:
//
//   tools -> firmware/service -> firmware/runtime -> adapters -> firmware/ports, firmware/memory
//   firmware/runtime -> firmware/engine, firmware/units -> firmware/ports, firmware/memory, the ring
//
// Engine, ports and adapters are composed in firmware/runtime, which therefore may import adapters. Tests import all.
// tools/checks/import-directions.mjs runs these rules and proves that each of them fires.

const RING = '^firmware/sharedarraybuffer-ring/';
// The same folders as in tsconfig.machine.json.
const MACHINE =
  '^((firmware/(memory|engine|units|ports|runtime/(machine|simulated))|adapters/[^/]+/model|adapters/channel/workload|test/oracle)/|adapters/channel/scsi-(port|records)\\.ts$)';

/** A folder of ours that may import, of ours, only the given folders (packages and Node are another rule's matter). */
function only(name, from, to, comment) {
  return {
    name,
    comment,
    severity: 'error',
    from: { path: from },
    to: { path: '^(firmware|adapters|tools|test)/', pathNot: [...to, RING] },
  };
}

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Types count too: a cycle of types is two folders that cannot be read one after the other.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'An import that does not resolve is one that no other rule can judge.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'nothing-imports-tools',
      comment: 'Tools stand on top of the machine; only tools and tests know them.',
      severity: 'error',
      from: { pathNot: '^(tools|test)/' },
      to: { path: '^tools/' },
    },
    {
      name: 'nothing-imports-tests',
      comment: 'What ships does not lean on what tests it.',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { path: '^test/' },
    },
    only('ring-stands-alone', RING, [], 'The ring is a package of its own.'),
    only(
      'memory-and-ports-are-lowest',
      '^firmware/(memory|ports)/',
      ['^firmware/(memory|ports)/'],
      'Layouts, messages and interfaces are one level; who uses or implements them is not theirs to know.',
    ),
    only(
      'engine-and-units-below-runtime',
      '^firmware/(engine|units)/',
      ['^firmware/(engine|units|ports|memory)/'],
      'The machine runs live and simulated alike, so it does not know the runtime or an adapter.',
    ),
    only(
      'adapters-know-ports-and-memory',
      '^adapters/',
      ['^adapters/', '^firmware/(ports|memory)/'],
      'An adapter stands behind a port: it never imports the engine, the units or the runtime.',
    ),
    only(
      'runtime-below-service',
      '^firmware/runtime/',
      ['^firmware/(runtime|engine|units|ports|memory)/', '^adapters/'],
      'Machine, ports and adapters come together in the runtime; the service processor stands above it.',
    ),
    {
      name: 'machine-imports-no-node',
      comment: 'Machine folders run live and simulated: no file, socket, thread or timer of Node.',
      severity: 'error',
      from: { path: MACHINE },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'machine-imports-machine',
      comment: 'Machine folders import machine folders and the ring: no package, nothing that only runs live.',
      severity: 'error',
      from: { path: MACHINE },
      to: { pathNot: [MACHINE, RING], dependencyTypesNot: ['core'] },
    },
  ],
  options: {
    // Built output is what workspace imports resolve to; it is seen as a target, never read as a source.
    doNotFollow: { path: ['(^|/)node_modules/', '(^|/)dist(-test)?/'] },
    // Examples are projects of users: they import the package that is installed. The extension imports its editor.
    exclude: { path: ['^(firmware|adapters|tools|test)/.*node_modules/', '^test/examples/', '^tools/vscode/'] },
    // Imports as written, before the compiler drops `import type`.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.main.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
