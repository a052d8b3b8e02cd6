import { Document, isMap, isScalar, isSeq, type Node, visit } from 'yaml';
import type { ScenarioFile } from '../scenario/schema.ts';

const WIDTH = 118;
/** What fits on a line behind the dash is written on one. */
const FLOW_WIDTH = 112;

/** A scenario as a file that a person would write: short steps on a line of their own. `schema`: for editors. */
export function scenarioText(file: ScenarioFile, schema: string | undefined): string {
  const document = new Document(file);
  visit(document, {
    Pair: (_key, { key, value }) => {
      // Readers of YAML 1.1 take some of them for numbers.
      if (isScalar(key) && key.value === 'mac' && isScalar(value)) value.type = 'QUOTE_DOUBLE';
    },
    Scalar: (key, scalar) => {
      if (
        key === 'value' &&
        typeof scalar.value === 'string' &&
        scalar.value.length > FLOW_WIDTH &&
        !scalar.value.includes('\n')
      )
        scalar.type = /\s/.test(scalar.value) ? 'BLOCK_FOLDED' : 'QUOTE_DOUBLE';
    },
    Seq: (_key, list) => flowIfShort(list),
    Map: (_key, map, path) => {
      // The file's own keys each on their line.
      if (path.length > 1) flowIfShort(map);
    },
  });
  const first = schema === undefined ? '' : `# yaml-language-server: $schema=${schema}\n`;
  return `${first}${document.toString({ lineWidth: WIDTH, indentSeq: true })}`;
}

function flowIfShort(node: Node): void {
  if (!isMap(node) && !isSeq(node)) return;
  const holdsMaps = isSeq(node) && node.items.some((item) => !isScalar(item));
  node.flow = !holdsMaps && JSON.stringify(node.toJSON()).length < FLOW_WIDTH;
}
