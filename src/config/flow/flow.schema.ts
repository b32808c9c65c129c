import type { z } from 'zod';
import {
  jsonObject,
  lenient,
  lenientInteger,
  lenientList,
  lenientNumber,
  lenientObject,
  lenientText,
  stringMap,
} from '../../http/lenient.schema.js';

const node = jsonObject({
  id: lenientText,
  type: lenientText,
  position: lenientObject({ x: lenientNumber, y: lenientNumber }),
  data: stringMap,
});

const edge = jsonObject({
  id: lenientText,
  source: lenientText,
  sourceHandle: lenientText,
  target: lenientText,
});

/** A pipeline's graph, by its shape. What the editor adds (`measured`, `selected`, `animated`) is dropped. */
export const flowObject = jsonObject({
  version: lenientInteger.refine(
    (version) => version === 0 || version === 1,
    'only flows of version 1 can be read',
  ),
  nodes: lenientList(node),
  edges: lenientList(edge),
});

export const flowSchema = lenient(flowObject);

export type Flow = z.output<typeof flowSchema>;
