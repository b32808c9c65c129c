import { lenientText } from '../http/lenient.schema.js';

/** A script is any text that can be stored and sent back unchanged: half a surrogate pair cannot. */
export const scriptSchema = lenientText.refine(
  (script) => !/\p{Surrogate}/u.test(script),
  'well-formed Unicode is needed',
);
