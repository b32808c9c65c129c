import type { z } from 'zod';
import {
  jsonObject,
  lenientInteger,
  lenientList,
  lenientObject,
  lenientText,
} from '../../http/lenient.schema.js';

/** Each costs at every log that is stored. */
const MOST_INDEXED_FIELDS = 100;

/** `ttl` in seconds, `size` in mebibytes, 0 and less for no limit, as in the reference. */
export const streamConfigSchema = lenientObject({
  ttl: lenientInteger,
  size: lenientInteger,
  indexed_fields: lenientList(lenientText, MOST_INDEXED_FIELDS),
}).meta({ example: { ttl: 0, size: 0, indexed_fields: [] } });

export type StreamConfig = z.output<typeof streamConfigSchema>;

export const configureStreamSchema = jsonObject({ config: streamConfigSchema });
