import ts from 'typescript';
import type { Rendered } from './helm.js';

/**
 * Fields that Kubernetes does not know. The validators of kubernetes-models let them pass, as a cluster would, which then
 * forgets them in silence. TypeScript does not: it compares each object, as a literal, with the package's types.
 */
export function unknownFields(objects: Rendered[]): string[] {
  const text = objects.map(asConstant).join('\n');
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === FILE || fileExists(name);
  host.getSourceFile = (name, ...more) =>
    name === FILE ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2023) : getSourceFile(name, ...more);
  const program = ts.createProgram([FILE], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

/** Nowhere on disk, but where imports find the package. */
const FILE = `${import.meta.dirname}/rendered-objects.mts`;

function asConstant(object: Rendered, index: number): string {
  const type = `import('kubernetes-models/${object.apiVersion}/${object.kind}').I${object.kind}`;
  return `export const object${index}: ${type} = ${JSON.stringify(object)};`;
}
